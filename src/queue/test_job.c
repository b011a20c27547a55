#include "queue/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"

struct place {
	char *folder; /* the test's own */
	struct db *db;
	struct err e;
};

static int
place_open(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	char path[96];

	p->folder = test_folder_make();
	(void)snprintf(path, sizeof(path), "%s/n.db", p->folder);
	*state = p;
	return db_open(&p->db, path, true, &p->e);
}

static int
place_close(void **state)
{
	struct place *p = *state;
	int rc;

	db_close(p->db);
	rc = test_folder_remove(p->folder);
	free(p);
	return rc;
}

static int64_t
insert(struct place *p, const char *sha, const char *state, int64_t next)
{
	int64_t id;

	assert_int_equal(
	    db_insert(p->db, &id, &p->e,
		"INSERT INTO message (sha256, direction, source, received_at,"
		" size, state, next_attempt_at) VALUES"
		" (?, 'in', 'pipe', 1, 1, ?, ?)",
		"ssi", sha, state, next),
	    0);
	return id;
}

static int64_t
column(struct place *p, const char *sql, int64_t id)
{
	int64_t n;

	assert_int_equal(db_get_int(p->db, &n, -1, &p->e, sql, "i", id), 0);
	return n;
}

#define ATTEMPTS "SELECT attempts FROM message WHERE id = ?"
#define NEXT "SELECT next_attempt_at FROM message WHERE id = ?"

