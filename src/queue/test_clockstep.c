#include "queue/clockstep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue/chore.h"
#include "queue/held.h"
#include "queue/test_place.h"

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

/* What failed in a year that never was is not put off until that year. */
static void
what_waits_for_a_time_too_far_is_due(void **state)
{
	struct place *p = *state;
	int64_t message = place_count(p, "SELECT message FROM draft");
	static const char next[] = "SELECT next_attempt_at FROM held";

	assert_int_equal(
	    held_begin(p->db, message, "", CREATED, YEAR, &p->e), 0);
	assert_int_equal(attempts_delay(p->db, &held_attempts, message,
			     CREATED + YEAR, &p->e),
	    0);
	assert_int_equal(clockstep_mend(p->db, 0, CREATED + YEAR, &p->e), 0);
	assert_int_equal(place_count(p, next), CREATED + YEAR + HELD_PAUSE);
	assert_int_equal(clockstep_mend(p->db, 0, CREATED, &p->e), 0);
	assert_int_equal(place_count(p, next), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_look_cannot_know),
	    cmocka_unit_test(time_that_passes_is_no_step),
	    cmocka_unit_test(a_clock_that_was_set_is_seen_both_ways),
	    cmocka_unit_test_setup_teardown(
		what_waits_for_a_time_too_far_is_due, place_open, place_close),
	};

	return cmocka_run_group_tests_name("clockstep", tests, NULL, NULL);
}
