#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/strs.h"

static void
check_split(const char *text, const char *separators, const char *expected)
{
	struct strs l = {0};
	char *joined;

	strs_split(&l, text, separators);
	joined = strs_join(&l, "|");
	assert_string_equal(joined, expected);
	free(joined);
	strs_free(&l);
}

static void
a_list_keeps_its_own_copies_in_order(void **state)
{
	char text[] = "first";
	struct strs l = {0};

	(void)state;
	strs_add(&l, text);
	text[0] = 'F';
	strs_add_len(&l, "second and more", 6);
	assert_int_equal(l.count, 2);
	assert_string_equal(l.item[0], "first");
	assert_string_equal(l.item[1], "second");
	strs_free(&l);
	assert_int_equal(l.count, 0);
	assert_null(l.item);
	strs_free(&l);
}

static void
a_thousand_strings_are_all_there(void **state)
{
	struct strs l = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char *s = xasprintf("%d", i);

		strs_add(&l, s);
		free(s);
	}
	assert_int_equal(l.count, 1000);
	assert_string_equal(l.item[0], "0");
	assert_string_equal(l.item[512], "512");
	assert_string_equal(l.item[999], "999");
	strs_free(&l);
}

static void
what_is_added_once_stands_once(void **state)
{
	struct strs l = {0};

	(void)state;
	strs_add_once(&l, "word");
	strs_add_once(&l, "word");
	strs_add_once(&l, "Word");
	strs_add_once(&l, "");
	strs_add_once(&l, "");
	assert_int_equal(l.count, 3);
	strs_free(&l);
}

static void
case_counts_only_where_it_is_asked_for(void **state)
{
	struct strs l = {0};

	(void)state;
	assert_false(strs_has(&l, "x"));
	assert_false(strs_has_case(&l, "x"));
	strs_add(&l, "Staff");
	assert_true(strs_has(&l, "Staff"));
	assert_false(strs_has(&l, "staff"));
	assert_true(strs_has_case(&l, "sTAFF"));
	assert_false(strs_has_case(&l, "staffs"));
	assert_false(strs_has_case(&l, "staf"));
	strs_free(&l);
}

static void
a_copy_replaces_and_shares_nothing(void **state)
{
	struct strs from = {0}, to = {0};

	(void)state;
	strs_add(&from, "a");
	strs_add(&from, "b");
	strs_add(&to, "old");
	strs_copy(&to, &from);
	strs_free(&from);
	assert_int_equal(to.count, 2);
	assert_string_equal(to.item[0], "a");
	assert_string_equal(to.item[1], "b");
	strs_copy(&to, &to);
	assert_int_equal(to.count, 2);
	assert_string_equal(to.item[1], "b");
	strs_copy(&to, &from);
	assert_int_equal(to.count, 0);
	strs_free(&to);
}

static void
pieces_are_trimmed_and_empty_ones_are_none(void **state)
{
	(void)state;
	check_split("a,b;c", ",;", "a|b|c");
	check_split(" a b ,\t, c\t", ",", "a b|c");
	check_split(",,;", ",;", "");
	check_split("", ",", "");
	check_split("   ", ",", "");
	check_split("alone", ",", "alone");
	check_split("one two", " ", "one|two");
	check_split("last,", ",", "last");
}

static void
a_split_adds_to_what_is_there(void **state)
{
	struct strs l = {0};

	(void)state;
	strs_add(&l, "zero");
	strs_split(&l, "one,two", ",");
	assert_int_equal(l.count, 3);
	assert_string_equal(l.item[0], "zero");
	assert_string_equal(l.item[2], "two");
	strs_free(&l);
}

static void
joined_strings_have_the_separator_only_between_them(void **state)
{
	struct strs l = {0};
	char *s = strs_join(&l, ", ");

	(void)state;
	assert_string_equal(s, "");
	free(s);
	strs_add(&l, "");
	strs_add(&l, "b");
	s = strs_join(&l, ", ");
	assert_string_equal(s, ", b");
	free(s);
	strs_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_list_keeps_its_own_copies_in_order),
	    cmocka_unit_test(a_thousand_strings_are_all_there),
	    cmocka_unit_test(what_is_added_once_stands_once),
	    cmocka_unit_test(case_counts_only_where_it_is_asked_for),
	    cmocka_unit_test(a_copy_replaces_and_shares_nothing),
	    cmocka_unit_test(pieces_are_trimmed_and_empty_ones_are_none),
	    cmocka_unit_test(a_split_adds_to_what_is_there),
	    cmocka_unit_test(
		joined_strings_have_the_separator_only_between_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
