#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "people/bouncing.h"
#include "queue/delivery_act.h"
#include "queue/test_place.h"

/* The rows of a lane that are due at 100, up to max. */
struct due {
	int64_t id[8];
	size_t count;
	size_t max;
	bool asked; /* the last one is */
};

static bool
due_see(void *ctx, int64_t id, const char *transport, const char *recipient,
    bool asked)
{
	struct due *d = ctx;

	assert_string_equal(transport, "file");
	assert_string_equal(recipient, "a@x.org");
	d->asked = asked;
	d->id[d->count++] = id;
	return d->count < d->max;
}

static struct due
due(struct place *p, enum draft_lane lane, size_t max)
{
	struct due d = {.max = max};

	assert_int_equal(delivery_due(p->db, 100, lane, due_see, &d, &p->e), 0);
	return d;
}

static void
what_is_queued_and_due_is_due_and_nothing_else(void **state)
{
	struct place *p = *state;
	int64_t first, second, next;
	struct delivery d;
	struct due found;

	first = place_insert(p, "queued", 50, "a1");
	(void)place_insert(p, "queued", 101, "a2");
	(void)place_insert(p, "held", 50, "a3");
	(void)place_insert(p, "sent", 50, "a4");
	second = place_insert(p, "queued", 0, "a5");
	found = due(p, DRAFT_USUAL, 8);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.id[0], second);
	assert_int_equal(found.id[1], first);
	assert_false(found.asked);
	assert_int_equal(due(p, DRAFT_USUAL, 1).count, 1);
	assert_true(due(p, DRAFT_USUAL, 1).asked);
	assert_int_equal(delivery_get(p->db, first, &d, &p->e), 0);
	assert_string_equal(d.recipient, "a@x.org");
	assert_string_equal(d.transport, "file");
	assert_string_equal(d.kind, "copy");
	delivery_free(&d);
	assert_int_equal(delivery_next(p->db, 100, &next, &p->e), 0);
	assert_int_equal(next, 101);
	assert_int_equal(delivery_next(p->db, 101, &next, &p->e), 0);
	assert_int_equal(next, 0);
}

static void
each_lane_has_its_own_copies(void **state)
{
	struct place *p = *state;
	int64_t urgent, many, next;

	urgent = place_insert(p, "queued", 60, "a1");
	many = place_insert(p, "queued", 50, "a2");
	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE delivery SET lane = CASE id WHEN ?"
			     " THEN 0 ELSE 2 END",
			     "i", urgent),
	    0);
	assert_int_equal(due(p, DRAFT_USUAL, 8).count, 0);
	assert_int_equal(due(p, DRAFT_URGENT, 8).id[0], urgent);
	assert_int_equal(due(p, DRAFT_MANY, 8).id[0], many);
	assert_int_equal(delivery_next(p->db, 49, &next, &p->e), 0);
	assert_int_equal(next, 50);
	assert_int_equal(delivery_next(p->db, 50, &next, &p->e), 0);
	assert_int_equal(next, 60);
}

static void
results_that_come_together_are_all_booked_or_none(void **state)
{
	struct place *p = *state;
	struct delivery_result r[3] = {
	    {.id = place_insert(p, "queued", 50, "a1"), .verp = true},
	    {.id = place_insert(p, "queued", 50, "a2")},
	    {.id = place_insert(p, "queued", 50, "a3")}};

	err_set(&r[1].result, ERR_DENIED, "550 no");
	err_set(&r[2].result, ERR_TEMP, "450 later");
	/* What no booking can get past. */
	assert_int_equal(db_run(p->db, &p->e,
			     "CREATE TRIGGER stop BEFORE UPDATE ON delivery"
			     " WHEN new.state = 'failed' BEGIN"
			     " SELECT raise(ABORT, 'no'); END",
			     ""),
	    0);
	assert_int_equal(
	    delivery_book(p->db, p->spool, &p->clock, 14400, r, 3, &p->e), -1);
	assert_int_equal(
	    place_count(p, ROWS "state = 'queued' AND attempts = 0"), 3);
	assert_true(place_has_file(p, "a1"));
	assert_int_equal(db_run(p->db, &p->e, "DROP TRIGGER stop", ""), 0);
	assert_int_equal(
	    delivery_book(p->db, p->spool, &p->clock, 14400, r, 3, &p->e), 0);
	assert_int_equal(place_count(p, ROWS "state = 'sent' AND verp = 1"), 1);
	assert_int_equal(
	    place_count(p, ROWS "state = 'failed' AND verp = 0"), 1);
	assert_int_equal(
	    place_count(p, ROWS "state = 'queued' AND attempts = 1"), 1);
	assert_false(place_has_file(p, "a1"));
	assert_true(place_has_file(p, "a2"));
}

