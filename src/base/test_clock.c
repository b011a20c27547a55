#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"

#define YEAR_9999_LAST INT64_C(253402300799)
#define YEAR_0_FIRST INT64_C(-62167219200)

static void
check_times(int64_t t, const char *rfc3339, const char *rfc5322)
{
	char a[CLOCK_RFC3339], b[CLOCK_RFC5322];

	assert_ptr_equal(clock_rfc3339(t, a), a);
	assert_ptr_equal(clock_rfc5322(t, b), b);
	assert_string_equal(a, rfc3339);
	assert_string_equal(b, rfc5322);
}

static void
known_moments_have_their_known_forms(void **state)
{
	(void)state;
	check_times(
	    0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 +0000");
	check_times(1795309323, "2026-11-22T01:02:03Z",
	    "Sun, 22 Nov 2026 01:02:03 +0000");
	check_times(
	    -1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 +0000");
	check_times(951782400, "2000-02-29T00:00:00Z",
	    "Tue, 29 Feb 2000 00:00:00 +0000");
	check_times(4294967296, "2106-02-07T06:28:16Z",
	    "Sun, 07 Feb 2106 06:28:16 +0000");
}

static void
a_year_always_has_four_digits(void **state)
{
	(void)state;
	check_times(YEAR_9999_LAST, "9999-12-31T23:59:59Z",
	    "Fri, 31 Dec 9999 23:59:59 +0000");
	check_times(INT64_C(-30610224000), "1000-01-01T00:00:00Z",
	    "Wed, 01 Jan 1000 00:00:00 +0000");
	check_times(INT64_C(-30610224001), "0999-12-31T23:59:59Z",
	    "Tue, 31 Dec 0999 23:59:59 +0000");
	check_times(YEAR_0_FIRST, "0000-01-01T00:00:00Z",
	    "Sat, 01 Jan 0000 00:00:00 +0000");
}

static void
years_that_the_forms_cannot_hold_read_as_the_epoch(void **state)
{
	static const int64_t far[] = {YEAR_9999_LAST + 1, YEAR_0_FIRST - 1,
	    INT64_MAX, INT64_MIN, INT64_C(67768036191676799)};

	(void)state;
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		check_times(far[i], "1970-01-01T00:00:00Z",
		    "Thu, 01 Jan 1970 00:00:00 +0000");
}

static void
the_zone_of_the_process_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
	check_times(1795309323, "2026-11-22T01:02:03Z",
	    "Sun, 22 Nov 2026 01:02:03 +0000");
	assert_int_equal(unsetenv("TZ"), 0);
}

static void
a_fixed_clock_stands_still(void **state)
{
	struct clock c = {.fixed = 1795309323};

	(void)state;
	assert_int_equal(clock_now(&c), 1795309323);
	assert_int_equal(clock_now(&c), 1795309323);
}

static void
a_clock_that_is_not_set_tells_the_system_s_time(void **state)
{
	struct clock c = {0};
	int64_t first = clock_now(NULL), then = clock_now(&c);

	(void)state;
	assert_true(first > 1700000000);
	assert_true(then >= first && then - first < 60);
	assert_true(clock_monotonic_ms() <= clock_monotonic_ms());
}

static void
the_same_seed_gives_the_same_bytes(void **state)
{
	struct clock a = {.seed = 42}, b = {.seed = 42}, c = {.seed = 43};
	unsigned char x[100], y[100], z[100];

	(void)state;
	clock_random(&a, x, sizeof(x));
	clock_random(&b, y, sizeof(y));
	clock_random(&c, z, sizeof(z));
	assert_memory_equal(x, y, sizeof(x));
	assert_memory_not_equal(x, z, sizeof(x));
	clock_random(&a, y, sizeof(y));
	assert_memory_not_equal(x, y, sizeof(x));
}

static void
random_bytes_fill_just_what_was_asked_for(void **state)
{
	static const unsigned char zeros[16];
	struct clock seeded = {.seed = 7};

	(void)state;
	for (size_t len = 0; len <= 1000; len += 37) {
		unsigned char *p = calloc(1, len + 16);

		assert_non_null(p);
		clock_random(&seeded, p, len);
		assert_memory_equal(p + len, zeros, 16);
		clock_random(NULL, p, len);
		assert_memory_equal(p + len, zeros, 16);
		if (len >= 16)
			assert_memory_not_equal(p + len - 16, zeros, 16);
		free(p);
	}
}

static void
the_system_s_bytes_do_not_repeat(void **state)
{
	struct clock c = {0};
	unsigned char x[32], y[32];

	(void)state;
	clock_random(&c, x, sizeof(x));
	clock_random(&c, y, sizeof(y));
	assert_memory_not_equal(x, y, sizeof(x));
	assert_int_equal(c.seed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_moments_have_their_known_forms),
	    cmocka_unit_test(a_year_always_has_four_digits),
	    cmocka_unit_test(
		years_that_the_forms_cannot_hold_read_as_the_epoch),
	    cmocka_unit_test(the_zone_of_the_process_changes_nothing),
	    cmocka_unit_test(a_fixed_clock_stands_still),
	    cmocka_unit_test(a_clock_that_is_not_set_tells_the_system_s_time),
	    cmocka_unit_test(the_same_seed_gives_the_same_bytes),
	    cmocka_unit_test(random_bytes_fill_just_what_was_asked_for),
	    cmocka_unit_test(the_system_s_bytes_do_not_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
