#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/utf8.h"

#define R "\xef\xbf\xbd" /* U+FFFD */

/* len bytes of text in a heap block of just that size. */
static bool
is_utf8(const char *text, size_t len)
{
	void *exact = xmemdup(text, len);
	bool is = utf8_is(exact, len);

	free(exact);
	return is;
}

/* The safe form of len bytes of text, which lie in a block of just that size.
 */
static char *
safe(const char *text, size_t len, bool line, bool *replaced)
{
	void *exact = xmemdup(text, len);
	struct buf b;

	buf_init(&b, 4096);
	*replaced = line ? utf8_put_line(&b, exact, len)
			 : utf8_put_safe(&b, exact, len);
	free(exact);
	return buf_take_str(&b);
}

static void
check_safe(const char *text, const char *expected, bool expect_replaced)
{
	bool replaced;
	char *got = safe(text, strlen(text), false, &replaced);

	assert_string_equal(got, expected);
	assert_int_equal(replaced, expect_replaced);
	free(got);
}

static void
check_line(const char *text, const char *expected, bool expect_replaced)
{
	bool replaced;
	char *got = safe(text, strlen(text), true, &replaced);

	assert_string_equal(got, expected);
	assert_int_equal(replaced, expect_replaced);
	free(got);
}

static void
each_length_reads_at_its_lowest_and_highest_point(void **state)
{
	static const struct {
		const char *text;
		uint32_t cp;
	} good[] = {{"\x7f", 0x7f}, {"\xc2\x80", 0x80}, {"\xdf\xbf", 0x7ff},
	    {"\xe0\xa0\x80", 0x800}, {"\xed\x9f\xbf", 0xd7ff},
	    {"\xee\x80\x80", 0xe000}, {"\xef\xbf\xbf", 0xffff},
	    {"\xf0\x90\x80\x80", 0x10000}, {"\xf4\x8f\xbf\xbf", 0x10ffff}};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t len = strlen(good[i].text);
		unsigned char *exact = xmemdup(good[i].text, len);
		uint32_t cp = 0;

		assert_int_equal(utf8_next(exact, len, &cp), len);
		assert_int_equal(cp, good[i].cp);
		free(exact);
	}
}

