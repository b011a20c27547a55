#include "cases/deadline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/alarm.h"
#include "cases/test_store.h"

#define HOUR INT64_C(3600)
#define DAY INT64_C(86400)

/* A configuration with one row; *c is to be given to drop. */
static struct config *
with_row(const char *stages)
{
	struct config *c = config_create();

	c->deadline = xcalloc(1, sizeof(*c->deadline));
	c->deadlines = 1;
	c->deadline[0].id = xstrdup("eu-x");
	c->deadline[0].law = xstrdup("a law");
	c->deadline[0].to = xstrdup("somebody");
	strs_split(&c->deadline[0].stages, stages, "|");
	return c;
}

static int64_t
start(struct store *s, const struct config *c, int64_t cases, int64_t at,
    const char *condition)
{
	const struct deadline_start how = {.cases = cases,
	    .rule = &c->deadline[0],
	    .condition = condition,
	    .at = at,
	    .now = NOW};
	struct err e = {0};
	int64_t id;

	ok(deadline_start(s->db, c, &how, &id, &e), &e);
	return id;
}

static struct deadline_step
step(struct store *s, int64_t id, const char *name)
{
	struct deadline_step out;
	struct err e = {0};

	ok(deadline_step_find(s->db, id, name, &out, &e), &e);
	return out;
}

static int64_t
due(struct store *s, int64_t id, const char *name)
{
	struct deadline_step one = step(s, id, name);
	int64_t at = one.due_at;

	deadline_step_free(&one);
	return at;
}

static void
done(struct store *s, const struct config *c, int64_t id, const char *name,
    int64_t at)
{
	const struct deadline_proof p = {.at = at, .now = NOW, .receipt = "R"};
	struct deadline_step one = step(s, id, name);
	struct err e = {0};

	ok(deadline_done(s->db, s->vault, c, &one, &p, &e), &e);
	deadline_step_free(&one);
}

/* When the reminder of a stage rings; 0: never. */
static int64_t
rings(struct store *s, int64_t id, const char *name, const char *stage)
{
	struct deadline_step one = step(s, id, name);
	struct err e = {0};
	int64_t at;

	ok(alarm_at(s->db, ALARM_DEADLINE, one.id, stage, &at, &e), &e);
	deadline_step_free(&one);
	return at;
}

static void
reminders_stand_at_half_four_fifths_and_the_end(void **state)
{
	struct store *s = *state;
	struct config *c = with_row("a: 100 hours");
	int64_t id = start(s, c, store_case(s, "x"), NOW, NULL);

	assert_int_equal(due(s, id, "a"), NOW + 100 * HOUR);
	assert_int_equal(rings(s, id, "a", "50%"), NOW + 50 * HOUR);
	assert_int_equal(rings(s, id, "a", "80%"), NOW + 80 * HOUR);
	assert_int_equal(rings(s, id, "a", "100%"), NOW + 100 * HOUR);
	config_free(c);
}

static void
of_reminders_that_are_past_the_last_one_rings(void **state)
{
	struct store *s = *state;
	struct config *c = with_row("a: 100 hours");
	int64_t id = start(s, c, store_case(s, "x"), NOW - 90 * HOUR, NULL);

	assert_int_equal(rings(s, id, "a", "50%"), 0);
	assert_int_equal(rings(s, id, "a", "80%"), NOW - 10 * HOUR);
	assert_int_equal(rings(s, id, "a", "100%"), NOW + 10 * HOUR);
	config_free(c);
}

static void
promptly_reminds_after_each_of_three_days_and_open_never(void **state)
{
	struct store *s = *state;
	struct config *c = with_row("a: promptly|b: open");
	int64_t id = start(s, c, store_case(s, "x"), NOW, NULL);

	assert_int_equal(due(s, id, "a"), 0);
	assert_int_equal(rings(s, id, "a", "24h"), NOW + DAY);
	assert_int_equal(rings(s, id, "a", "72h"), NOW + 3 * DAY);
	assert_int_equal(rings(s, id, "b", "24h"), 0);
	config_free(c);
}

static void
the_earliest_of_several_limits_counts(void **state)
{
	struct store *s = *state;
	struct config *c = with_row("a: 24 hours; 4 hours after seen");
	int64_t id = start(s, c, store_case(s, "x"), NOW, NULL);
	struct deadline_event seen = {
	    .name = "seen", .at = NOW + HOUR, .now = NOW};
	struct err e = {0};

	assert_int_equal(due(s, id, "a"), NOW + 24 * HOUR);
	ok(deadline_happened(s->db, c, id, &seen, &e), &e);
	assert_int_equal(due(s, id, "a"), NOW + 5 * HOUR);
	assert_int_equal(rings(s, id, "a", "50%"), NOW + 3 * HOUR);
	seen.at = NOW + 22 * HOUR;
	ok(deadline_happened(s->db, c, id, &seen, &e), &e);
	assert_int_equal(due(s, id, "a"), NOW + 24 * HOUR);
	config_free(c);
}

static void
a_stage_counts_from_when_another_was_done(void **state)
{
	struct store *s = *state;
	struct config *c = with_row("a: 72 hours|b: 10 days after a");
	int64_t id = start(s, c, store_case(s, "x"), NOW, NULL);

	assert_int_equal(due(s, id, "b"), NOW + 13 * DAY);
	done(s, c, id, "a", NOW + DAY);
	assert_int_equal(due(s, id, "b"), NOW + 11 * DAY);
	assert_int_equal(rings(s, id, "b", "100%"), NOW + 11 * DAY);
	assert_int_equal(rings(s, id, "a", "100%"), 0);
	config_free(c);
}

