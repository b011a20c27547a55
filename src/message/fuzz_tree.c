#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "fuzz.h"
#include "message/text.h"
#include "message/tree.h"

#define TEXT_MAX 65536 /* bytes */

/* The worker unpacks what the parser packs, and finds the same. */
static void
check_pack(const struct part_table *t, size_t size)
{
	struct part_table again;
	struct buf first, second;
	struct unpack u;

	buf_init(&first, 64U << 20);
	buf_init(&second, 64U << 20);
	part_table_pack(t, &first);
	unpack_init(&u, first.data, first.len);
	assert(part_table_unpack(&again, &u, size, 1000) == 0);
	assert(unpack_done(&u));
	part_table_pack(&again, &second);
	assert(first.len == second.len);
	assert(memcmp(first.data, second.data, first.len) == 0);
	part_table_free(&again);
	buf_free(&first);
	buf_free(&second);
}

static void
check_text(const struct part *p, const uint8_t *data)
{
	const struct text_form form = {.encoding = p->encoding,
	    .charset = p->charset,
	    .html = strcmp(p->type, "text/html") == 0,
	    .flowed = p->flowed,
	    .delsp = p->delsp};
	struct strs warnings = {0};
	struct buf out;

	buf_init(&out, TEXT_MAX);
	text_read(
	    &out, &form, data + p->body, (size_t)(p->end - p->body), &warnings);
	assert(!out.over && fuzz_is_safe(out.data, out.len));
	strs_free(&warnings);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_limits limits = fuzz_limits();
	struct part_table t;
	struct err e = {0};

	if (tree_parse(&t, data, size, &limits, &e) == -1) {
		assert(e.code == ERR_DATA && fuzz_is_line(e.text));
		return 0;
	}
	fuzz_check_table(&t, size);
	check_pack(&t, size);
	for (size_t i = 0; i < t.parts; i++)
		if (strncmp(t.part[i].type, "text/", 5) == 0)
			check_text(&t.part[i], data);
	part_table_free(&t);
	return 0;
}