static void
ill_formed_sequences_are_no_utf8(void **state)
{
	static const char *const bad[] = {"\x80", "\xbf", "\xfe", "\xff",
	    "\xf8\x88\x80\x80\x80", "\xc3(", "\xe3\x81(", "\xe3(\x81",
	    "\xf0\x9f\x98(", "\xf5\x80\x80\x80", "\xf4\x90\x80\x80"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(is_utf8(bad[i], strlen(bad[i])));
}

static void
overlong_forms_are_no_utf8(void **state)
{
	static const char *const bad[] = {"\xc0\xaf", "\xc1\xbf", "\xc0\x80",
	    "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf",
	    "\xf0\x8f\xbf\xbf"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(is_utf8(bad[i], strlen(bad[i])));
}

static void
surrogates_are_no_utf8(void **state)
{
	(void)state;
	assert_false(is_utf8("\xed\xa0\x80", 3));
	assert_false(is_utf8("\xed\xbf\xbf", 3));
	assert_false(is_utf8("\xed\xa0\xbd\xed\xb8\x80", 6));
}

static void
a_text_cut_inside_a_code_point_is_no_utf8(void **state)
{
	static const char text[] = "a\xc3\xa9\xe6\xa1\x88\xf0\x9f\x98\x80";
	static const bool whole[] = {true, true, false, true, false, false,
	    true, false, false, false, true};

	(void)state;
	assert_int_equal(sizeof(whole), sizeof(text));
	for (size_t len = 0; len < sizeof(text); len++)
		assert_int_equal(is_utf8(text, len), whole[len]);
}

static void
each_ill_formed_byte_becomes_one_replacement(void **state)
{
	(void)state;
	check_safe("a\xff\xfe"
		   "b",
	    "a" R R "b", true);
	check_safe("\xe6\xa1", R R, true);
	check_safe("\xed\xa0\x80", R R R, true);
	check_safe("\xc0\xafz", R R "z", true);
	check_safe("\xe6\xa1\xe6\xa1\x88", R R "\xe6\xa1\x88", true);
}

static void
ordinary_text_passes_unchanged(void **state)
{
	static const char text[] =
	    "tab\there\n\xe6\xa1\x88\xe4\xbb\xb6 \xc3\xa9 \xf0\x9f\x98\x80 ~";

	(void)state;
	check_safe(text, text, false);
	check_safe("", "", false);
	check_line("", "", false);
}

static void
control_characters_never_pass(void **state)
{
	(void)state;
	for (int c = 0; c < 0x20; c++) {
		char text[3] = {'a', (char)c, 'b'};
		bool replaced;
		char *got = safe(text, sizeof(text), false, &replaced);
		bool stays = c == '\t' || c == '\n' || c == '\r';

		assert_int_equal(replaced, !stays);
		if (!stays)
			assert_string_equal(got, "a" R "b");
		free(got);
	}
	check_safe("a\x7f", "a" R, true);
	check_safe("a\xc2\x9b"
		   "31m",
	    "a" R "31m", true);
	check_line("\x1b[31m", R "[31m", true);
}

static void
what_turns_or_hides_text_never_passes(void **state)
{
	static const char *const hidden[] = {"\xc2\xad", "\xcd\x8f", "\xd8\x9c",
	    "\xe1\x85\x9f", "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d",
	    "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9",
	    "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa0", "\xe2\x81\xa6",
	    "\xe2\x81\xa9", "\xe3\x85\xa4", "\xef\xb8\x8f", "\xef\xbb\xbf",
	    "\xef\xbe\xa0", "\xef\xbf\xb9", "\xef\xbf\xbf", "\xf3\xa0\x80\x80",
	    "\xf3\xa0\x81\xbf", "\xf3\xa0\x84\x80"};

	(void)state;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		check_safe(hidden[i], R, true);
		check_line(hidden[i], R, true);
		assert_false(utf8_is_line(hidden[i]));
	}
}

/* A family, a keycap, a heart, Persian, Hindi, a name's kanji, e + acute. */
static void
joiners_and_variants_pass_where_they_are_written(void **state)
{
	static const char *const fine[] = {
	    "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d"
	    "\xf0\x9f\x91\xa7",
	    "1\xef\xb8\x8f\xe2\x83\xa3",
	    "\xe2\x9d\xa4\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x94\xa5",
	    "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88\xd8\xa7\xd9\x87"
	    "\xd9\x85",
	    "\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d\xe0\xa4\xb7",
	    "\xe8\x91\x9b\xf3\xa0\x84\x80", "e\xcc\x81",
	    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"};

	(void)state;
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		check_safe(fine[i], fine[i], false);
		check_line(fine[i], fine[i], false);
		assert_true(utf8_is_line(fine[i]));
	}
}

static void
joiners_and_variants_hide_nothing_in_other_text(void **state)
{
	(void)state;
	check_line("pay\xe2\x80\x8dpal", "pay" R "pal", true);
	check_line("a\xef\xb8\x8f", "a" R, true);
	check_line("\xe2\x9d\xa4\xef\xb8\x8f\xef\xb8\x8f\xef\xb8\x8e",
	    "\xe2\x9d\xa4\xef\xb8\x8f" R R, true);
	check_line(
	    "\xd9\x85\xe2\x80\x8c\xe2\x80\x8c", "\xd9\x85\xe2\x80\x8c" R, true);
	check_line("\xd9\x85 \xe2\x80\x8c", "\xd9\x85 " R, true);
	check_line(R "\xe2\x80\x8d", R R, true);
	check_line("a\xf3\xa0\x84\x80", "a" R, true);
	assert_false(utf8_is_line("a\tb"));
	assert_false(utf8_is_line("a\xff"));
}

/* What is shown may be made safe again, cut or not, by whoever shows it. */
static void
safe_text_stays_as_it_is(void **state)
{
	static const char text[] =
	    "a\xe2\x80\x8d\xf0\x9f\x91\xa8\xe2\x80\x8d\xe2\x80\x8d\xef\xb8"
	    "\x8f\xd9\x85\xe2\x80\x8c\xff\xe8\x91\x9b\xf3\xa0\x84\x80\x1b";
	bool replaced;
	char *once = safe(text, strlen(text), true, &replaced);
	size_t len = strlen(once);

	(void)state;
	while (len > 0) {
		check_line(once, once, false);
		assert_true(utf8_is_line(once));
		do
			len--;
		while (len > 0 && ((unsigned char)once[len] & 0xc0) == 0x80);
		once[len] = '\0';
	}
	free(once);
}

static void
the_neighbours_of_the_unsafe_are_safe(void **state)
{
	static const uint32_t fine[] = {'\t', '\n', 0x20, 0x7e, 0xa0, 0xac,
	    0xae, 0x61b, 0x61d, 0x115e, 0x1161, 0x200a, 0x2010, 0x2027, 0x202f,
	    0x205f, 0x2070, 0x3163, 0x3165, 0xfdcf, 0xfdf0, 0xfefe, 0xff00,
	    0xff9f, 0xffa1, 0xffef, 0xfffc, 0xfffd, 0xdfffd, 0xe1000, 0x10fffd};

	(void)state;
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		assert_false(utf8_unsafe(fine[i]));
	assert_true(utf8_unsafe('\r'));
	assert_true(utf8_unsafe(0));
	assert_true(utf8_unsafe(0x9f));
	assert_true(utf8_unsafe(0x10ffff));
}

static void
every_line_ending_becomes_one_lf(void **state)
{
	(void)state;
	check_safe("a\r\nb\rc\nd", "a\nb\nc\nd", false);
	check_safe("\r\r\n\n", "\n\n\n", false);
	check_safe("end\r", "end\n", false);
	check_safe("end\r\n", "end\n", false);
}

static void
a_line_has_no_line_ending_in_it(void **state)
{
	(void)state;
	check_line("a\r\nb\rc\nd\te", "a b c d e", false);
	check_line("end\r\n", "end ", false);
	check_line("\r", " ", false);
}

static void
a_nul_inside_is_replaced_and_ends_nothing(void **state)
{
	bool replaced;
	char *got = safe("a\0b", 3, true, &replaced);

	(void)state;
	assert_string_equal(got, "a" R "b");
	assert_true(replaced);
	free(got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_length_reads_at_its_lowest_and_highest_point),
	    cmocka_unit_test(ill_formed_sequences_are_no_utf8),
	    cmocka_unit_test(overlong_forms_are_no_utf8),
	    cmocka_unit_test(surrogates_are_no_utf8),
	    cmocka_unit_test(a_text_cut_inside_a_code_point_is_no_utf8),
	    cmocka_unit_test(each_ill_formed_byte_becomes_one_replacement),
	    cmocka_unit_test(ordinary_text_passes_unchanged),
	    cmocka_unit_test(control_characters_never_pass),
	    cmocka_unit_test(what_turns_or_hides_text_never_passes),
	    cmocka_unit_test(joiners_and_variants_pass_where_they_are_written),
	    cmocka_unit_test(joiners_and_variants_hide_nothing_in_other_text),
	    cmocka_unit_test(safe_text_stays_as_it_is),
	    cmocka_unit_test(the_neighbours_of_the_unsafe_are_safe),
	    cmocka_unit_test(every_line_ending_becomes_one_lf),
	    cmocka_unit_test(a_line_has_no_line_ending_in_it),
	    cmocka_unit_test(a_nul_inside_is_replaced_and_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
