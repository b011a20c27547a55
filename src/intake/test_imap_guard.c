#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "intake/imap_guard.h"

/* What the guard says of text, given in pieces of step bytes. */
static int
look(const char *text, size_t step, size_t literal_max, struct err *e)
{
	struct imap_guard *g = xcalloc(1, sizeof(*g));
	size_t len = strlen(text);
	int rc = 0;

	imap_guard_allow(g, 20000, 10, literal_max);
	for (size_t at = 0; at < len && rc == 0; at += step) {
		size_t n = len - at < step ? len - at : step;
		/* Of the exact size, so that an over-read is seen. */
		char *piece = xmalloc(n);

		memcpy(piece, text + at, n);
		rc = imap_guard_look(g, piece, n, e);
		free(piece);
	}
	free(g);
	return rc;
}

static void
assert_passes(const char *text)
{
	struct err e = {0};

	for (size_t step = 1; step <= strlen(text); step++)
		if (look(text, step, 10, &e) == -1)
			fail_msg("%s: %s", text, e.text);
}

static void
assert_refused(const char *text)
{
	struct err e = {0};

	for (size_t step = 1; step <= strlen(text); step++)
		if (look(text, step, 10, &e) != -1)
			fail_msg("passed: %s", text);
	assert_int_equal(e.code, ERR_DATA);
}

static void
what_servers_say_passes(void **state)
{
	(void)state;
	assert_passes("* OK [CAPABILITY IMAP4rev1 IDLE] ready {now}\r\n");
	assert_passes("* 3 FETCH (UID 7 RFC822.SIZE 99999999)\r\n7 OK\r\n");
	assert_passes("* 1 FETCH (UID 7 BODY[] {5}\r\nab\r\n) FLAGS ())\r\n"
		      "* 2 FETCH (UID 8 BODY[]<0> {0}\r\n)\r\n3 OK done\r\n");
	assert_passes("* 12 fetch (body[]<512> {10}\r\n{99999}\r\n1)\r\n");
	assert_passes("* 1 FETCH (UID 7 BODY[] \"short\")\r\n");
}

static void
a_literal_longer_than_was_asked_for_is_refused(void **state)
{
	(void)state;
	assert_refused("* 1 FETCH (BODY[] {11}\r\n");
	assert_refused("* 1 FETCH (BODY[] {4294967295}\r\n");
	assert_refused("* 1 FETCH (BODY[] {18446744073709551617}\r\n");
}

static void
a_literal_elsewhere_is_refused(void **state)
{
	(void)state;
	assert_refused("* OK text {5}\r\n");
	assert_refused("* LIST () \"/\" {5}\r\n");
	assert_refused("* 1 FETCH (ENVELOPE {5}\r\n");
	assert_refused("* 1 FETCH (X \" BODY[] {5}\r\n");
	assert_refused("* 1 FETCH (XBODY[] {5}\r\n");
	assert_refused("* 1 FETCH (BODY[TEXT] {5}\r\n");
	assert_refused("* 1 FETCH (BODY[]<x> {5}\r\n");
	assert_refused("* x FETCH (BODY[] {5}\r\n");
	assert_refused("7 OK {5}\r\n");
	/* libetpan takes these for literals too. */
	assert_refused("* 1 FETCH (BODY[] {5}  abcde)\r\n");
	assert_refused("* 1 FETCH (BODY[] {-5}\r\n");
	assert_refused("* OK [BADCHARSET ({5} x)] y\r\n");
}

static void
one_message_has_one_body(void **state)
{
	(void)state;
	assert_refused("* 1 FETCH (BODY[] {2}\r\nab BODY[] {2}\r\n");
	assert_refused("* 1 FETCH (BODY[] {2}\r\nab {2}\r\n");
}

static void
an_answer_has_an_end(void **state)
{
	char *text = xcalloc(1, 20100);
	struct err e = {0};

	(void)state;
	for (int i = 0; i < 11; i++)
		strncat(text, "* 1 EXPUNGE\r\n", 14);
	assert_refused(text);
	text[13 * 10] = '\0';
	assert_passes(text);
	memset(text, 'x', 20001);
	assert_int_equal(look(text, 700, 10, &e), -1);
	assert_non_null(strstr(e.text, "line over 8192 bytes"));
	for (int i = 0; i < 20001; i++)
		text[i] = i % 4000 == 3998   ? '\r'
			  : i % 4000 == 3999 ? '\n'
					     : 'x';
	assert_int_equal(look(text, 700, 10, &e), -1);
	assert_non_null(strstr(e.text, "without an end"));
	free(text);
}

static void
brackets_are_not_endlessly_deep(void **state)
{
	(void)state;
	assert_passes("* 1 FETCH ((((((((((()))))))))))\r\n");
	assert_refused("* 1 FETCH (((((((((((((((((\r\n");
}

static void
a_line_ends_as_lines_do(void **state)
{
	struct imap_guard *g = xcalloc(1, sizeof(*g));
	struct err e = {0};

	(void)state;
	assert_refused("* OK ready\n");
	assert_refused("\n");
	imap_guard_allow(g, 100, 10, 0);
	assert_int_equal(imap_guard_look(g, "* O\0K\r\n", 7, &e), -1);
	free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_servers_say_passes),
	    cmocka_unit_test(a_literal_longer_than_was_asked_for_is_refused),
	    cmocka_unit_test(a_literal_elsewhere_is_refused),
	    cmocka_unit_test(one_message_has_one_body),
	    cmocka_unit_test(an_answer_has_an_end),
	    cmocka_unit_test(brackets_are_not_endlessly_deep),
	    cmocka_unit_test(a_line_ends_as_lines_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