static void
retries_that_are_due_come_first_then_the_oldest(void **state)
{
	struct place *p = *state;
	struct job_due due[4];
	int64_t one = insert(p, "1", "received", 0);
	int64_t two = insert(p, "2", "received", 0);
	int64_t late = insert(p, "3", "received", 90);
	int64_t next;
	size_t n;

	(void)insert(p, "4", "received", 101);
	(void)insert(p, "5", "processed", 0);
	assert_int_equal(job_due(p->db, 100, INT64_MAX, due, 4, &n, &p->e), 0);
	assert_int_equal(n, 3);
	assert_int_equal(due[0].id, late);
	assert_int_equal(due[1].id, one);
	assert_int_equal(due[2].id, two);
	assert_int_equal(job_due(p->db, 100, INT64_MAX, due, 2, &n, &p->e), 0);
	assert_int_equal(n, 2);
	assert_int_equal(job_due(p->db, 100, INT64_MAX, due, 1, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(job_next(p->db, 100, &next, &p->e), 0);
	assert_int_equal(next, 101);
}

static void
what_has_time_comes_after_all_that_has_not(void **state)
{
	struct place *p = *state;
	struct job_due due[4];
	int64_t old = insert(p, "1", "received", JOB_LAST);
	int64_t older = insert(p, "2", "received", JOB_LAST);
	int64_t live = insert(p, "3", "received", 0);
	int64_t next;
	size_t n;

	assert_int_equal(job_due(p->db, 100, INT64_MAX, due, 4, &n, &p->e), 0);
	assert_int_equal(n, 3);
	assert_int_equal(due[0].id, live);
	assert_false(due[0].archive);
	assert_int_equal(due[1].id, old);
	assert_true(due[1].archive);
	assert_int_equal(due[2].id, older);
	assert_int_equal(job_due(p->db, 100, INT64_MAX, due, 1, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(due[0].id, live);
	assert_int_equal(job_next(p->db, 100, &next, &p->e), 0);
	assert_int_equal(next, 0);
}

static void
small_mail_passes_by_large_mail(void **state)
{
	struct place *p = *state;
	struct job_due due[4];
	int64_t first = insert(p, "1", "received", 0);
	int64_t late = insert(p, "2", "received", 90);
	int64_t small = insert(p, "3", "received", 0);
	size_t n;

	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE message SET size = ? WHERE id <> ?",
		"ii", JOB_LARGE, small),
	    0);
	assert_int_equal(job_due(p->db, 100, JOB_LARGE, due, 4, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(due[0].id, small);
	assert_int_equal(job_due(p->db, 100, INT64_MAX, due, 4, &n, &p->e), 0);
	assert_int_equal(n, 3);
	assert_int_equal(due[0].id, late);
	assert_int_equal(due[1].id, first);
	assert_int_equal(due[1].size, JOB_LARGE);
}

static void
an_attempt_stands_until_it_ended(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "1", "received", 0);
	struct job_due due;
	size_t n;

	assert_int_equal(job_start(p->db, id, &p->e), 0);
	assert_int_equal(job_start(p->db, id, &p->e), 0);
	assert_int_equal(job_due(p->db, 100, INT64_MAX, &due, 1, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(due.attempts, 2);
}

static void
an_end_is_believed_only_if_the_row_says_so_too(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "1", "received", 0);
	bool left;

	assert_int_equal(job_start(p->db, id, &p->e), 0);
	assert_int_equal(job_end(p->db, id, &left, &p->e), 0);
	assert_true(left);
	assert_int_equal(column(p, ATTEMPTS, id), 1);
	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE message SET state = 'processed'", ""),
	    0);
	assert_int_equal(job_end(p->db, id, &left, &p->e), 0);
	assert_false(left);
	assert_int_equal(column(p, ATTEMPTS, id), 0);
}

static void
try_again_later_is_no_death_and_waits_longer_each_time(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "1", "received", 0);

	for (int i = 0; i < 14; i++) {
		int64_t pause = JOB_DELAY_MAX;

		if (i < 10)
			pause = JOB_DELAY_MIN << i;
		assert_int_equal(job_start(p->db, id, &p->e), 0);
		assert_int_equal(job_delay(p->db, id, 1000, &p->e), 0);
		assert_int_equal(column(p, ATTEMPTS, id), 0);
		assert_int_equal(column(p, NEXT, id), 1000 + pause);
	}
}

static void
a_clock_set_back_puts_nothing_off(void **state)
{
	struct place *p = *state;
	int64_t far = insert(p, "1", "received", 1001 + JOB_DELAY_MAX);
	int64_t near = insert(p, "2", "received", 1000 + JOB_DELAY_MAX);

	assert_int_equal(job_clock_set(p->db, 1000, &p->e), 0);
	assert_int_equal(column(p, NEXT, far), 0);
	assert_int_equal(column(p, NEXT, near), 1000 + JOB_DELAY_MAX);
}

static void
what_we_broke_off_does_not_count(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "1", "received", 0);

	assert_int_equal(job_start(p->db, id, &p->e), 0);
	assert_int_equal(job_release(p->db, id, &p->e), 0);
	assert_int_equal(column(p, ATTEMPTS, id), 0);
	assert_int_equal(job_release(p->db, id, &p->e), 0);
	assert_int_equal(column(p, ATTEMPTS, id), 0);
}

static void
a_message_that_no_worker_bears_is_quarantined_with_an_entry(void **state)
{
	struct place *p = *state;
	int64_t id = insert(p, "1", "received", 0);
	struct job_due due;
	size_t n;

	assert_int_equal(job_abandon(p->db, id, 100, "three deaths", &p->e), 0);
	assert_int_equal(column(p,
			     "SELECT count(*) FROM message WHERE id = ? AND"
			     " state = 'quarantined' AND step = 'done'",
			     id),
	    1);
	assert_int_equal(column(p,
			     "SELECT count(*) FROM audit WHERE message = ? AND"
			     " event = 'message.quarantined' AND"
			     " detail LIKE '%three deaths%'",
			     id),
	    1);
	assert_int_equal(job_due(p->db, 100, INT64_MAX, &due, 1, &n, &p->e), 0);
	assert_int_equal(n, 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(retries_that_are_due_come_first_then_the_oldest),
	    TEST(what_has_time_comes_after_all_that_has_not),
	    TEST(small_mail_passes_by_large_mail),
	    TEST(an_attempt_stands_until_it_ended),
	    TEST(an_end_is_believed_only_if_the_row_says_so_too),
	    TEST(try_again_later_is_no_death_and_waits_longer_each_time),
	    TEST(a_clock_set_back_puts_nothing_off),
	    TEST(what_we_broke_off_does_not_count),
	    TEST(a_message_that_no_worker_bears_is_quarantined_with_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
