#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "message/part.h"
#include "message/scan.h"
#include "message/tree.h"

static const struct scan_limits limits = {.message = 200 << 20,
    .depth = 20,
    .parts = 1000,
    .header = 1 << 20,
    .field = 1 << 18,
    .comments = 16,
    .addresses = 1000};

/* Parses the whole way; limit is a word of the error, or NULL for success. */
static void
parses(const void *data, size_t len, const char *limit, size_t parts)
{
	struct part_table t;
	struct err e = {0};
	char *exact = malloc(len == 0 ? 1 : len);

	memcpy(exact, data, len);
	if (limit != NULL) {
		assert_int_equal(tree_parse(&t, exact, len, &limits, &e), -1);
		assert_int_equal(e.code, ERR_DATA);
		assert_non_null(strstr(e.text, limit));
		assert_non_null(strstr(e.text, "RFC"));
	} else {
		assert_int_equal(tree_parse(&t, exact, len, &limits, &e), 0);
		assert_int_equal(t.parts, parts);
		assert_int_equal(t.part[0].end, len);
		part_table_free(&t);
	}
	free(exact);
}

static void
parses_str(const char *s, const char *limit, size_t parts)
{
	parses(s, strlen(s), limit, parts);
}

static void
too_many_parts_are_refused(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4 << 20);
	buf_puts(&b, "Content-Type: multipart/mixed; boundary=x\r\n\r\n");
	for (int i = 0; i < 20000; i++)
		buf_puts(&b, "--x\r\n\r\na\r\n");
	parses(b.data, b.len, "limit_parts: 1001, allowed 1000", 0);
	buf_free(&b);
}

static void
too_many_levels_are_refused(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4 << 20);
	for (int i = 0; i < 1000; i++)
		buf_putf(&b,
		    "Content-Type: multipart/mixed; boundary=b%d\n\n"
		    "--b%d\n",
		    i, i);
	parses(b.data, b.len, "limit_depth: 21, allowed 20", 0);
	buf_clear(&b);
	for (int i = 0; i < 40000; i++)
		buf_puts(&b, "Content-Type: message/rfc822\n\n");
	parses(b.data, b.len, "limit_depth", 0);
	buf_free(&b);
}

static void
long_headers_are_refused(void **state)
{
	size_t len = 50 << 20;
	char *s = malloc(len);
	struct buf b;

	(void)state;
	memset(s, 'x', len);
	memcpy(s, "Subject: ", 9);
	parses(s, len, "limit_header", 0);
	parses(s, 1 << 19, "limit_field", 0);
	memcpy(s, "\n", 1);
	parses(s, len, NULL, 1);
	free(s);
	buf_init(&b, 1 << 20);
	buf_puts(&b, "From: ");
	for (int i = 0; i < 17; i++)
		buf_puts(&b, "(");
	parses(b.data, b.len, "limit_comments: 17, allowed 16", 0);
	buf_clear(&b);
	buf_puts(&b, "To: a@b");
	for (int i = 0; i < 1000; i++)
		buf_puts(&b, ",\r\n a@b");
	parses(b.data, b.len, "limit_addresses: 1001, allowed 1000", 0);
	buf_free(&b);
}

static void
odd_messages_are_read_as_far_as_they_go(void **state)
{
	static const char nul[] = "Sub\0ject: x\r\nFrom: \0\r\n\r\n\0";
	unsigned char garbage[4096];

	(void)state;
	parses_str("", NULL, 1);
	parses_str("\n", NULL, 1);
	parses_str("just text\nmore\n", NULL, 1);
	parses_str("Subject: header only", NULL, 1);
	parses_str("Subject: a\rTo: b\r\rbody\r", NULL, 1);
	parses_str("Subject: a\nTo: b\n\nbody\n", NULL, 1);
	parses_str("From x\nSubject: a\n\nb", NULL, 1);
	parses_str("Content-Type: multipart/mixed\n\n--\n", NULL, 1);
	parses_str("Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\n--\n",
	    NULL, 1);
	parses_str(
	    "Content-Type: multipart/mixed; boundary=x\n\nno\n", NULL, 1);
	parses_str("Content-Type: multipart/mixed; boundary=x\n\n--x", NULL, 2);
	parses_str("Content-Type: multipart/mixed; boundary=x\n\n--x \t\r\n\n"
		   "a\n--x-- \nend",
	    NULL, 2);
	parses_str(
	    "Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n--x\n",
	    NULL, 4);
	/* the same boundary twice belongs to the inner one until it closes */
	parses_str(
	    "Content-Type: multipart/mixed; boundary=x\n\n--x\n"
	    "Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x--\n"
	    "--x\n\nb\n--x--\n",
	    NULL, 4);
	/* an inner part that ends with the outer boundary's line */
	parses_str("Content-Type: multipart/mixed; boundary=x\n\n--x\n"
		   "Content-Type: message/rfc822\n\n--x--\n",
	    NULL, 3);
	parses(nul, sizeof(nul) - 1, NULL, 1);
	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = (unsigned char)(i * 2654435761U >> 7);
	for (size_t len = 0; len < sizeof(garbage); len += 111)
		parses(garbage, len, NULL, 1);
}

