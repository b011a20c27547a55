#include "message/mbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"

#define FROM "From a@b.example Mon Mar  4 10:00:00 2019\n"
#define LATEST INT64_C(1800000000)

/* What a walk finds, as text: each message between < and >. */
struct found {
	const char *file;
	struct buf text;
};

static int
each(void *ctx, const struct mbox_message *m, struct err *e)
{
	struct found *f = ctx;
	size_t len = (size_t)(m->end - m->start);

	(void)e;
	buf_putc(&f->text, '<');
	buf_put(&f->text, f->file + m->start, len);
	buf_putc(&f->text, '>');
	assert_true(m->head->len <= len && m->head->len <= MBOX_HEAD);
	assert_memory_equal(m->head->len == 0 ? "" : buf_str(m->head),
	    f->file + m->start, m->head->len);
	assert_true(m->head->len == len || m->head->len == MBOX_HEAD);
	return 0;
}

/* Reads text in pieces of so many bytes. */
static char *
walk(const char *text, size_t piece)
{
	struct found f = {.file = text};
	struct err e = {0};
	struct mbox *m = mbox_create(each, &f);
	size_t len = strlen(text);

	buf_init(&f.text, 1 << 20);
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		void *exact = xmemdup(text + at, n);

		assert_int_equal(mbox_put(m, exact, n, &e), 0);
		free(exact);
	}
	assert_int_equal(mbox_end(m, &e), 0);
	mbox_free(m);
	return buf_take_str(&f.text);
}

static void
finds(const char *text, const char *expected)
{
	static const size_t pieces[] = {1, 2, 3, 7, 64, 1 << 16};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		char *got = walk(text, pieces[i]);

		assert_string_equal(got, expected);
		free(got);
	}
}

static void
messages_stand_between_from_lines(void **state)
{
	(void)state;
	finds(FROM "A: 1\n\nx\n\n" FROM "B: 2\n\ny\n\n",
	    "<A: 1\n\nx\n><B: 2\n\ny\n>");
	finds("", "");
	finds(FROM, "");
	finds(FROM "A: 1", "<A: 1>");
	finds("x\n\nFrom \nA: 1\n", "<A: 1\n>");
	finds("no such file\n\n" FROM "A: 1\n", "<A: 1\n>");
}

static void
lines_may_end_in_crlf(void **state)
{
	(void)state;
	finds("From - Mon Mar  4 10:00:00 2019\r\nA: 1\r\n\r\nx\r\n\r\n"
	      "From a Tue Mar  5 10:00:00 2019\r\nB: 2\r\n\r\n",
	    "<A: 1\r\n\r\nx\r\n><B: 2\r\n>");
}

static void
a_from_line_needs_an_empty_line_before_it_and_a_date(void **state)
{
	(void)state;
	finds(FROM "A: 1\n\nx\n" FROM "y\n", "<A: 1\n\nx\n" FROM "y\n>");
	finds(FROM "A: 1\n\n\nFrom here on it was Mon\n",
	    "<A: 1\n\n\nFrom here on it was Mon\n>");
	finds(FROM "A: 1\n\n>" FROM "y\n", "<A: 1\n\n>" FROM "y\n>");
	finds(FROM "A: 1\n\n\nFrom 1789@xxx Mon Jan 01 00:00:00 +0000 2024\n"
		   "B: 2\n",
	    "<A: 1\n\n><B: 2\n>");
}

static void
a_date_and_a_field_below_it_make_good_for_the_empty_line(void **state)
{
	(void)state;
	finds(FROM "A: 1\n\nx\n" FROM "B: 2\n\ny\n",
	    "<A: 1\n\nx\n><B: 2\n\ny\n>");
	finds(FROM "A: 1\n\nx\nFrom -\nB: 2\n", "<A: 1\n\nx\nFrom -\nB: 2\n>");
	/* a header has no end in its middle */
	finds(FROM "A: 1\n" FROM "B: 2\n\nx\n", "<A: 1\n" FROM "B: 2\n\nx\n>");
	finds(FROM "A: 1\n\nx\n" FROM, "<A: 1\n\nx\n" FROM ">");
}

static void
a_from_line_without_a_date_needs_a_field_below_it(void **state)
{
	(void)state;
	finds(FROM "A: 1\n\nx\n\nFrom \nB: 2\n\ny\n",
	    "<A: 1\n\nx\n><B: 2\n\ny\n>");
	finds(FROM "A: 1\n\nx\n\nFrom \nno field\n",
	    "<A: 1\n\nx\n\nFrom \nno field\n>");
	finds(FROM "A: 1\n\nx\n\nFrom \n", "<A: 1\n\nx\n\nFrom \n>");
}