static void
what_was_sent_is_recorded_and_its_file_goes(void **state)
{
	struct place *p = *state;
	int64_t id = place_insert(p, "queued", 50, "a1");

	place_book(p, id, ERR_NONE);
	assert_int_equal(
	    place_count(p, ROWS "state = 'sent' AND attempts = 1 AND"
				" sent_at = 100010 AND"
				" next_attempt_at IS NULL"),
	    1);
	assert_int_equal(place_count(p, EVENTS "'delivery.sent'"), 1);
	assert_false(place_has_file(p, "a1"));
}

static void
a_passing_failure_is_tried_again_later_and_later(void **state)
{
	struct place *p = *state;
	int64_t id = place_insert(p, "queued", 50, "a1");
	int64_t last = 0;

	for (int i = 0; i < 12; i++) {
		int64_t next, pause = DELIVERY_PAUSE_MAX;

		if (i < 8)
			pause = DELIVERY_PAUSE_MIN << i;
		place_book(p, id, ERR_TEMP);
		assert_int_equal(delivery_next(p->db, 0, &next, &p->e), 0);
		next -= p->clock.fixed;
		assert_in_range(next, pause - pause / 4, pause);
		assert_true(next >= last || pause == DELIVERY_PAUSE_MAX);
		last = next;
	}
	assert_int_equal(
	    place_count(p, ROWS "state = 'queued' AND attempts = 12 AND"
				" last_error = 'it went wrong'"),
	    1);
	assert_true(place_has_file(p, "a1"));
}

static void
after_five_days_a_passing_failure_is_a_final_one(void **state)
{
	struct place *p = *state;
	int64_t id = place_insert(p, "queued", 50, "a1");

	p->clock.fixed = CREATED + DELIVERY_GIVE_UP - 1;
	for (int i = 0; i < DELIVERY_TRIES; i++)
		place_book(p, id, ERR_TEMP);
	assert_int_equal(place_count(p, ROWS "state = 'queued'"), 1);
	p->clock.fixed = CREATED + DELIVERY_GIVE_UP;
	place_book(p, id, ERR_TEMP);
	assert_int_equal(place_count(p, ROWS "state = 'failed'"), 1);
	assert_int_equal(place_count(p, EVENTS "'delivery.failed'"), 1);
}

