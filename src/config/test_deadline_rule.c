#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "config/deadline_rule.h"

#define JST (9 * 3600)

/* 2026-11-02T08:30:00Z, a Monday: 17:30 in Tokyo */
#define MONDAY INT64_C(1793608200)

static struct deadline_stage
stage(const char *text)
{
	struct deadline_stage s;
	struct err e = {0};

	if (deadline_stage_parse(text, &s, &e) == -1)
		fail_msg("%s: %s", text, e.text);
	return s;
}

/* An exact-size copy: what reads past the end is seen. */
static void
refuse(const char *text, const char *why)
{
	char *copy = xstrdup(text);
	struct deadline_stage s;
	struct err e = {0};

	assert_int_equal(deadline_stage_parse(copy, &s, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	if (strstr(e.text, why) == NULL)
		fail_msg("%s: %s", text, e.text);
	free(copy);
}

static void
assert_due(const char *text, const struct deadline_count *c, int64_t from,
    const char *expected)
{
	char out[CLOCK_RFC3339];
	struct deadline_stage s = stage(text);
	int64_t at = deadline_due(&s.limit[0], c, from);

	assert_string_equal(
	    at == 0 ? "none" : clock_rfc3339(at, out), expected);
}

static void
a_stage_is_read_as_it_is_written(void **state)
{
	struct deadline_stage s =
	    stage("init: 24 hours; 4 hours after classification");

	(void)state;
	assert_string_equal(s.name, "init");
	assert_string_equal(s.condition, "");
	assert_int_equal(s.limits, 2);
	assert_int_equal(s.limit[0].unit, DEADLINE_HOURS);
	assert_int_equal(s.limit[0].count, 24);
	assert_string_equal(s.limit[0].after, "");
	assert_int_equal(s.limit[1].count, 4);
	assert_string_equal(s.limit[1].after, "classification");
	s = stage("final if wrongful-purpose: 60 days");
	assert_string_equal(s.name, "final");
	assert_string_equal(s.condition, "wrongful-purpose");
	assert_int_equal(s.limit[0].unit, DEADLINE_DAYS);
}

static void
words_without_a_time_have_none(void **state)
{
	struct deadline_count c = {.offset = 0};

	(void)state;
	assert_string_equal(stage("a: at once").limit[0].word, "at once");
	assert_due("a: promptly", &c, MONDAY, "none");
	assert_due("a: without undue delay", &c, MONDAY, "none");
	assert_due("a: open after request", &c, MONDAY, "none");
	assert_due("a: promptly, 5 days", &c, MONDAY, "2026-11-07T08:30:00Z");
	assert_string_equal(
	    stage("a: promptly, 5 days").limit[0].word, "promptly");
}

static void
what_is_no_stage_says_what_was_expected(void **state)
{
	(void)state;
	refuse("", "NAME: LIMIT expected");
	refuse("final 30 days", "NAME: LIMIT expected");
	refuse(": 30 days", "is no stage");
	refuse("Final: 30 days", "is no stage");
	refuse("final:", "is no limit");
	refuse("final: soon", "is no limit");
	refuse("final: 0 days", "is no limit");
	refuse("final: 10001 days", "is no limit");
	refuse("final: 99999999999999999999 days", "is no limit");
	refuse("final: 30 weeks", "is no limit");
	refuse("final: days", "is no limit");
	refuse("final: 3 days after", "is no limit");
	refuse("final: 3 days after Fix", "is no stage or event");
	refuse("final if : 3 days", "is no stage");
	refuse("final if x y: 3 days", "is no condition");
	refuse("a: 1 day; 2 days; 3 days; 4 days", "at most 3 limits");
	refuse("a: 1 day;", "is no limit");
	refuse(
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: 1 day", "is no stage");
}

static void
hours_and_days_count_on_through_a_weekend(void **state)
{
	struct deadline_count c = {.offset = JST};
	int64_t friday = MONDAY + 4 * 86400;

	(void)state;
	assert_due("a: 72 hours", &c, friday, "2026-11-09T08:30:00Z");
	assert_due("a: 1 day", &c, friday, "2026-11-07T08:30:00Z");
}

static void
the_day_of_learning_is_day_one(void **state)
{
	struct deadline_count c = {.offset = JST, .first_day = true};

	(void)state;
	/* the second of November in Tokyo is day 1, its 30th the first of
	 * December, until midnight there */
	assert_due("final: 30 days", &c, MONDAY, "2026-12-01T14:59:59Z");
	/* 15:00Z is the next date in Tokyo */
	assert_due(
	    "final: 30 days", &c, MONDAY + 7 * 3600, "2026-12-02T14:59:59Z");
	assert_due("a: 1 day", &c, MONDAY, "2026-11-02T14:59:59Z");
}

static void
a_last_day_on_a_closed_day_rolls_where_the_row_says_so(void **state)
{
	struct strs closed = {0};
	struct deadline_count c = {.offset = JST, .first_day = true};

	(void)state;
	/* day 30 of the 30th of November is the 29th of December */
	assert_due(
	    "a: 30 days", &c, MONDAY + 28 * 86400, "2026-12-29T14:59:59Z");
	c.rolls = true;
	strs_split(&closed,
	    "2026-12-29 2026-12-30 2026-12-31 2027-01-01 2027-01-02 2027-01-03"
	    " 2027-01-11",
	    " ");
	c.holidays = &closed;
	assert_due(
	    "a: 30 days", &c, MONDAY + 28 * 86400, "2027-01-04T14:59:59Z");
	/* a Saturday before a Monday that is closed */
	assert_due(
	    "a: 60 days", &c, MONDAY + 9 * 86400, "2027-01-12T14:59:59Z");
	/* an open day stays */
	assert_due("a: 30 days", &c, MONDAY, "2026-12-01T14:59:59Z");
	/* hours never roll */
	assert_due(
	    "a: 72 hours", &c, MONDAY + 3 * 86400, "2026-11-08T08:30:00Z");
	strs_free(&closed);
}

static void
a_month_ends_on_its_own_date_or_the_last(void **state)
{
	struct deadline_count c = {.offset = JST};
	int64_t october31 = MONDAY - 2 * 86400;
	int64_t january31 = INT64_C(1832889600); /* 2028-01-31T00:00:00Z */

	(void)state;
	assert_due("a: 1 month", &c, MONDAY, "2026-12-02T08:30:00Z");
	assert_due("a: 1 month", &c, october31, "2026-11-30T08:30:00Z");
	assert_due("a: 4 months", &c, october31, "2027-02-28T08:30:00Z");
	/* the 29th of February of a leap year, 09:00 in Tokyo */
	assert_due("a: 1 month", &c, january31, "2028-02-29T00:00:00Z");
	assert_due("a: 14 months", &c, october31, "2027-12-31T08:30:00Z");
}

static void
business_days_leave_out_weekends_and_holidays(void **state)
{
	struct strs holidays = {0};
	struct deadline_count c = {.offset = -5 * 3600};

	(void)state;
	assert_due("a: 4 business days", &c, MONDAY, "2026-11-07T04:59:59Z");
	assert_due("a: 5 business days", &c, MONDAY, "2026-11-10T04:59:59Z");
	strs_add(&holidays, "2026-11-03");
	c.holidays = &holidays;
	assert_due("a: 4 business days", &c, MONDAY, "2026-11-10T04:59:59Z");
	strs_free(&holidays);
}

static void
shares_of_the_time_are_halves_and_fifths(void **state)
{
	(void)state;
	assert_int_equal(deadline_share(1000, 2000, 50), 1500);
	assert_int_equal(deadline_share(1000, 2000, 80), 1800);
	assert_int_equal(deadline_share(1000, 2000, 100), 2000);
}

static void
an_offset_is_one_of_a_clock(void **state)
{
	int64_t s = 1;

	(void)state;
	assert_true(deadline_offset("+09:00", &s));
	assert_int_equal(s, JST);
	assert_true(deadline_offset("-03:30", &s));
	assert_int_equal(s, -12600);
	assert_true(deadline_offset("Z", &s));
	assert_int_equal(s, 0);
	assert_false(deadline_offset("+0900", &s));
	assert_false(deadline_offset("Asia/Tokyo", &s));
	assert_false(deadline_offset("+25:00", &s));
	assert_false(deadline_offset("+ 9: 0", &s));
	assert_false(deadline_offset("", &s));
}

static void
a_name_is_a_word_of_small_letters(void **state)
{
	(void)state;
	assert_true(deadline_name_is("jp-appi-final"));
	assert_true(deadline_name_is("eu-gdpr-33"));
	assert_false(deadline_name_is(""));
	assert_false(deadline_name_is("33"));
	assert_false(deadline_name_is("JP"));
	assert_false(deadline_name_is("a b"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_stage_is_read_as_it_is_written),
	    cmocka_unit_test(words_without_a_time_have_none),
	    cmocka_unit_test(what_is_no_stage_says_what_was_expected),
	    cmocka_unit_test(hours_and_days_count_on_through_a_weekend),
	    cmocka_unit_test(the_day_of_learning_is_day_one),
	    cmocka_unit_test(
		a_last_day_on_a_closed_day_rolls_where_the_row_says_so),
	    cmocka_unit_test(a_month_ends_on_its_own_date_or_the_last),
	    cmocka_unit_test(business_days_leave_out_weekends_and_holidays),
	    cmocka_unit_test(shares_of_the_time_are_halves_and_fifths),
	    cmocka_unit_test(an_offset_is_one_of_a_clock),
	    cmocka_unit_test(a_name_is_a_word_of_small_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
