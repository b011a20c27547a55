#include "base/business_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "base/zone.h"
#include "config/config_business.h"
#include "config/config_load.h"

#define WEEK 0x3eU

static int64_t
at(const char *zone, int y, int mo, int d, int h, int mi)
{
	struct tm t = {.tm_year = y - 1900,
	    .tm_mon = mo - 1,
	    .tm_mday = d,
	    .tm_hour = h,
	    .tm_min = mi};

	return zone_time(&t, zone);
}

static int64_t
tokyo(int mo, int d, int h, int mi)
{
	return at("Asia/Tokyo", 2026, mo, d, h, mi);
}

/* The table that is installed, copied beside a configuration. */
static void
copy_table(const char *folder)
{
	const char *top = getenv("top_srcdir");
	char *path =
	    xasprintf("%s/conf/holidays/jp.conf", top != NULL ? top : ".");
	FILE *f = fopen(path, "r");
	char text[16384];
	size_t len;

	if (f == NULL)
		fail_msg("%s cannot be opened", path);
	len = fread(text, 1, sizeof(text) - 1, f);
	assert_in_range(len, 1, sizeof(text) - 2);
	text[len] = '\0';
	(void)fclose(f);
	test_folder_write(folder, "jp.conf", text);
	free(path);
}

/* What conf/holidays/jp.conf says; freed with *c. */
static void
japan(struct business_time *b, struct config **c)
{
	char *folder = test_folder_make();
	char *file = xasprintf("%s/noroshi.conf", folder);
	struct err e = {0};

	copy_table(folder);
	test_folder_write(folder, "noroshi.conf",
	    "team: { name = \"T\"; address = \"t@x.org\"; };\n"
	    "business: { zone = \"Asia/Tokyo\"; };\n"
	    "@include \"jp.conf\"\n");
	if (config_load(c, file, NULL, &e) == -1)
		fail_msg("%s", e.text);
	config_business_time(*c, b);
	assert_int_equal(test_folder_remove(folder), 0);
	free(file);
}

/* --- the law's rule, computed ----------------------------------------------
 */

static int
weekday(int y, int m, int d)
{
	struct tm t = {.tm_year = y - 1900, .tm_mon = m - 1, .tm_mday = d};

	(void)timegm(&t);
	return t.tm_wday;
}

static bool
is_monday(int y, int m, int d, int nth)
{
	return weekday(y, m, d) == 1 && (d + 6) / 7 == nth;
}

/* The equinox's day by the usual formula for 1980 to 2099. */
static int
equinox(int y, double base)
{
	return (int)(base + 0.242194 * (y - 1980)) - (y - 1980) / 4;
}

static bool
is_named(int y, int m, int d)
{
	static const int fixed[] = {
	    101, 211, 223, 429, 503, 504, 505, 811, 1103, 1123};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (fixed[i] == m * 100 + d)
			return true;
	return (m == 3 && d == equinox(y, 20.8431)) ||
	       (m == 9 && d == equinox(y, 23.2488)) ||
	       (m == 1 && is_monday(y, m, d, 2)) ||
	       (m == 7 && is_monday(y, m, d, 3)) ||
	       (m == 9 && is_monday(y, m, d, 3)) ||
	       (m == 10 && is_monday(y, m, d, 2));
}

