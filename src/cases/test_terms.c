#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "cases/terms.h"

/* Terms with a space before each, "+" before one that stands with another. */
static bool
note(void *context, const char *term, size_t len, bool same)
{
	struct buf *out = context;

	buf_puts(out, same ? "+" : " ");
	buf_put(out, term, len);
	return true;
}

static void
gives(enum terms_for why, const char *text, const char *expected)
{
	size_t len = strlen(text);
	char *exact = xmemdup(text, len);
	struct buf out;

	buf_init(&out, 1U << 20);
	terms_walk(exact, len, why, note, &out);
	assert_string_equal(buf_str(&out), expected);
	buf_free(&out);
	free(exact);
}

static void
stores(const char *text, const char *expected)
{
	gives(TERMS_STORE, text, expected);
}

static void
asks(const char *text, const char *expected)
{
	gives(TERMS_ASK, text, expected);
}

static void
words_part_at_all_that_is_no_letter(void **state)
{
	(void)state;
	stores("", "");
	stores("...!", "");
	stores("CVE-2026-0001: log4j_core", " cve 2026 0001 log4j core");
	stores("hxxp://evil[.]example", " hxxp evil example");
	asks("taro@example.jp", " taro example jp");
	stores("Привет, ÉCOLE", " привет école");
}

static void
width_and_case_do_not_count(void **state)
{
	(void)state;
	stores("ＣＶＥ－２０２６", " cve 2026");
	stores("Straße ﬁle", " strasse file");
	stores("ﾊﾟｽ", " パ+パス ス");
	asks("㈱", " 株");
}

static void
a_spaceless_script_gives_characters_and_pairs(void **state)
{
	(void)state;
	stores("不正な", " 不+不正 正+正な な");
	stores("鍵", " 鍵");
	stores("不正。な", " 不+不正 正 な");
	stores("LANの口", " lan の+の口 口");
	stores("サーバー", " サ+サー ー+ーバ バ+バー ー");
}

static void
a_question_asks_for_pairs_and_for_what_they_leave(void **state)
{
	(void)state;
	asks("鍵", " 鍵");
	asks("不正", " 不正");
	asks("不正な", " 不正 正な");
	asks("不正 アクセス", " 不正 正 アク クセ セス");
	asks("脆弱性 CVE", " 脆弱 弱性 性 cve");
	asks("CVEの", " cve の");
	asks("のCVE", " の cve");
	asks("鍵 穴", " 鍵 穴");
}

static void
a_wrapped_line_goes_on_in_the_next(void **state)
{
	const char *line = "あいうえおかきくけこさしすせそたちつてと不正";
	struct buf text, out;

	(void)state;
	buf_init(&text, 4096);
	buf_init(&out, 4096);
	buf_putf(&text, "> %s\n> アクセス", line);
	/* a line of 46 columns is short for a wrap; 56 are not */
	terms_walk(buf_str(&text), text.len, TERMS_STORE, note, &out);
	assert_null(strstr(buf_str(&out), "正ア"));
	buf_clear(&text);
	buf_clear(&out);
	buf_putf(&text, "> なにぬねの%s\n> アクセス", line);
	terms_walk(buf_str(&text), text.len, TERMS_STORE, note, &out);
	assert_non_null(strstr(buf_str(&out), "+正ア ア+アク"));
	buf_free(&text);
	buf_free(&out);
}

static void
short_lines_are_not_joined(void **state)
{
	(void)state;
	stores("東京\n都", " 東+東京 京 都");
}

/* Where the text is cut to be folded, words and pairs hold. */
static void
no_place_of_a_long_text_loses_a_term(void **state)
{
	struct buf text, out;

	(void)state;
	for (size_t before = 4000; before < 4110; before++) {
		buf_init(&text, 1U << 16);
		buf_init(&out, 1U << 16);
		for (size_t i = 0; i < before; i++)
			buf_putc(&text, i % 9 == 8 ? '-' : 'x');
		buf_puts(&text, "-不正アクセス-needle-");
		terms_walk(buf_str(&text), text.len, TERMS_STORE, note, &out);
		assert_non_null(strstr(buf_str(&out),
		    " 不+不正 正+正ア ア+アク ク+クセ セ+セス ス needle"));
		buf_free(&text);
		buf_free(&out);
	}
}

static void
a_run_too_long_to_be_asked_for_is_no_term(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 4096);
	for (int i = 0; i < TERMS_WORD + 1; i++)
		buf_putc(&text, 'a');
	buf_puts(&text, " b");
	stores(buf_str(&text), " b");
	asks(buf_str(&text), " b");
	buf_free(&text);
}

static void
bytes_that_are_no_text_part_words(void **state)
{
	(void)state;
	stores("a\xff"
	       "b\xe3\x81",
	    " a b");
}

static bool
first(void *context, const char *term, size_t len, bool same)
{
	size_t *count = context;

	(void)term;
	(void)len;
	(void)same;
	return ++*count < 3;
}

static void
a_walk_ends_when_nobody_wants_more(void **state)
{
	size_t count = 0;

	(void)state;
	terms_walk("a b c d e f", 11, TERMS_STORE, first, &count);
	assert_int_equal(count, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_part_at_all_that_is_no_letter),
	    cmocka_unit_test(width_and_case_do_not_count),
	    cmocka_unit_test(a_spaceless_script_gives_characters_and_pairs),
	    cmocka_unit_test(a_question_asks_for_pairs_and_for_what_they_leave),
	    cmocka_unit_test(a_wrapped_line_goes_on_in_the_next),
	    cmocka_unit_test(short_lines_are_not_joined),
	    cmocka_unit_test(no_place_of_a_long_text_loses_a_term),
	    cmocka_unit_test(a_run_too_long_to_be_asked_for_is_no_term),
	    cmocka_unit_test(bytes_that_are_no_text_part_words),
	    cmocka_unit_test(a_walk_ends_when_nobody_wants_more)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
