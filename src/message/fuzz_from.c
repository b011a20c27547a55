#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/address.h"
#include "message/from.h"

/* The body of one From field. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header_field f;
	struct header_walk w;
	struct mailboxes list = {0};
	struct strs warnings = {0};
	struct buf field, line;

	buf_init(&field, size + 32);
	buf_puts(&field, "From: ");
	buf_put(&field, data, size);
	buf_puts(&field, "\r\n");
	header_walk_init(&w, field.data, field.len);
	if (header_next(&w, &f)) {
		buf_init(&line, 16 * field.len);
		header_line(&line, &f, &warnings);
		address_parse(&list, buf_str(&line), line.len, &warnings);
		from_check(&f, buf_str(&line), line.len, &list, &warnings);
		assert(fuzz_are_lines(&warnings));
		/* Two readings of two mailboxes are several-from already. */
		for (size_t i = 0; i < list.count; i++)
			assert(fuzz_is_line(list.item[i].address));
		buf_free(&line);
	}
	mailboxes_free(&list);
	strs_free(&warnings);
	buf_free(&field);
	return 0;
}
