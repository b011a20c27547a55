#include "queue/destination.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW 1000000 /* ms */

static bool
may(const struct destinations *d, const char *to, int64_t now)
{
	int64_t when = 0;

	return destination_may(d, to, false, now, &when);
}

static int64_t
when(const struct destinations *d, const char *to, int64_t now)
{
	int64_t at = 0;

	assert_false(destination_may(d, to, false, now, &at));
	return at;
}

static void
without_limits_anything_may_leave(void **state)
{
	const struct config c = {0};
	struct destinations d = {.config = &c};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_true(may(&d, "a@x.org", NOW));
		destination_begin(&d, "a@x.org", NOW);
	}
	assert_int_equal(d.count, 1);
	destination_free(&d);
}

static void
a_domain_gets_no_more_at_a_time_than_it_may(void **state)
{
	const struct config c = {.smtp_domain_sessions = 2};
	struct destinations d = {.config = &c};

	(void)state;
	destination_begin(&d, "a@x.org", NOW);
	assert_true(may(&d, "b@X.ORG", NOW));
	destination_begin(&d, "b@X.ORG", NOW);
	assert_int_equal(when(&d, "c@x.org", NOW), 0);
	assert_true(may(&d, "a@y.org", NOW));
	destination_end(&d, "a@x.org");
	assert_true(may(&d, "c@x.org", NOW));
	destination_free(&d);
}

static void
a_domain_gets_no_more_a_minute_than_it_may(void **state)
{
	const struct config c = {.smtp_domain_rate = 6};
	struct destinations d = {.config = &c};

	(void)state;
	destination_begin(&d, "a@x.org", NOW);
	destination_end(&d, "a@x.org");
	assert_int_equal(when(&d, "b@x.org", NOW), NOW + 10000);
	assert_true(may(&d, "b@y.org", NOW));
	assert_false(may(&d, "b@x.org", NOW + 9999));
	assert_true(may(&d, "b@x.org", NOW + 10000));
	destination_free(&d);
}

static void
the_server_gets_no_more_a_minute_than_it_may(void **state)
{
	const struct config c = {.smtp_rate = 600};
	struct destinations d = {.config = &c};
	int sent = 0;

	(void)state;
	/* The queue wakes each second: a second's share leaves at once. */
	for (int64_t now = NOW; now < NOW + 60000; now += 1000)
		while (may(&d, "a@x.org", now)) {
			destination_begin(&d, "a@x.org", now);
			destination_end(&d, "a@x.org");
			sent++;
		}
	assert_in_range(sent, 590, 610);
	destination_free(&d);
}

static void
a_server_that_is_away_is_tried_by_one_copy_now_and_then(void **state)
{
	const struct config c = {0};
	struct destinations d = {.config = &c};
	struct clock clock = {.seed = 7};
	int64_t now = NOW, last = 0;

	(void)state;
	for (int i = 0; i < 12; i++) {
		int64_t pause;

		assert_true(may(&d, "a@x.org", now));
		destination_begin(&d, "a@x.org", now);
		if (i > 0)
			assert_int_equal(when(&d, "b@y.org", now), 0);
		destination_end(&d, "a@x.org");
		destination_reached(&d, &clock, now, false);
		pause = when(&d, "b@y.org", now) - now;
		assert_in_range(pause, DESTINATION_PAUSE_MIN * 3 / 4,
		    DESTINATION_PAUSE_MAX);
		assert_true(
		    pause > last || pause >= DESTINATION_PAUSE_MAX * 3 / 4);
		last = pause;
		now += pause;
	}
	destination_reached(&d, &clock, now, true);
	assert_true(may(&d, "a@x.org", now));
	destination_reached(&d, &clock, now, false);
	assert_false(may(&d, "a@x.org", now));
	assert_true(destination_may(&d, "a@x.org", true, now, &last));
	destination_free(&d);
}

static void
with_once_each_copy_is_tried(void **state)
{
	const struct config c = {.once = true};
	struct destinations d = {.config = &c};

	(void)state;
	destination_reached(&d, NULL, NOW, false);
	assert_true(may(&d, "a@x.org", NOW));
	destination_free(&d);
}

static void
domains_that_have_nothing_are_forgotten(void **state)
{
	const struct config c = {.smtp_domain_rate = 60};
	struct destinations d = {.config = &c};

	(void)state;
	for (int i = 0; i < 100; i++) {
		char to[] = "a@00.org";

		to[2] = (char)('0' + i / 10);
		to[3] = (char)('0' + i % 10);
		destination_begin(&d, to, NOW + 10000 * i);
		destination_end(&d, to);
	}
	assert_int_equal(d.count, 1);
	destination_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_limits_anything_may_leave),
	    cmocka_unit_test(a_domain_gets_no_more_at_a_time_than_it_may),
	    cmocka_unit_test(a_domain_gets_no_more_a_minute_than_it_may),
	    cmocka_unit_test(the_server_gets_no_more_a_minute_than_it_may),
	    cmocka_unit_test(
		a_server_that_is_away_is_tried_by_one_copy_now_and_then),
	    cmocka_unit_test(with_once_each_copy_is_tried),
	    cmocka_unit_test(domains_that_have_nothing_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
