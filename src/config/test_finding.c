#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/finding.h"

static void
findings_stand_in_the_order_in_which_they_were_found(void **state)
{
	struct findings f = {0};

	(void)state;
	findings_add(&f, SEVERITY_WARNING, "a", "do this", "%d leftovers", 3);
	findings_add(&f, SEVERITY_ERROR, "b", "do that", "gone");
	assert_int_equal(f.count, 2);
	assert_string_equal(f.item[0].what, "3 leftovers");
	assert_string_equal(f.item[0].where, "a");
	assert_string_equal(f.item[1].mend, "do that");
	findings_free(&f);
	assert_int_equal(f.count, 0);
	findings_free(&f);
}

static void
a_warning_counts_as_no_error(void **state)
{
	struct findings f = {0};

	(void)state;
	findings_add(&f, SEVERITY_WARNING, "a", "m", "w");
	assert_int_equal(f.errors, 0);
	findings_add(&f, SEVERITY_ERROR, "a", "m", "w");
	assert_int_equal(f.errors, 1);
	assert_string_equal(severity_name(f.item[0].severity), "warning");
	assert_string_equal(severity_name(f.item[1].severity), "error");
	findings_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		findings_stand_in_the_order_in_which_they_were_found),
	    cmocka_unit_test(a_warning_counts_as_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
