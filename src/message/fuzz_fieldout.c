#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/address.h"
#include "message/fieldout.h"
#include "message/header.h"

/* One field, in ASCII, in lines that are no longer than they may be. */
static struct header_field
check_field(const struct buf *out)
{
	struct header_walk w;
	struct header_field f = {0}, none;

	assert(fuzz_is_ascii(out->data, out->len));
	assert(memchr(out->data, '\0', out->len) == NULL);
	for (const char *p = buf_str(out); *p != '\0';) {
		size_t n = strcspn(p, "\r\n");

		assert(n > 0 && n <= 998 && memcmp(p + n, "\r\n", 2) == 0);
		assert(p == buf_str(out) || *p == ' ' || *p == '\t');
		p += n + 2;
	}
	header_walk_init(&w, out->data, out->len);
	assert(header_next(&w, &f) && !header_next(&w, &none));
	return f;
}

static void
check_text(const char *value)
{
	struct strs warnings = {0};
	struct header_field f;
	struct buf out, back;
	struct err e = {0};

	buf_init(&out, 1U << 20);
	buf_init(&back, 1U << 20);
	if (fieldout_text(&out, "Subject", value, &e) == 0) {
		f = check_field(&out);
		header_text(&back, &f, &warnings);
		if (fuzz_stays_line(value))
			assert(strcmp(buf_str(&back), value) == 0);
		assert(!fuzz_stays_line(value) || warnings.count == 0);
	}
	strs_free(&warnings);
	buf_free(&out);
	buf_free(&back);
}

/* Who is written to is who a reader of the field finds, and nobody else. */
static void
check_mailbox(const char *name, const char *address)
{
	char *copy[] = {strdup(name), strdup(address)};
	const struct mailbox m = {copy[0], copy[1]};
	struct mailboxes list = {0};
	struct strs warnings = {0};
	struct header_field f;
	struct buf out, line;
	struct err e = {0};

	buf_init(&out, 1U << 20);
	buf_init(&line, 1U << 20);
	if (fieldout_mailboxes(&out, "To", &m, 1, &e) == 0) {
		f = check_field(&out);
		header_line(&line, &f, &warnings);
		address_parse(&list, buf_str(&line), line.len, &warnings);
		assert(list.count == 1);
		assert(strcasecmp(list.item[0].address, address) == 0);
	}
	mailboxes_free(&list);
	strs_free(&warnings);
	buf_free(&out);
	buf_free(&line);
	free(copy[0]);
	free(copy[1]);
}

/* Lines for a subject, a display name, and a local part. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char *subject = fuzz_line(&f), *name = fuzz_safe_line(&f);
	char *local = fuzz_line(&f), *address = NULL;
	struct buf b;

	check_text(subject);
	buf_init(&b, size + 32);
	buf_putf(&b, "%s@example.org", local);
	address = buf_take_str(&b);
	if (local[0] != '\0' && strpbrk(local, " \t\\\"") == NULL)
		check_mailbox(name, address);
	free(subject);
	free(name);
	free(local);
	free(address);
	return 0;
}