static void
a_contact_whose_mail_fails_for_good_is_named(void **state)
{
	struct place *p = *state;
	int64_t one = place_insert(p, "queued", 50, "a1");
	int64_t two = place_insert(p, "sent", 0, "a2");
	int64_t late = place_insert(p, "queued", 50, "a3");
	int64_t ok = place_insert(p, "queued", 50, "a4");
	struct bouncing *b;
	bool changed;
	size_t n;

	assert_int_equal(db_run(p->db, &p->e,
			     "INSERT INTO contact (id, name, class, created_at)"
			     " VALUES (1, 'A', 'partner', 1)",
			     ""),
	    0);
	assert_int_equal(db_run(p->db, &p->e,
			     "INSERT INTO contact_address (address, contact,"
			     " written, position) VALUES"
			     " ('a@x.org', 1, 'a@x.org', 0)",
			     ""),
	    0);
	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE delivery SET contact = 1", ""), 0);
	place_book(p, late, ERR_TEMP);
	assert_int_equal(bouncing_list(p->db, CREATED + 10, &b, &n, &p->e), 0);
	assert_int_equal(n, 0);
	place_book(p, one, ERR_DENIED);
	assert_int_equal(delivery_bounced(p->db, two, true, CREATED + 20,
			     "5.1.1 gone", &changed, &p->e),
	    0);
	assert_int_equal(bouncing_list(p->db, CREATED + 20, &b, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_string_equal(b[0].address, "a@x.org");
	assert_int_equal(b[0].count, 2);
	assert_string_equal(b[0].why, "5.1.1 gone");
	bouncing_free(b, n);
	/* One that does not come back is a proof, in time. */
	p->clock.fixed = CREATED + 30;
	place_book(p, ok, ERR_NONE);
	assert_int_equal(bouncing_list(p->db, CREATED + 30, &b, &n, &p->e), 0);
	assert_int_equal(n, 1);
	bouncing_free(b, n);
	assert_int_equal(
	    bouncing_list(p->db, CREATED + 31 + BOUNCING_PROOF, &b, &n, &p->e),
	    0);
	assert_int_equal(n, 0);
}

static void
a_clock_set_a_year_ahead_makes_no_failure_final(void **state)
{
	struct place *p = *state;
	int64_t id = place_insert(p, "queued", 50, "a1");

	p->clock.fixed = CREATED + 365 * 86400;
	for (int i = 0; i < DELIVERY_TRIES; i++) {
		place_book(p, id, ERR_TEMP);
		assert_int_equal(place_count(p, ROWS "state = 'queued'"), 1);
	}
	place_book(p, id, ERR_TEMP);
	assert_int_equal(place_count(p, ROWS "state = 'failed'"), 1);
}

static void
a_clock_set_back_puts_nothing_off(void **state)
{
	struct place *p = *state;
	int64_t now = p->clock.fixed, next;
	int64_t id = place_insert(p, "queued", now + 365 * 86400, "a1");

	assert_int_equal(delivery_clock_set(p->db, 60, now, &p->e), 0);
	assert_int_equal(delivery_next(p->db, 0, &next, &p->e), 0);
	assert_int_equal(next, now);
	/* the longest pause is none */
	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE delivery SET next_attempt_at = ?"
			     " WHERE id = ?",
			     "ii", now + DELIVERY_PAUSE_MAX, id),
	    0);
	assert_int_equal(delivery_clock_set(p->db, 60, now, &p->e), 0);
	assert_int_equal(delivery_next(p->db, 0, &next, &p->e), 0);
	assert_int_equal(next, now + DELIVERY_PAUSE_MAX);
}

static void
a_clock_set_back_leaves_the_recall_window_whole(void **state)
{
	struct place *p = *state;
	int64_t now = p->clock.fixed, next;
	int64_t id = place_insert(p, "queued", now + 365 * 86400, "a1");

	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE delivery SET"
			     " recall_until = next_attempt_at WHERE id = ?",
			     "i", id),
	    0);
	assert_int_equal(delivery_clock_set(p->db, 60, now, &p->e), 0);
	assert_int_equal(delivery_next(p->db, 0, &next, &p->e), 0);
	assert_int_equal(next, now + 60);
	assert_int_equal(
	    place_count(p, ROWS "recall_until = next_attempt_at"), 1);
}

static void
a_final_failure_keeps_the_file(void **state)
{
	struct place *p = *state;
	int64_t id = place_insert(p, "queued", 50, "a1");

	place_book(p, id, ERR_CONFIG);
	assert_int_equal(place_count(p, ROWS "state = 'failed' AND"
					     " last_error = 'it went wrong'"),
	    1);
	assert_int_equal(place_count(p, EVENTS "'delivery.failed'"), 1);
	assert_true(place_has_file(p, "a1"));
}

