#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "message/cuts.h"
#include "message/etpan.h"
#include "message/scan.h"

static const struct scan_limits limits = {.message = 1 << 24,
    .depth = 20,
    .parts = 1000,
    .header = 1 << 20,
    .field = 1 << 18,
    .comments = 16,
    .addresses = 1000};

static void
repeat(struct buf *b, const char *s, size_t n)
{
	while (n-- > 0)
		buf_puts(b, s);
}

/* head, many lines of text, tail, and the scan of it. */
static void
scan_padded(struct scan *s, struct buf *mail, const char *head,
    const char *line, const char *tail)
{
	struct err e = {0};

	buf_init(mail, 1 << 20);
	buf_puts(mail, head);
	repeat(mail, line, 200);
	buf_puts(mail, tail);
	assert_int_equal(
	    scan_message(s, mail->data, mail->len, &limits, &e), 0);
}

static void
lines_that_divide_nothing_are_cut(void **state)
{
	struct scan s;
	struct buf mail, left;

	(void)state;
	scan_padded(&s, &mail,
	    "Content-Type: multipart/mixed; boundary=xy\n\n--xy\n\n",
	    "some text of it\n", "the last line\n--xy--\n");
	buf_init(&left, mail.len);
	cuts_apply(&s.cuts, buf_str(&mail), 0, mail.len, &left);
	assert_string_equal(buf_str(&left),
	    "Content-Type: multipart/mixed; boundary=xy\n\n--xy\n\n"
	    "some text of it\nthe last line\n--xy--\n");
	assert_int_equal(
	    cuts_place(&s.cuts, s.part[1].end), strlen(buf_str(&left)) - 8);
	assert_int_equal(cuts_place(&s.cuts, s.part[1].start), 49);
	buf_free(&left);
	buf_free(&mail);
	scan_free(&s);
}

/* Each of these could divide the body for a reader other than ours. */
static void
lines_like_a_boundary_are_not_cut(void **state)
{
	static const char *const lines[] = {"--x\n", "--xyz\n", "--xy  x\n",
	    "text\r--xy\n", "--xy-\n", "text\r\r\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct scan s;
		struct buf mail;

		scan_padded(&s, &mail,
		    "Content-Type: multipart/mixed; boundary=xy\n\n--xy\n\n",
		    lines[i], "--xy--\n");
		assert_int_equal(s.cuts.count, 0);
		buf_free(&mail);
		scan_free(&s);
		/* The same after what was meant to be the last delimiter. */
		scan_padded(&s, &mail,
		    "Content-Type: multipart/mixed; boundary=xy\n\n--xy\n\n"
		    "--xy--\n",
		    lines[i], "");
		assert_int_equal(s.cuts.count, 0);
		buf_free(&mail);
		scan_free(&s);
	}
}

static void
a_long_line_is_cut_inside(void **state)
{
	struct scan s;
	struct buf mail, left;

	(void)state;
	scan_padded(&s, &mail,
	    "Content-Type: multipart/mixed; boundary=a\n\n--a\n\n",
	    "a line without end --a ", "\n--a--\n");
	buf_init(&left, mail.len);
	cuts_apply(&s.cuts, buf_str(&mail), 0, mail.len, &left);
	assert_int_equal(s.cuts.count, 1);
	assert_true(left.len < 700);
	assert_null(strstr(buf_str(&left), "\n--a "));
	buf_free(&left);
	buf_free(&mail);
	scan_free(&s);
}

static void
what_may_still_be_a_header_is_not_cut(void **state)
{
	struct scan s;
	struct buf mail;

	(void)state;
	scan_padded(&s, &mail, "Subject: a\nthis is no field\n", "X: y\n", "");
	assert_int_equal(s.cuts.count, 0);
	buf_free(&mail);
	scan_free(&s);
	scan_padded(
	    &s, &mail, "Subject: a\nthis is no field\n\nbody\n", "X: y\n", "");
	assert_int_equal(s.cuts.count, 1);
	buf_free(&mail);
	scan_free(&s);
}

/* What libetpan thinks of a message is the same of what is left of it. */
static void
a_second_reader_is_not_fooled_by_cuts(void **state)
{
	static const char *const mails[][3] = {
	    {"Subject: x\n\n", "text\n", ""},
	    {"Content-Type: multipart/mixed; boundary=a\n\n--a\n\n", "text\n",
		"--a--\n"},
	    {"Content-Type: multipart/mixed; boundary=a\n\n", "preamble\n",
		"--a\n\ntext\n--a--\n"},
	    {"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n",
		"epilogue\n", "--a\n\nagain\n--a--\n"},
	    {"Content-Type: multipart/mixed; boundary=a\n\n--a\n\n", "text\n",
		"--aa\n\nmore\n--a--\n"},
	    {"Content-Type: multipart/mixed; boundary=a/b\n\n--a/b\n\n",
		"--a\n\n", "--a/b--\n"},
	    {"Content-Type: multipart/mixed; boundary=\"a\"\n\n--a\n\n",
		"text\n", "no end\n"},
	    {"Content-Type: multipart/mixed; boundary=a\n\n--a\n"
	     "Content-Type: message/rfc822\n\nSubject: y\n\n",
		"text\n", "--a--\n"},
	    {"Content-Type: multipart/mixed; boundary=a\n\n--a\n"
	     "Content-Type: multipart/mixed; boundary=a\n\n--a\n\n",
		"text\n", "--a--\n--a--\n"},
	    {"Content-Type: multipart/mixed; boundary=a\n\n--a\n"
	     "no field\nContent-Type: message/rfc822\n",
		"X: y\n", "\n--a--\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
		struct scan s;
		struct buf mail;
		bool cut, whole;

		scan_padded(&s, &mail, mails[i][0], mails[i][1], mails[i][2]);
		cut = etpan_agrees(&s, mail.data, mail.len);
		cuts_free(&s.cuts);
		whole = etpan_agrees(&s, mail.data, mail.len);
		if (cut != whole)
			fail_msg("mail %zu: %d with cuts, %d without", i, cut,
			    whole);
		buf_free(&mail);
		scan_free(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_that_divide_nothing_are_cut),
	    cmocka_unit_test(lines_like_a_boundary_are_not_cut),
	    cmocka_unit_test(a_long_line_is_cut_inside),
	    cmocka_unit_test(what_may_still_be_a_header_is_not_cut),
	    cmocka_unit_test(a_second_reader_is_not_fooled_by_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
