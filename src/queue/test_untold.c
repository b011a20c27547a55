#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "queue/test_place.h"
#include "queue/untold.h"

#define UNTOLD "SELECT count(*) FROM untold"

static void
an_author_learns_once_of_all_that_is_late(void **state)
{
	struct place *p = *state;
	int64_t one = place_insert(p, "queued", 50, "a1");
	int64_t two = place_insert(p, "queued", 50, "a2");
	struct untold *u;
	size_t n;

	place_author(p);
	p->clock.fixed = CREATED + 14399;
	place_book(p, one, ERR_TEMP);
	place_book(p, two, ERR_TEMP);
	assert_int_equal(untold_list(p->db, 1, &u, &n, &p->e), 0);
	assert_int_equal(n, 0);
	p->clock.fixed = CREATED + 14400;
	place_book(p, one, ERR_TEMP);
	place_book(p, two, ERR_TEMP);
	place_book(p, one, ERR_TEMP);
	assert_int_equal(untold_list(p->db, 1, &u, &n, &p->e), 0);
	assert_int_equal(n, 2);
	assert_true(u[0].delayed && u[1].delayed);
	assert_string_equal(u[0].recipient, "a@x.org");
	assert_string_equal(u[0].error, "it went wrong");
	untold_free(u, n);
}

static void
an_author_is_told_when_every_copy_was_tried(void **state)
{
	struct place *p = *state;
	int64_t one = place_insert(p, "queued", 50, "a1");
	int64_t two = place_insert(p, "queued", 50, "a2");
	struct due told[2];
	size_t n;

	place_author(p);
	place_book(p, one, ERR_DENIED);
	assert_int_equal(untold_due(p->db, CREATED, told, 2, &n, &p->e), 0);
	assert_int_equal(n, 0);
	place_book(p, two, ERR_TEMP);
	assert_int_equal(untold_due(p->db, CREATED, told, 2, &n, &p->e), 0);
	assert_int_equal(n, 1);
}

static void
only_a_final_failure_of_what_a_person_wrote_is_to_be_told(void **state)
{
	struct place *p = *state;

	place_book(p, place_insert(p, "queued", 50, "a1"), ERR_DATA);
	assert_int_equal(place_count(p, UNTOLD), 0);
	place_author(p);
	place_book(p, place_insert(p, "queued", 50, "a2"), ERR_TEMP);
	place_book(p, place_insert(p, "queued", 50, "a3"), ERR_NONE);
	assert_int_equal(place_count(p, UNTOLD), 0);
	place_book(p, place_insert(p, "queued", 50, "a4"), ERR_DATA);
	assert_int_equal(place_count(p, UNTOLD), 1);
	/* The notice of it that fails itself is told to nobody. */
	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE draft SET kind = 'notice'", ""), 0);
	place_book(p, place_insert(p, "queued", 50, "a5"), ERR_DATA);
	assert_int_equal(place_count(p, UNTOLD), 1);
}

static void
what_is_told_is_due_until_it_is_cleared(void **state)
{
	struct place *p = *state;
	struct due due[4];
	struct untold *u;
	size_t n;
	int64_t message = place_count(p, "SELECT message FROM draft"), at;

	place_author(p);
	place_book(p, place_insert(p, "queued", 50, "a1"), ERR_DATA);
	assert_int_equal(
	    attempts_start(p->db, &untold_attempts, message, &p->e), 0);
	assert_int_equal(untold_due(p->db, 10, due, 4, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(due[0].id, message);
	assert_int_equal(due[0].attempts, 1);
	assert_int_equal(
	    attempts_delay(p->db, &untold_attempts, message, 10, &p->e), 0);
	assert_int_equal(untold_due(p->db, 10, due, 4, &n, &p->e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(untold_next(p->db, 10, &at, &p->e), 0);
	assert_int_equal(at, 10 + UNTOLD_PAUSE);
	assert_int_equal(untold_list(p->db, message, &u, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_string_equal(u[0].recipient, "a@x.org");
	assert_string_equal(u[0].error, "it went wrong");
	assert_int_equal(untold_clear(p->db, message, u[0].id, &p->e), 0);
	assert_int_equal(db_changed(p->db), 1);
	untold_free(u, n);
	assert_int_equal(place_count(p, UNTOLD), 0);
	assert_int_equal(untold_next(p->db, 10, &at, &p->e), 0);
	assert_int_equal(at, 0);
}

static void
who_rejects_their_own_at_a_terminal_is_told_nothing(void **state)
{
	struct place *p = *state;
	int64_t message = place_count(p, "SELECT message FROM draft");

	place_author(p);
	assert_int_equal(untold_rejected(p->db, message, 1, NULL, &p->e), 0);
	assert_int_equal(place_count(p, UNTOLD), 0);
	assert_int_equal(untold_rejected(p->db, message, 0, NULL, &p->e), 0);
	assert_int_equal(place_count(p, UNTOLD), 1);
	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE outgoing SET came_as = message", ""),
	    0);
	assert_int_equal(untold_rejected(p->db, message, 1, NULL, &p->e), 0);
	assert_int_equal(place_count(p, UNTOLD), 2);
	assert_int_equal(untold_rejected(p->db, 4711, 1, NULL, &p->e), 0);
	assert_int_equal(place_count(p, UNTOLD), 2);
}

static void
what_cannot_be_told_is_recorded_and_given_up(void **state)
{
	struct place *p = *state;
	int64_t message = place_count(p, "SELECT message FROM draft");

	place_author(p);
	place_book(p, place_insert(p, "queued", 50, "a1"), ERR_DATA);
	assert_int_equal(
	    untold_abandon(p->db, message, 10, "too often", &p->e), 0);
	assert_int_equal(place_count(p, UNTOLD), 0);
	assert_int_equal(place_count(p, EVENTS "'author.not-told'"), 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_author_learns_once_of_all_that_is_late),
	    TEST(an_author_is_told_when_every_copy_was_tried),
	    TEST(only_a_final_failure_of_what_a_person_wrote_is_to_be_told),
	    TEST(what_is_told_is_due_until_it_is_cleared),
	    TEST(who_rejects_their_own_at_a_terminal_is_told_nothing),
	    TEST(what_cannot_be_told_is_recorded_and_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
