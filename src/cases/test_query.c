#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "cases/query.h"
#include "cases/query_date.h"

#define NOW INT64_C(1795309323) /* 2026-11-22T01:02:03Z */
#define DAY 86400

/* The order of work: terms as their text, operators as & | !. */
static void
reads(const char *text, const char *expected)
{
	struct err e = {0};
	struct query q;
	struct buf out;
	size_t term = 0;

	if (query_parse(text, NOW, &q, &e) == -1)
		fail_msg("%s: %s", text, e.text);
	buf_init(&out, 1U << 16);
	for (size_t i = 0; i < q.ops; i++)
		switch (q.op[i]) {
		case QUERY_TERM:
			buf_putf(&out, "%s ", q.term[term++].text);
			break;
		case QUERY_AND:
			buf_puts(&out, "& ");
			break;
		case QUERY_OR:
			buf_puts(&out, "| ");
			break;
		case QUERY_NOT:
			buf_puts(&out, "! ");
			break;
		}
	assert_string_equal(buf_str(&out), expected);
	assert_int_equal(term, q.terms);
	buf_free(&out);
	query_free(&q);
}

static void
refuses(const char *text, size_t place)
{
	struct err e = {0};
	struct query q;
	char said[64];

	assert_int_equal(query_parse(text, NOW, &q, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	(void)snprintf(said, sizeof(said), "query, character %zu: ", place);
	if (strncmp(e.text, said, strlen(said)) != 0)
		fail_msg("%s: %s", text, e.text);
	assert_null(q.term);
}

static void
terms_side_by_side_are_all_asked_for(void **state)
{
	(void)state;
	reads("a", "a ");
	reads("a b c", "a b & c & ");
	reads("a and b AND c", "a b & c & ");
	reads("  a  ", "a ");
}

static void
not_binds_before_and_before_or(void **state)
{
	(void)state;
	reads("a or b c", "a b c & | ");
	reads("a b or c", "a b & c | ");
	reads("not a b", "a ! b & ");
	reads("a -b or c", "a b ! & c | ");
	reads("-(a or b) c", "a b | ! c & ");
	reads("not not a", "a ! ! ");
	reads("(a)", "a ");
	reads("((a or b)) (c)", "a b | c & ");
	reads("a or not (b or c) and d", "a b c | ! d & | ");
}

static void
quotation_marks_make_words_of_anything(void **state)
{
	(void)state;
	reads("\"a or b\" c", "a or b c & ");
	reads("\"form:b\"", "form:b ");
	reads("subject:\"a b\" c", "a b c & ");
	reads("\u201ca b\u201d", "a b ");
	reads("well-known -a", "well-known a ! & ");
	reads("android oracle nothing", "android oracle & nothing & ");
	reads("http://a.example/b", "http://a.example/b ");
}

static void
width_does_not_count(void **state)
{
	(void)state;
	reads("（ａ　ｏｒ　ｂ）", "a b | ");
	reads("ｔｌｐ：ｒｅｄ", "RED ");
	reads("ｱｸｾｽ", "アクセス ");
}

static void
values_are_checked_and_made_plain(void **state)
{
	(void)state;
	reads("tlp:amber+strict TLP:white", "AMBER+STRICT CLEAR & ");
	reads("key:\"0123 4567 89AB CDEF\"", "0123456789abcdef ");
	reads("indicator:hxxp://evil[.]example/x", "http://evil.example/x ");
	reads("indicator:http://evil.com/x", "http://evil.com/x ");
	reads("indicator:evil[.]example", "evil.example ");
	reads("indicator:аpple.com", "xn--pple-43d.com ");
	reads("IS:Open", "open ");
	reads("class:Vendor", "vendor ");
}

static void
what_is_wrong_is_named_at_its_place(void **state)
{
	(void)state;
	refuses("", 1);
	refuses("  ", 3);
	refuses("a (b", 5);
	refuses("a b)", 4);
	refuses("()", 2);
	refuses("a or", 5);
	refuses("or a", 1);
	refuses("a and or b", 7);
	refuses("not", 4);
	refuses("a \"b", 3);
	refuses("不正 tlp:mauve", 4);
	refuses("tlp:", 1);
	refuses("a form:b", 3);
	refuses("key:12345678", 1);
	refuses("id:0", 1);
	refuses("id:1x", 1);
	refuses("priority:x", 1);
	refuses("evidence:x", 1);
	refuses("category:x", 1);
	refuses("kind:x", 1);
	refuses("class:x", 1);
	refuses("is:x", 1);
	refuses("---", 3);
	refuses("\"\"", 1);
}

static void
limits_are_kept(void **state)
{
	struct err e = {0};
	struct query q;
	struct buf text;

	(void)state;
	buf_init(&text, 1U << 16);
	for (int i = 0; i < QUERY_DEPTH; i++)
		buf_putc(&text, '(');
	buf_putc(&text, 'a');
	for (int i = 0; i < QUERY_DEPTH; i++)
		buf_putc(&text, ')');
	reads(buf_str(&text), "a ");
	buf_clear(&text);
	for (int i = 0; i <= QUERY_DEPTH; i++)
		buf_putc(&text, '(');
	refuses(buf_str(&text), QUERY_DEPTH + 1);
	buf_clear(&text);
	for (int i = 0; i <= QUERY_TERMS; i++)
		buf_puts(&text, "a ");
	refuses(buf_str(&text), 2 * QUERY_TERMS + 1);
	buf_clear(&text);
	for (int i = 0; i < 1000; i++)
		buf_puts(&text, "not ");
	refuses(buf_str(&text), 4 * 128 + 1);
	buf_clear(&text);
	for (int i = 0; i < QUERY_BYTES; i++)
		buf_putc(&text, 'a');
	buf_puts(&text, "a");
	assert_int_equal(query_parse(buf_str(&text), NOW, &q, &e), -1);
	buf_free(&text);
	assert_int_equal(query_parse("a\xff", NOW, &q, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
}

static void
spans(const char *text, int64_t from, int64_t until)
{
	int64_t a, b;

	assert_true(query_date_parse(text, NOW, &a, &b));
	assert_int_equal(a, from);
	assert_int_equal(b, until);
}

static void
dates_are_spans_of_time(void **state)
{
	const int64_t today = NOW - NOW % DAY;
	int64_t a, b;

	(void)state;
	spans("2026-11-22", today, today + DAY);
	spans("today", today, today + DAY);
	spans("yesterday", today - DAY, today);
	spans("2026-11-22T01:02", NOW - 3, NOW + 57);
	spans("2026-11", today - 21 * DAY, today + 9 * DAY);
	spans("2024-02", 1706745600, 1706745600 + 29 * DAY);
	spans("2026", 1767225600, 1767225600 + 365 * DAY);
	spans("2026-11-20..2026-11-22", today - 2 * DAY, today + DAY);
	spans("2026-11..", today - 21 * DAY, INT64_MAX);
	spans("..2026-11-22", INT64_MIN, today + DAY);
	spans("7d..", today - 7 * DAY, INT64_MAX);
	spans("2w..1d", today - 14 * DAY, today);
	for (const char *const *p = (const char *const[]){"", "..", "2026-13",
		 "2026-02-30", "2026-1", "26", "2026-11-22T25:00", "x", "7",
		 "7x", "99999d", "2026-11-22x", "..x", "x..", "1900",
		 "2026-11-22T01:02:03..", NULL};
	     *p != NULL; p++)
		assert_false(query_date_parse(*p, NOW, &a, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(terms_side_by_side_are_all_asked_for),
	    cmocka_unit_test(not_binds_before_and_before_or),
	    cmocka_unit_test(quotation_marks_make_words_of_anything),
	    cmocka_unit_test(width_does_not_count),
	    cmocka_unit_test(values_are_checked_and_made_plain),
	    cmocka_unit_test(what_is_wrong_is_named_at_its_place),
	    cmocka_unit_test(limits_are_kept),
	    cmocka_unit_test(dates_are_spans_of_time)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
