#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "message/compose.h"
#include "message/text.h"
#include "message/tree.h"

static const struct scan_limits limits = {.message = 1 << 24,
    .depth = 20,
    .parts = 100,
    .header = 1 << 20,
    .field = 1 << 18,
    .comments = 16,
    .addresses = 1000};

static const char long_subject[] =
    "a long subject of plain words that has to be folded because it is longer "
    "than the line that RFC 5322 wants";
static char from_name[] = "富士 CSIRT";
static char from_address[] = "csirt@example.jp";

/* A message with everything in it; to is the caller's to free. */
static struct compose
sample(struct mailboxes *to)
{
	struct compose c = {
	    .from = {from_name, from_address},
	    .to = to,
	    .subject = "[EX-2026-0001] TLP:AMBER 不審なメールについての長い長い"
		       "件名がここにありますので折り返されます",
	    .message_id = "<0123@example.jp>",
	    .in_reply_to = "<a@b>",
	    .date = 880127706,
	    .text = "From here\nくらい\ntrail \n",
	};

	c.text_len = strlen(c.text);
	mailboxes_add(to, "Doe, J.", "j@example.org");
	mailboxes_add(to, NULL, "foo..bar.@docomo.ne.jp");
	return c;
}

static void
lines_are_short_and_ascii(const struct buf *b)
{
	for (const char *p = buf_str(b); *p != '\0'; p = strchr(p, '\n') + 1) {
		assert_non_null(strstr(p, "\r\n"));
		assert_true(strcspn(p, "\r\n") <= 78);
	}
	for (size_t i = 0; i < b->len; i++)
		assert_true(b->data[i] < 0x80);
}

static void
a_payload_reads_back_as_it_was_meant(void **state)
{
	struct mailboxes to = {0};
	struct compose c = sample(&to);
	struct compose_attachment a = {
	    .name = "報告書の名前がとても長いので分けられる.txt",
	    .type = "message/rfc822",
	    .data = "x\ny",
	    .len = 3};
	struct part_table t;
	struct err e = {0};
	struct strs warnings = {0};
	struct text_form form = {0};
	struct buf b, text;

	(void)state;
	c.attachment = &a;
	c.attachments = 1;
	buf_init(&b, 1 << 16);
	buf_init(&text, 1 << 16);
	assert_int_equal(compose_payload(&c, &b, &e), 0);
	lines_are_short_and_ascii(&b);
	assert_int_equal(tree_parse(&t, b.data, b.len, &limits, &e), 0);
	assert_int_equal(t.parts, 3);
	assert_int_equal(t.warnings.count, 0);
	assert_string_equal(t.part[0].protection, "cipher");
	assert_non_null(strstr(buf_str(&b), "protected-headers=\"v1\""));
	assert_string_equal(t.head[0].subject, c.subject);
	assert_string_equal(t.head[0].from.item[0].name, from_name);
	assert_string_equal(t.head[0].to.item[0].name, "Doe, J.");
	assert_string_equal(
	    t.head[0].to.item[1].address, "foo..bar.@docomo.ne.jp");
	assert_int_equal(t.head[0].date, c.date);
	assert_string_equal(t.head[0].in_reply_to.item[0], "<a@b>");
	assert_non_null(strstr(buf_str(&b), "HP-Outer: Subject: [...]\r\n"));
	assert_non_null(strstr(buf_str(&b), "HP-Outer: Message-ID: <0123@"));
	assert_string_equal(t.part[2].name, a.name);
	assert_string_equal(t.part[2].type, "application/octet-stream");
	form.encoding = t.part[1].encoding;
	form.charset = t.part[1].charset;
	text_read(&text, &form, b.data + t.part[1].body,
	    t.part[1].end - t.part[1].body, &warnings);
	/* the line end before a boundary is the boundary's */
	assert_memory_equal(text.data, c.text, c.text_len - 1);
	part_table_free(&t);
	mailboxes_free(&to);
	strs_free(&warnings);
	buf_free(&b);
	buf_free(&text);
}

