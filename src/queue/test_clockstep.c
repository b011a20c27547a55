#include "queue/clockstep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define YEAR (365 * 86400)

static void
the_first_look_cannot_know(void **state)
{
	struct clockstep c = {0};
	int64_t by = 1;

	(void)state;
	assert_true(clockstep_look(&c, 1000000, 5000, &by));
	assert_int_equal(by, 0);
	assert_false(clockstep_look(&c, 1000000, 5000, &by));
}

static void
time_that_passes_is_no_step(void **state)
{
	struct clockstep c = {0};
	int64_t by;

	(void)state;
	(void)clockstep_look(&c, 1000000, 5000, &by);
	assert_false(
	    clockstep_look(&c, 1000000 + YEAR, 5000 + YEAR * 1000LL, &by));
	assert_int_equal(by, 0);
	assert_false(clockstep_look(
	    &c, 1000000 + YEAR + CLOCKSTEP_LEAST, 5000 + YEAR * 1000LL, &by));
}

static void
a_clock_that_was_set_is_seen_both_ways(void **state)
{
	struct clockstep c = {0};
	int64_t by;

	(void)state;
	(void)clockstep_look(&c, 1000000, 5000, &by);
	assert_true(clockstep_look(&c, 1000000 + YEAR, 6000, &by));
	assert_in_range(by, YEAR - 1, YEAR);
	assert_false(clockstep_look(&c, 1000001 + YEAR, 7000, &by));
	assert_true(clockstep_look(&c, 1000002, 8000, &by));
	assert_true(by <= 1 - YEAR && by >= -YEAR - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_look_cannot_know),
	    cmocka_unit_test(time_that_passes_is_no_step),
	    cmocka_unit_test(a_clock_that_was_set_is_seen_both_ways),
	};

	return cmocka_run_group_tests_name("clockstep", tests, NULL, NULL);
}