static void
a_failure_of_what_was_cancelled_meanwhile_leaves_it_cancelled(void **state)
{
	struct place *p = *state;
	int64_t one = place_insert(p, "cancelled", 0, "a1");
	int64_t two = place_insert(p, "cancelled", 0, "a2");

	place_book(p, one, ERR_TEMP);
	place_book(p, two, ERR_DATA);
	assert_int_equal(place_count(p, ROWS "state = 'cancelled'"), 2);
	assert_int_equal(place_count(p, "SELECT count(*) FROM audit"), 0);
}

static void
what_was_sent_before_it_was_cancelled_was_sent(void **state)
{
	struct place *p = *state;
	int64_t id = place_insert(p, "cancelled", 0, "a1");

	place_book(p, id, ERR_NONE);
	assert_int_equal(place_count(p, ROWS "state = 'sent'"), 1);
}

static void
a_result_for_no_delivery_changes_nothing(void **state)
{
	struct place *p = *state;

	place_book(p, 4711, ERR_NONE);
	assert_int_equal(place_count(p, "SELECT count(*) FROM audit"), 0);
	/* No transaction is left open by it. */
	assert_int_equal(db_begin(p->db, &p->e), 0);
	assert_int_equal(db_commit(p->db, &p->e), 0);
}

static void
make_old(struct place *p, const char *name)
{
	const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/spool/out/%s", p->folder, name);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
}

/* Young files without a row may be a worker's that has not committed yet. */
static void
only_files_that_nobody_needs_are_swept(void **state)
{
	struct place *p = *state;

	(void)place_insert(p, "queued", 50, "a1");
	(void)place_insert(p, "held", 0, "a2");
	(void)place_insert(p, "failed", 0, "a3");
	(void)place_insert(p, "sent", 0, "a4");
	place_file(p, "b1");
	place_file(p, "b2");
	make_old(p, "a1");
	make_old(p, "b1");
	assert_int_equal(
	    delivery_sweep(p->db, p->spool, clock_now(NULL), &p->e), 0);
	assert_true(place_has_file(p, "a1"));
	assert_true(place_has_file(p, "a2"));
	assert_true(place_has_file(p, "a3"));
	assert_false(place_has_file(p, "a4"));
	assert_false(place_has_file(p, "b1"));
	assert_true(place_has_file(p, "b2"));
}

static void
an_acknowledgement_has_the_null_sender(void **state)
{
	char ack[] = "acknowledgement", copy[] = "copy";
	struct delivery d = {.kind = ack};

	(void)state;
	assert_true(delivery_is_one_way(&d));
	d.kind = copy;
	assert_false(delivery_is_one_way(&d));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_queued_and_due_is_due_and_nothing_else),
	    TEST(each_lane_has_its_own_copies),
	    TEST(results_that_come_together_are_all_booked_or_none),
	    TEST(what_was_sent_is_recorded_and_its_file_goes),
	    TEST(a_passing_failure_is_tried_again_later_and_later),
	    TEST(after_five_days_a_passing_failure_is_a_final_one),
	    TEST(a_contact_whose_mail_fails_for_good_is_named),
	    TEST(a_clock_set_a_year_ahead_makes_no_failure_final),
	    TEST(a_clock_set_back_puts_nothing_off),
	    TEST(a_clock_set_back_leaves_the_recall_window_whole),
	    TEST(a_final_failure_keeps_the_file),
	    TEST(a_failure_of_what_was_cancelled_meanwhile_leaves_it_cancelled),
	    TEST(what_was_sent_before_it_was_cancelled_was_sent),
	    TEST(a_result_for_no_delivery_changes_nothing),
	    TEST(only_files_that_nobody_needs_are_swept),
	    cmocka_unit_test(an_acknowledgement_has_the_null_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