static void
a_condition_puts_its_stage_in_the_place_of_the_other(void **state)
{
	struct store *s = *state;
	struct config *c =
	    with_row("a: 30 days|a if worse: 60 days|b if worse: 1 day");
	struct deadline_step *all;
	int64_t usual = start(s, c, store_case(s, "x"), NOW, NULL);
	int64_t worse = start(s, c, store_case(s, "y"), NOW, "worse");
	struct err e = {0};
	size_t count;

	assert_int_equal(due(s, usual, "a"), NOW + 30 * DAY);
	assert_int_equal(due(s, worse, "a"), NOW + 60 * DAY);
	ok(deadline_steps(s->db, usual, &all, &count, &e), &e);
	assert_int_equal(count, 1);
	deadline_steps_free(all, count);
	assert_int_equal(due(s, worse, "b"), NOW + DAY);
	config_free(c);
}

static void
another_file_moves_no_clock_that_runs(void **state)
{
	struct store *s = *state;
	struct config *c = with_row("a: 1 day|b: 1 day after a");
	struct config *other = with_row("a: 9 days|b: 9 days after a");
	int64_t id = start(s, c, store_case(s, "x"), NOW, NULL);

	done(s, other, id, "a", NOW + HOUR);
	assert_int_equal(due(s, id, "b"), NOW + HOUR + DAY);
	config_free(c);
	config_free(other);
}

static void
a_name_is_a_row_or_a_row_and_its_stage(void **state)
{
	struct store *s = *state;
	struct config *c = with_row("early: 1 day|final: 9 days");
	int64_t cases = store_case(s, "x");
	int64_t id = start(s, c, cases, NOW, NULL), found;
	const char *stage = NULL;
	struct err e = {0};

	assert_ptr_equal(
	    deadline_rule_named(c, "eu-x-final", &stage), &c->deadline[0]);
	assert_string_equal(stage, "final");
	assert_ptr_equal(
	    deadline_rule_named(c, "eu-x", &stage), &c->deadline[0]);
	assert_null(stage);
	assert_null(deadline_rule_named(c, "eu-x-late", &stage));
	assert_null(deadline_rule_named(c, "eu", &stage));
	ok(deadline_find(s->db, cases, "eu-x-final", &found, &stage, &e), &e);
	assert_int_equal(found, id);
	assert_string_equal(stage, "final");
	stage = NULL;
	ok(deadline_find(s->db, cases, "eu-x", &found, &stage, &e), &e);
	assert_null(stage);
	assert_int_equal(
	    deadline_find(s->db, cases, "eu", &found, &stage, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	c->deadline[0].off = true;
	assert_null(deadline_rule_named(c, "eu-x-final", &stage));
	config_free(c);
}

static void
a_case_has_open_stages_until_all_are_done_or_stopped(void **state)
{
	struct store *s = *state;
	struct config *c = with_row("a: 1 day|b: open after fix");
	int64_t cases = store_case(s, "x"), count;
	int64_t id = start(s, c, cases, NOW, NULL);
	struct err e = {0};
	char *name;

	ok(deadline_open(s->db, cases, &name, &e), &e);
	assert_string_equal(name, "eu-x a");
	free(name);
	done(s, c, id, "a", NOW);
	ok(deadline_open(s->db, cases, &name, &e), &e);
	assert_string_equal(name, "eu-x b");
	free(name);
	ok(deadline_stop(s->db, id, NULL, NOW, 0, &count, &e), &e);
	assert_int_equal(count, 1);
	ok(deadline_open(s->db, cases, &name, &e), &e);
	assert_null(name);
	config_free(c);
}

static void
a_receipt_is_sealed(void **state)
{
	const struct deadline_filter f = {.cases = 0};
	struct store *s = *state;
	struct config *c = with_row("a: 1 day");
	int64_t id = start(s, c, store_case(s, "x"), NOW, NULL);
	struct deadline_proof p = {
	    .at = NOW + 2 * DAY, .now = NOW, .receipt = "RECEIPT-4711"};
	struct deadline_step one = step(s, id, NULL);
	struct err e = {0};
	json_t *list, *first;

	ok(deadline_done(s->db, s->vault, c, &one, &p, &e), &e);
	deadline_step_free(&one);
	assert_false(store_files_have(s, "RECEIPT-4711"));
	ok(deadline_json(s->db, s->vault, NOW, &f, &list, &e), &e);
	first = json_array_get(list, 0);
	assert_string_equal(
	    json_string_value(json_object_get(first, "receipt")),
	    "RECEIPT-4711");
	assert_true(json_is_true(json_object_get(first, "late")));
	json_decref(list);
	ok(deadline_json(s->db, NULL, NOW, &f, &list, &e), &e);
	first = json_array_get(list, 0);
	assert_true(json_is_null(json_object_get(first, "receipt")));
	json_decref(list);
	config_free(c);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(reminders_stand_at_half_four_fifths_and_the_end),
	    TEST(of_reminders_that_are_past_the_last_one_rings),
	    TEST(promptly_reminds_after_each_of_three_days_and_open_never),
	    TEST(the_earliest_of_several_limits_counts),
	    TEST(a_stage_counts_from_when_another_was_done),
	    TEST(a_condition_puts_its_stage_in_the_place_of_the_other),
	    TEST(another_file_moves_no_clock_that_runs),
	    TEST(a_name_is_a_row_or_a_row_and_its_stage),
	    TEST(a_case_has_open_stages_until_all_are_done_or_stopped),
	    TEST(a_receipt_is_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