static void
the_outside_tells_no_subject(void **state)
{
	struct mailboxes to = {0};
	struct compose c = sample(&to);
	struct part_table t;
	struct err e = {0};
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	assert_int_equal(compose_encrypted_begin(&c, &b, &e), 0);
	buf_puts(&b, "abc\r\n");
	compose_encrypted_end(&c, &b);
	lines_are_short_and_ascii(&b);
	assert_int_equal(tree_parse(&t, b.data, b.len, &limits, &e), 0);
	assert_int_equal(t.parts, 3);
	assert_int_equal(t.warnings.count, 0);
	assert_string_equal(t.part[0].type, "multipart/encrypted");
	assert_string_equal(t.part[0].protocol, "application/pgp-encrypted");
	assert_string_equal(t.part[1].type, "application/pgp-encrypted");
	assert_memory_equal(b.data + t.part[1].body, "Version: 1\r\n", 12);
	assert_string_equal(t.part[2].type, "application/octet-stream");
	assert_string_equal(t.head[0].subject, "[...]");
	assert_null(strstr(buf_str(&b), "HP-Outer"));
	assert_memory_equal(b.data + t.part[2].body,
	    "-----BEGIN PGP MESSAGE-----\r\n\r\nabc\r\n"
	    "-----END PGP MESSAGE-----\r\n",
	    t.part[2].end - t.part[2].body);
	part_table_free(&t);
	mailboxes_free(&to);
	buf_free(&b);
}

static void
nothing_can_be_injected(void **state)
{
	struct mailboxes to = {0}, bad = {0};
	struct compose c = sample(&to);
	struct strs extra = {0};
	struct err e = {0};
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	c.subject = "x\r\nBcc: evil@example.org";
	assert_int_equal(compose_payload(&c, &b, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	c.subject = "x";
	strs_add(&extra, "X-A: b\nBcc: c");
	c.extra = &extra;
	assert_int_equal(compose_payload(&c, &b, &e), -1);
	strs_free(&extra);
	strs_add(&extra, "no colon");
	assert_int_equal(compose_payload(&c, &b, &e), -1);
	c.extra = NULL;
	mailboxes_add(&bad, NULL, "a@b>, <c@d");
	c.to = &bad;
	assert_int_equal(compose_payload(&c, &b, &e), -1);
	c.to = &to;
	c.message_id = "<a\n@b>";
	assert_int_equal(compose_payload(&c, &b, &e), -1);
	strs_free(&extra);
	mailboxes_free(&to);
	mailboxes_free(&bad);
	buf_free(&b);
}

static void
every_subject_comes_back(void **state)
{
	static const char *const subjects[] = {"", "plain", "a  b", " lead",
	    "=?utf-8?q?x?=", "ééééééééééééééééééééééééééééééééééééééééééé",
	    "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀", long_subject};
	struct mailboxes to = {0};
	struct compose c = sample(&to);

	(void)state;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		struct part_table t;
		struct err e = {0};
		struct buf b;

		c.subject = subjects[i];
		buf_init(&b, 1 << 16);
		assert_int_equal(compose_payload(&c, &b, &e), 0);
		lines_are_short_and_ascii(&b);
		assert_int_equal(tree_parse(&t, b.data, b.len, &limits, &e), 0);
		assert_string_equal(t.head[0].subject, subjects[i]);
		part_table_free(&t);
		buf_free(&b);
	}
	mailboxes_free(&to);
}

static void
a_message_id_has_brackets_and_a_domain(void **state)
{
	static const unsigned char random[16] = {1, 2, 255};
	char *id = compose_message_id("example.jp", random);

	(void)state;
	assert_string_equal(
	    id, "<0102ff00000000000000000000000000@example.jp>");
	free(id);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_payload_reads_back_as_it_was_meant),
	    cmocka_unit_test(the_outside_tells_no_subject),
	    cmocka_unit_test(nothing_can_be_injected),
	    cmocka_unit_test(every_subject_comes_back),
	    cmocka_unit_test(a_message_id_has_brackets_and_a_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
