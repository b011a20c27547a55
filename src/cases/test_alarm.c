#include "cases/alarm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cases/bound.h"
#include "cases/test_store.h"

/* The refs that are due at now, each as a digit. */
static void
due_are(struct store *s, int64_t now, const char *refs)
{
	struct err e = {0};
	struct due due[9];
	size_t count;
	char got[10] = "";

	ok(alarm_due(s->db, now, due, 9, &count, &e), &e);
	for (size_t i = 0; i < count; i++) {
		struct alarm a;

		assert_int_equal(alarm_get(s->db, due[i].id, &a, &e), 1);
		got[i] = (char)('0' + a.ref);
		alarm_free(&a);
	}
	assert_string_equal(got, refs);
}

static void
set(struct store *s, int64_t ref, const char *stage, int64_t cases, int64_t at)
{
	struct err e = {0};

	ok(alarm_set(s->db, "test", ref, stage, cases, at, &e), &e);
}

static int64_t
count_of(struct store *s, const char *sql)
{
	struct err e = {0};
	int64_t n;

	ok(db_get_int(s->db, &n, 0, &e, sql, ""), &e);
	return n;
}

static void
alarms_ring_in_the_order_of_their_times(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	int64_t next;

	set(s, 1, "", 0, 300);
	set(s, 2, "", 0, 100);
	set(s, 3, "half", 0, 200);
	set(s, 3, "end", 0, 400);
	due_are(s, 99, "");
	due_are(s, 300, "231");
	ok(alarm_next(s->db, 300, &next, &e), &e);
	assert_int_equal(next, 400);
	ok(alarm_next(s->db, 400, &next, &e), &e);
	assert_int_equal(next, 0);
}

static void
one_stage_of_a_thing_has_one_time(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	struct due due;
	size_t count;
	int64_t at;

	set(s, 1, "half", 0, 100);
	set(s, 1, "end", 0, 200);
	ok(alarm_due(s->db, 100, &due, 1, &count, &e), &e);
	ok(attempts_start(s->db, &alarm_attempts, due.id, &e), &e);
	set(s, 1, "half", 0, 100);
	ok(alarm_due(s->db, 100, &due, 1, &count, &e), &e);
	assert_int_equal(due.attempts, 1);
	set(s, 1, "half", 0, 150);
	due_are(s, 149, "");
	ok(alarm_due(s->db, 150, &due, 1, &count, &e), &e);
	assert_int_equal(due.attempts, 0);
	ok(alarm_clear(s->db, "test", 1, "half", &e), &e);
	ok(alarm_at(s->db, "test", 1, "half", &at, &e), &e);
	assert_int_equal(at, 0);
	ok(alarm_at(s->db, "test", 1, "end", &at, &e), &e);
	assert_int_equal(at, 200);
	set(s, 1, "half", 0, 100);
	ok(alarm_clear(s->db, "test", 1, NULL, &e), &e);
	assert_int_equal(count_of(s, "SELECT count(*) FROM alarm"), 0);
}

static void
one_that_was_moved_while_in_hand_has_not_rung(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	struct due due;
	struct alarm a;
	size_t count;

	set(s, 1, "", 0, 100);
	ok(alarm_due(s->db, 100, &due, 1, &count, &e), &e);
	assert_int_equal(alarm_get(s->db, due.id, &a, &e), 1);
	set(s, 1, "", 0, 500);
	ok(alarm_rang(s->db, &a, &e), &e);
	assert_int_equal(db_changed(s->db), 0);
	due_are(s, 500, "1");
	alarm_free(&a);
	assert_int_equal(alarm_get(s->db, due.id, &a, &e), 1);
	ok(alarm_rang(s->db, &a, &e), &e);
	assert_int_equal(db_changed(s->db), 1);
	alarm_free(&a);
	assert_int_equal(alarm_get(s->db, due.id, &a, &e), 0);
	/* another one never gets the number that a worker may still have */
	set(s, 2, "", 0, 500);
	assert_int_equal(alarm_get(s->db, due.id, &a, &e), 0);
}

static void
a_closed_case_has_none_that_is_due(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	int64_t id = store_case(s, "a case"), next;

	set(s, 1, "", id, 100);
	set(s, 2, "", 0, 100);
	ok(db_run(s->db, &e, "UPDATE cases SET state = 'closed'", ""), &e);
	due_are(s, 100, "2");
	ok(alarm_next(s->db, 99, &next, &e), &e);
	assert_int_equal(next, 100);
	ok(db_run(s->db, &e, "UPDATE cases SET state = 'open'", ""), &e);
	due_are(s, 100, "12");
}

static void
an_attempt_that_failed_waits_and_a_clock_that_was_set_ends_that(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	struct due due;
	size_t count;
	int64_t next;

	set(s, 1, "", 0, 100);
	set(s, 2, "", 0, 5000);
	ok(alarm_due(s->db, 100, &due, 1, &count, &e), &e);
	ok(attempts_delay(s->db, &alarm_attempts, due.id, 1000, &e), &e);
	due_are(s, 1000, "");
	ok(alarm_next(s->db, 1000, &next, &e), &e);
	assert_int_equal(next, 1000 + ALARM_PAUSE);
	ok(attempts_clock_set(s->db, &alarm_attempts, 1000, &e), &e);
	due_are(s, 1000, "");
	/* set back: what waits too long is due; the time that was chosen
	 * stays */
	ok(attempts_clock_set(s->db, &alarm_attempts, 900, &e), &e);
	due_are(s, 900, "1");
	assert_int_equal(
	    count_of(s, "SELECT at FROM alarm WHERE ref = 2"), 5000);
}

static void
what_nobody_can_tell_is_recorded_and_given_up(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	struct due due;
	size_t count;

	set(s, 7, "end", 0, 100);
	ok(alarm_due(s->db, 100, &due, 1, &count, &e), &e);
	ok(alarm_abandon(s->db, due.id, 100, "it dies", &e), &e);
	due_are(s, 100, "");
	assert_int_equal(
	    count_of(s,
		"SELECT count(*) FROM audit WHERE event = 'test.not-told' AND"
		" detail LIKE '%it dies%' AND detail LIKE '%end%'"),
	    1);
	ok(alarm_abandon(s->db, due.id, 100, "it dies", &e), &e);
	assert_int_equal(count_of(s, "SELECT count(*) FROM audit"), 1);
}

static void
an_embargo_has_an_alarm_at_its_end(void **state)
{
	struct store *s = *state;
	struct err e = {0};
	int64_t id = store_case(s, "a case"), at;

	ok(case_set_embargo(s->db, id, 4711, &e), &e);
	ok(alarm_at(s->db, ALARM_EMBARGO, id, "", &at, &e), &e);
	assert_int_equal(at, 4711);
	ok(case_set_embargo(s->db, id, 0, &e), &e);
	ok(alarm_at(s->db, ALARM_EMBARGO, id, "", &at, &e), &e);
	assert_int_equal(at, 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(alarms_ring_in_the_order_of_their_times),
	    TEST(one_stage_of_a_thing_has_one_time),
	    TEST(one_that_was_moved_while_in_hand_has_not_rung),
	    TEST(a_closed_case_has_none_that_is_due),
	    TEST(
		an_attempt_that_failed_waits_and_a_clock_that_was_set_ends_that),
	    TEST(what_nobody_can_tell_is_recorded_and_given_up),
	    TEST(an_embargo_has_an_alarm_at_its_end),
	};

	return cmocka_run_group_tests_name("alarm", tests, NULL, NULL);
}
