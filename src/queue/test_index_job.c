#include "queue/index_job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "queue/test_place.h"
#include "store/audit.h"

static void
change(struct place *p, int times)
{
	const struct audit_entry entry = {
	    .actor = "worker", .event = "message.judged", .message = 1};

	assert_int_equal(db_begin(p->db, &p->e), 0);
	for (int i = 0; i < times; i++)
		assert_int_equal(audit_add(p->db, 1, &entry, &p->e), 0);
	assert_int_equal(db_commit(p->db, &p->e), 0);
}

/* As "due", "waits" or "nothing". */
static const char *
at(struct place *p, struct index_job *j, int64_t now, bool hurry)
{
	bool waiting, due;

	assert_int_equal(
	    index_job_due(p->db, j, now, hurry, &waiting, &due, &p->e), 0);
	return due ? "due" : waiting ? "waits" : "nothing";
}

static void
one_change_waits_for_others(void **state)
{
	struct place *p = *state;
	struct index_job j = {0};

	assert_string_equal(at(p, &j, 100, false), "nothing");
	assert_int_equal(index_job_next(&j, 100), 0);
	change(p, 1);
	assert_string_equal(at(p, &j, 100, false), "waits");
	assert_int_equal(index_job_next(&j, 100), 100 + INDEX_JOB_REST);
	change(p, 1);
	assert_string_equal(at(p, &j, 101, false), "waits");
	assert_string_equal(at(p, &j, 100 + INDEX_JOB_REST, false), "due");
	/* no queue that wakes again and again until a worker is free */
	assert_int_equal(index_job_next(&j, 100 + INDEX_JOB_REST), 0);
	index_job_given(&j);
	assert_int_equal(index_job_done(p->db, 2, &p->e), 0);
	assert_string_equal(at(p, &j, 103, false), "nothing");
}

static void
many_wait_no_longer(void **state)
{
	struct place *p = *state;
	struct index_job j = {0};

	change(p, INDEX_JOB_MANY - 1);
	assert_string_equal(at(p, &j, 100, false), "waits");
	change(p, 1);
	assert_string_equal(at(p, &j, 100, false), "due");
}

static void
who_ends_soon_waits_for_nothing(void **state)
{
	struct place *p = *state;
	struct index_job j = {0};

	assert_string_equal(at(p, &j, 100, true), "nothing");
	change(p, 1);
	assert_string_equal(at(p, &j, 100, true), "due");
}

static void
a_clock_that_goes_back_delays_nothing_for_long(void **state)
{
	struct place *p = *state;
	struct index_job j = {0};

	change(p, 1);
	assert_string_equal(at(p, &j, 100000, false), "waits");
	assert_string_equal(at(p, &j, 100, false), "waits");
	assert_string_equal(at(p, &j, 100 + INDEX_JOB_REST, false), "due");
}

static void
after_a_failure_it_rests(void **state)
{
	struct place *p = *state;
	struct index_job j = {.wait_until = 160};

	change(p, 1);
	assert_string_equal(at(p, &j, 159, true), "nothing");
	assert_int_equal(index_job_next(&j, 159), 160);
	assert_string_equal(at(p, &j, 160, true), "due");
}

static void
a_clock_that_goes_back_lengthens_no_rest(void **state)
{
	struct place *p = *state;
	struct index_job j = {.wait_until = 100000 + INDEX_JOB_PAUSE};

	change(p, 1);
	assert_string_equal(at(p, &j, 100000, true), "nothing");
	assert_string_equal(at(p, &j, 100, true), "nothing");
	assert_int_equal(index_job_next(&j, 100), 100 + INDEX_JOB_PAUSE);
	assert_string_equal(at(p, &j, 100 + INDEX_JOB_PAUSE, true), "due");
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_change_waits_for_others),
	    TEST(many_wait_no_longer),
	    TEST(who_ends_soon_waits_for_nothing),
	    TEST(a_clock_that_goes_back_delays_nothing_for_long),
	    TEST(after_a_failure_it_rests),
	    TEST(a_clock_that_goes_back_lengthens_no_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