static bool
is_named_after(int y, int m, int d, int days)
{
	struct tm t = {
	    .tm_year = y - 1900, .tm_mon = m - 1, .tm_mday = d + days};

	(void)timegm(&t);
	return is_named(t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

/* Articles 2 and 3 of the act. */
static bool
is_off(int y, int m, int d)
{
	int back = 1;

	if (is_named(y, m, d))
		return true;
	for (; is_named_after(y, m, d, -back); back++)
		if (weekday(y, m, d) == back)
			return true;
	return back > 1 && is_named_after(y, m, d, 1);
}

static void
the_holidays_of_japan_are_those_of_the_act(void **state)
{
	struct business_time b;
	struct config *c;
	int off = 0;

	(void)state;
	japan(&b, &c);
	b.weekdays = 0x7f;
	for (int y = 2025; y <= 2028; y++)
		for (int m = 1; m <= 12; m++)
			for (int d = 1; d <= 31; d++) {
				bool office =
				    (m == 12 && d >= 29) || (m == 1 && d <= 3);
				struct tm t = {.tm_year = y - 1900,
				    .tm_mon = m - 1,
				    .tm_mday = d};

				(void)timegm(&t);
				if (t.tm_mday != d)
					continue;
				if (business_is_day(&b, y, m, d) !=
				    !(office || is_off(y, m, d)))
					fail_msg("%d-%02d-%02d", y, m, d);
				off += !office && is_off(y, m, d);
			}
	assert_int_equal(off, 18 + 17 + 16 + 15);
	config_free(c);
}

static void
a_few_days_are_known_by_heart(void **state)
{
	struct business_time b;
	struct config *c;

	(void)state;
	japan(&b, &c);
	assert_false(business_is_day(&b, 2025, 2, 24)); /* for Sunday 23rd */
	assert_false(business_is_day(&b, 2026, 5, 6)); /* for Sunday the 3rd */
	assert_false(business_is_day(&b, 2026, 9, 22)); /* between two */
	assert_false(business_is_day(&b, 2026, 11, 23));
	assert_true(business_is_day(&b, 2026, 11, 24));
	assert_false(business_is_day(&b, 2027, 3, 22));
	assert_false(business_is_day(&b, 2026, 12, 29));
	assert_true(business_is_day(&b, 2027, 1, 4));
	assert_false(business_is_day(&b, 2026, 11, 22));
	config_free(c);
}

static void
work_goes_on_after_the_night_the_weekend_and_holidays(void **state)
{
	struct business_time b;
	struct config *c;

	(void)state;
	japan(&b, &c);
	/* Friday 17:30, two hours: Saturday, Sunday and the 23rd are off */
	assert_int_equal(business_add_minutes(&b, tokyo(11, 20, 17, 30), 120),
	    tokyo(11, 24, 10, 30));
	assert_int_equal(business_add_minutes(&b, tokyo(11, 20, 9, 0), 540),
	    tokyo(11, 20, 18, 0));
	assert_int_equal(business_add_minutes(&b, tokyo(11, 20, 9, 0), 541),
	    tokyo(11, 24, 9, 1));
	assert_int_equal(business_add_minutes(&b, tokyo(11, 21, 3, 0), 0),
	    tokyo(11, 24, 9, 0));
	assert_int_equal(business_add_minutes(&b, tokyo(11, 20, 11, 7), 0),
	    tokyo(11, 20, 11, 7));
	config_free(c);
}

/* Berlin: 29 March and 25 October 2026. */
static void
summer_time_neither_adds_nor_takes_work(void **state)
{
	const char *z = "Europe/Berlin";
	struct strs none = {0};
	struct business_time b = {.zone = z,
	    .weekdays = WEEK,
	    .from = 540,
	    .until = 1080,
	    .holidays = &none};
	struct business_time night = {.zone = z,
	    .weekdays = 0x7f,
	    .from = 0,
	    .until = 1440,
	    .holidays = &none};

	(void)state;
	assert_int_equal(
	    business_add_minutes(&b, at(z, 2026, 3, 27, 17, 0), 120),
	    at(z, 2026, 3, 30, 10, 0));
	assert_int_equal(
	    business_add_minutes(&b, at(z, 2026, 10, 23, 17, 0), 120),
	    at(z, 2026, 10, 26, 10, 0));
	assert_int_equal(at(z, 2026, 3, 30, 10, 0) - at(z, 2026, 3, 27, 10, 0),
	    3 * 86400 - 3600);
	/* around the clock an hour is an hour */
	assert_int_equal(
	    business_add_minutes(&night, at(z, 2026, 3, 28, 12, 0), 1440),
	    at(z, 2026, 3, 28, 12, 0) + 86400);
}

static void
who_never_works_has_no_time(void **state)
{
	struct strs none = {0};
	struct business_time b = {.zone = "UTC",
	    .weekdays = 0,
	    .from = 540,
	    .until = 1080,
	    .holidays = &none};

	(void)state;
	assert_int_equal(business_add_minutes(&b, 1000000, 1), 0);
}

static void
hours_and_dates_are_read_as_they_are_written(void **state)
{
	(void)state;
	assert_int_equal(business_hour("09:30"), 570);
	assert_int_equal(business_hour("24:00"), 1440);
	assert_int_equal(business_hour("24:01"), -1);
	assert_int_equal(business_hour("9:30"), -1);
	assert_int_equal(business_hour("09:60"), -1);
	assert_int_equal(business_hour("09:30 "), -1);
	assert_true(business_is_date("2028-02-29"));
	assert_false(business_is_date("2026-02-29"));
	assert_false(business_is_date("2026-2-29"));
	assert_false(business_is_date("2026-13-01"));
	assert_false(business_is_date("2026-00-01"));
	assert_true(zone_is("Asia/Tokyo"));
	assert_true(zone_is("UTC"));
	assert_false(zone_is("Asia/Atlantis"));
	assert_false(zone_is("../../etc/passwd"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_holidays_of_japan_are_those_of_the_act),
	    cmocka_unit_test(a_few_days_are_known_by_heart),
	    cmocka_unit_test(
		work_goes_on_after_the_night_the_weekend_and_holidays),
	    cmocka_unit_test(summer_time_neither_adds_nor_takes_work),
	    cmocka_unit_test(who_never_works_has_no_time),
	    cmocka_unit_test(hours_and_dates_are_read_as_they_are_written),
	};

	return cmocka_run_group_tests_name("business_time", tests, NULL, NULL);
}
