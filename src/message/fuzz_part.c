#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "fuzz.h"
#include "message/tree.h"

#define PARTS 50

static const char mail[] =
    "From: Joe <joe@example.com>\nTo: a@example.org, b@example.org\n"
    "Subject: x\nMessage-ID: <1@example.com>\nReferences: <0@example.org>\n"
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    "Content-Type: text/plain; charset=utf-8; name=x; format=flowed\n\n"
    "a\n--b\nContent-Type: message/rfc822\n\nSubject: y\n\nb\n--b--\n";

/* A table as a parser in a stranger's hands would send it. */
static void
check(const unsigned char *data, size_t size)
{
	struct part_table t;
	struct unpack u;
	struct buf out;

	unpack_init(&u, data, size);
	if (part_table_unpack(&t, &u, sizeof(mail) - 1, PARTS) == -1)
		return;
	assert(t.parts <= PARTS);
	fuzz_check_table(&t, sizeof(mail) - 1);
	for (uint32_t i = 0; i < t.parts; i++) {
		const struct head *h = part_head(&t, i);
		uint32_t child = part_child(&t, i, 0);

		assert(h == NULL || h->part == i);
		assert(child == PART_NONE || part_within(&t, child, i));
		assert(part_within(&t, i, 0) && part_within(&t, i, i));
		(void)part_field(&t, i, "subject");
	}
	buf_init(&out, size);
	part_table_pack(&t, &out);
	assert(!out.over && out.len == size - u.left);
	assert(memcmp(out.data, data, out.len) == 0);
	buf_free(&out);
	part_table_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_limits limits = fuzz_limits();
	struct fuzz f = {data, size};
	struct part_table t;
	struct err e = {0};
	struct buf whole;

	assert(tree_parse(&t, mail, sizeof(mail) - 1, &limits, &e) == 0);
	buf_init(&whole, 65536);
	part_table_pack(&t, &whole);
	part_table_free(&t);
	fuzz_edit(&whole, &f);
	check(whole.data, whole.len);
	check(data, size);
	buf_free(&whole);
	return 0;
}