/* What divides a body, and what only looks so: RFC 2046 section 5.1.1. */
static void
boundaries_divide_only_what_is_theirs(void **state)
{
	static const struct {
		const char *mail;
		size_t parts;
	} odd[] = {
	    /* one boundary is the beginning of the other */
	    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	     "Content-Type: multipart/mixed; boundary=bb\n\n"
	     "--bb\n\n1\n--bb--\n--b\n\n2\n--b--\n",
		4},
	    /* inside, the same one again: it ends there, once */
	    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	     "Content-Type: multipart/mixed; boundary=b\n\n"
	     "--b\n\n1\n--b--\n--b--\n",
		3},
	    /* before the first and behind the last is nothing */
	    {"Content-Type: multipart/mixed; boundary=b\n\npre --b\n-b\n"
	     "--b\n\n1\n--b--\n--b\n\n2\n",
		2},
	    /* no end, neither here nor there */
	    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	     "Content-Type: multipart/mixed; boundary=c\n\n--c\n\n1\n",
		3},
	    /* the outer one ends what is in it */
	    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	     "Content-Type: multipart/mixed; boundary=c\n\n--c\n\n1\n--b\n\n2",
		4},
	    /* white space behind counts for nothing, before it does */
	    {"Content-Type: multipart/mixed; boundary=\"b \"\n\n--b \t\r\n\n1\n"
	     " --b\n--b--\n",
		2},
	    /* a CR alone is no line's end */
	    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n1\r--b\r2\n"
	     "--b--\n",
		2},
	    /* "-" and "--" are boundaries like others */
	    {"Content-Type: multipart/mixed; boundary=\"-\"\n\n---\n\n1\n"
	     "-----\n",
		2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		parses_str(odd[i].mail, NULL, odd[i].parts);
}

static void
a_boundary_may_be_long(void **state)
{
	char *name = calloc(1, 60001);
	struct buf b;

	(void)state;
	memset(name, 'b', 60000);
	buf_init(&b, 1 << 20);
	buf_putf(&b,
	    "Content-Type: multipart/mixed; boundary=%s\n\n--%s\n\n1\n--%s-\n"
	    "--%s--\n",
	    name, name, name, name);
	parses(b.data, b.len, NULL, 2);
	buf_free(&b);
	free(name);
}

static void
parentheses_in_a_private_field_are_no_comments(void **state)
{
	static const char many[] = "((((((((((((((((((((";
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_putf(&b, "X-Face: %s\nSubject: :%s\n\n", many, many);
	parses(b.data, b.len, NULL, 1);
	buf_clear(&b);
	buf_putf(&b, "To: %s a@b\n\n", many);
	parses(b.data, b.len, "limit_comments", 0);
	buf_free(&b);
}

static void
every_cut_of_a_message_is_read(void **state)
{
	static const char whole[] =
	    "From: \"a\" <a@b>\r\nSubject: =?utf-8?B?5pel?=\r\n"
	    "Content-Type: multipart/mixed; boundary=\"b b\"\r\n\r\n"
	    "pre\r\n--b b\r\nContent-Type: message/rfc822\r\n\r\n"
	    "Subject: in\r\n\r\ninner\r\n--b b\r\n"
	    "Content-Disposition: attachment; filename*0*=utf-8''%41;\r\n"
	    " filename*1=b\r\n\r\nx\r\n--b b--\r\nafter\r\n";
	struct part_table t;
	struct err e = {0};

	(void)state;
	for (size_t len = 0; len < sizeof(whole); len++) {
		char *exact = malloc(len == 0 ? 1 : len);

		memcpy(exact, whole, len);
		assert_int_equal(tree_parse(&t, exact, len, &limits, &e), 0);
		assert_true(t.parts >= 1 && t.parts <= 5);
		part_table_free(&t);
		free(exact);
	}
}

