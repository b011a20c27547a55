#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/reference.h"
#include "cases/test_store.h"

/* The numbers found in a subject, with "|" between them. */
static void
check(const char *subject, const char *expected)
{
	char *exact = xstrdup(subject);
	struct strs found = {0};
	char *got;

	reference_find(exact, &found);
	got = strs_join(&found, "|");
	assert_string_equal(got, expected);
	free(got);
	strs_free(&found);
	free(exact);
}

static void
the_numbers_of_other_teams_are_found_in_one_spelling(void **state)
{
	(void)state;
	check("Re: JPCERT#12345678 phishing", "JPCERT#12345678");
	check("jpcert#12345678", "JPCERT#12345678");
	check("\xe4\xbb\xb6JPCERT#12345678\xe4\xbb\xb6", "JPCERT#12345678");
	check("(IPA#12345678)", "IPA#12345678");
	check("VU#123456: a flaw", "VU#123456");
	check("Fwd: INC0012345 - server down", "INC0012345");
	check("[RT #123] help", "[rt #123]");
	check("Re: [Example.ORG #42]", "[example.org #42]");
	check("[Ticket#2026112210000012] a site", "[ticket#2026112210000012]");
	check("Re: [#12345] a site", "[#12345]");
	check("RITM0012345 and SIR0012345", "RITM0012345|SIR0012345");
	check("[RT #1] INC0012345 VU#123456 [RT #1]",
	    "[rt #1]|INC0012345|VU#123456");
}

static void
what_only_looks_like_a_number_is_none(void **state)
{
	(void)state;
	check("", "");
	check("JPCERT#", "");
	check("JPCERT#12345", "");
	check("JPCERT#12345678901", "");
	check("xJPCERT#12345678", "");
	check("JPCERT#12345678x", "");
	check("INC12", "");
	check("ZINC0012345", "");
	check("INCIDENT 0012345", "");
	check("[EX-2026-0001]", "");
	check("[RT#123]", "");
	check("[#1234]", "");
	check("[Ticket#123456789012345678901]", "");
	check("CS12345", "");
	check("[ #123]", "");
	check("[RT #]", "");
	check("[RT #123", "");
	check("[RT #12a]", "");
	check("[", "");
	check("[[[[", "");
	check("[a name that is longer than forty bytes, all told #1]", "");
}

static void
no_more_than_ten_are_kept_of_one_subject(void **state)
{
	struct strs found = {0};

	(void)state;
	reference_find("[a #1][a #2][a #3][a #4][a #5][a #6][a #7][a #8][a #9]"
		       "[a #10][a #11][a #12]",
	    &found);
	assert_int_equal(found.count, REFERENCE_MAX);
	strs_free(&found);
}

static void
only_an_issuer_s_own_numbers_are_global(void **state)
{
	(void)state;
	assert_true(reference_is_global("JPCERT#12345678"));
	assert_true(reference_is_global("VU#123456"));
	assert_false(reference_is_global("INC0012345"));
	assert_false(reference_is_global("[rt #123]"));
}

static void
a_number_is_remembered_for_each_of_its_cases_once(void **state)
{
	struct store *s = *state;
	int64_t first = store_case(s, "one"), second = store_case(s, "two");
	int64_t *cases;
	size_t count;
	struct err e = {0};

	ok(reference_add(s->db, first, "VU#123456", &e), &e);
	ok(reference_add(s->db, first, "VU#123456", &e), &e);
	ok(reference_add(s->db, second, "VU#123456", &e), &e);
	ok(reference_cases(s->db, "VU#123456", &cases, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_int_equal(cases[0], second);
	assert_int_equal(cases[1], first);
	free(cases);
	ok(reference_cases(s->db, "VU#999999", &cases, &count, &e), &e);
	assert_int_equal(count, 0);
	free(cases);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		the_numbers_of_other_teams_are_found_in_one_spelling),
	    cmocka_unit_test(what_only_looks_like_a_number_is_none),
	    cmocka_unit_test(no_more_than_ten_are_kept_of_one_subject),
	    cmocka_unit_test(only_an_issuer_s_own_numbers_are_global),
	    TEST(a_number_is_remembered_for_each_of_its_cases_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