static void
content_length_swallows_no_message(void **state)
{
	(void)state;
	finds(FROM "Content-Length: 500\n\nx\n\n" FROM "B: 2\n",
	    "<Content-Length: 500\n\nx\n><B: 2\n>");
}

static void
an_endless_line_costs_no_memory(void **state)
{
	size_t len = 3 * MBOX_HEAD;
	char *text = xmalloc(sizeof(FROM) + len), *got;

	(void)state;
	memcpy(text, FROM, sizeof(FROM) - 1);
	memset(text + sizeof(FROM) - 1, 'x', len);
	text[sizeof(FROM) - 1 + len] = '\0';
	got = walk(text, 4096);
	assert_int_equal(strlen(got), len + 2);
	free(got);
	free(text);
}

static void
a_long_line_in_a_header_does_not_hide_the_next(void **state)
{
	struct buf b;
	char *got;

	(void)state;
	buf_init(&b, 8192);
	buf_puts(&b, FROM "A: ");
	for (int i = 0; i < 2 * MBOX_LINE; i++)
		buf_putc(&b, 'a');
	buf_puts(&b, "\nDate: 1\n");
	got = walk(buf_str(&b), 64); /* which compares the head */
	assert_int_equal(strlen(got), b.len - strlen(FROM) + 2);
	free(got);
	buf_free(&b);
}

static void
unquotes(const char *text, enum mbox_kind kind, const char *expected)
{
	struct buf b;

	buf_init(&b, 1024);
	buf_puts(&b, text);
	mbox_unquote(&b, kind);
	assert_string_equal(buf_str(&b), expected);
	assert_int_equal(b.len, strlen(expected));
	buf_free(&b);
}

static void
quoting_goes_by_the_kind_of_file(void **state)
{
	static const char text[] =
	    "From x\n>From y\n>>From z\n>Fro\n> From\n>From";

	(void)state;
	unquotes(text, MBOX_RD, "From x\nFrom y\n>From z\n>Fro\n> From\n>From");
	unquotes(text, MBOX_O, "From x\nFrom y\n>>From z\n>Fro\n> From\n>From");
	unquotes("", MBOX_RD, "");
	unquotes(">From ", MBOX_RD, "From ");
}

static void
dates(const char *head, const char *expected)
{
	char got[CLOCK_RFC3339];
	struct buf b;
	int64_t t;

	buf_init(&b, 4096);
	buf_puts(&b, head);
	t = mbox_date(&b, LATEST);
	buf_free(&b);
	if (expected == NULL)
		assert_int_equal(t, 0);
	else
		assert_string_equal(clock_rfc3339(t, got), expected);
}

static void
a_date_is_that_of_date_or_else_of_received(void **state)
{
	(void)state;
	dates("Received: by x; Tue, 5 Mar 2019 10:00:00 +0900\nReceived: by y;"
	      " Sun, 3 Mar 2019 10:00:00 +0900\nDate: Mon, 4 Mar 2019 10:00:00"
	      "\n +0900\n\n",
	    "2019-03-04T01:00:00Z");
	dates("Received: by x; id 1;\n Tue, 5 Mar 2019 10:00:00 +0900\n\n",
	    "2019-03-05T01:00:00Z");
	dates("Date: Mon, 4 Mar 2069 10:00:00 +0900\nReceived: by x; Tue, 5 "
	      "Mar 2019 10:00:00 +0900\n",
	    "2019-03-05T01:00:00Z");
	dates("Date: Thu, 1 Jan 1970 00:00:01 +0000\n\n", NULL);
	dates("Subject: x\n\nDate: Mon, 4 Mar 2019 10:00:00 +0900\n", NULL);
	dates("", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages_stand_between_from_lines),
	    cmocka_unit_test(lines_may_end_in_crlf),
	    cmocka_unit_test(
		a_from_line_needs_an_empty_line_before_it_and_a_date),
	    cmocka_unit_test(
		a_date_and_a_field_below_it_make_good_for_the_empty_line),
	    cmocka_unit_test(a_from_line_without_a_date_needs_a_field_below_it),
	    cmocka_unit_test(content_length_swallows_no_message),
	    cmocka_unit_test(an_endless_line_costs_no_memory),
	    cmocka_unit_test(a_long_line_in_a_header_does_not_hide_the_next),
	    cmocka_unit_test(quoting_goes_by_the_kind_of_file),
	    cmocka_unit_test(a_date_is_that_of_date_or_else_of_received),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