/* Seconds that n bytes of a message take which is meant to be slow. */
static double
time_of(const char *head, const char *unit, size_t n)
{
	struct scan_limits wide = {.message = 1 << 30,
	    .depth = 20,
	    .parts = 1000,
	    .header = 1 << 30,
	    .field = 1 << 30,
	    .comments = 1 << 30,
	    .addresses = 1 << 30};
	struct timespec from, to;
	struct scan s;
	struct err e = {0};
	struct buf b;

	buf_init(&b, 1 << 26);
	buf_puts(&b, head);
	while (b.len < n)
		buf_puts(&b, unit);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	assert_int_equal(scan_message(&s, b.data, b.len, &wide, &e), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	scan_free(&s);
	buf_free(&b);
	return (double)(to.tv_sec - from.tv_sec) +
	       (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static void
twice_the_bytes_take_about_twice_the_time(void **state)
{
	static const char *const slow[][2] = {
	    {"", "A: b\n"},
	    {"A: ", "\n "},
	    {"\n", "--x\n"},
	    {"", "("},
	    {"Content-Type: a/b", ";a=\"b\""},
	    {"\n", "\n"},
	    {"Content-Type: a/b; ", "\""},
	    {"From: ", "\"a\\"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		double one = time_of(slow[i][0], slow[i][1], 1 << 18);
		double eight = time_of(slow[i][0], slow[i][1], 1 << 21);

		/* Quadratic would be 64 times; noise is not. */
		assert_true(eight < 30 * one + 0.05);
	}
}

/* Found by fuzzing: each of these has an entity that begins where another one
 * has ended, but for the line end that belongs to the delimiter. */
static void
an_empty_part_lies_inside_its_parent(void **state)
{
	static const char *const mail[] = {
	    "Content-Type:multipart/digest;boundary=X\n\n--X\n--X",
	    "Content-Type:multipart/digest;boundary=X\n--X\n--X",
	    "Content-Type:multipart/mixed;boundary=X\n\n--X\n"
	    "Content-Type:multipart/mixed;boundary=Y\n\n--Y\n--X--\n",
	    "Content-Type:multipart/mixed;boundary=X\n\n--X\n"
	    "Content-Type:message/rfc822\n\nContent-Type:message/rfc822\n\n"
	    "--X--\n",
	    "Content-Type:multipart/digest;boundary=X\n\n--X\n\n"
	    "Content-Type:message/rfc822\n\n--X\n\n--X"};

	(void)state;
	for (size_t k = 0; k < sizeof(mail) / sizeof(mail[0]); k++) {
		struct scan scan;
		struct err e = {0};

		assert_int_equal(
		    scan_message(&scan, mail[k], strlen(mail[k]), &limits, &e),
		    0);
		for (size_t i = 1; i < scan.parts; i++) {
			const struct scan_part *p = &scan.part[i];
			const struct scan_part *up = &scan.part[p->parent];

			assert_in_range(p->start, up->body, up->end);
			assert_in_range(p->body, p->start, p->end);
			assert_in_range(p->end, p->body, up->end);
		}
		scan_free(&scan);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(too_many_parts_are_refused),
	    cmocka_unit_test(too_many_levels_are_refused),
	    cmocka_unit_test(long_headers_are_refused),
	    cmocka_unit_test(odd_messages_are_read_as_far_as_they_go),
	    cmocka_unit_test(boundaries_divide_only_what_is_theirs),
	    cmocka_unit_test(a_boundary_may_be_long),
	    cmocka_unit_test(parentheses_in_a_private_field_are_no_comments),
	    cmocka_unit_test(every_cut_of_a_message_is_read),
	    cmocka_unit_test(twice_the_bytes_take_about_twice_the_time),
	    cmocka_unit_test(an_empty_part_lies_inside_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
