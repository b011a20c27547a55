/* What messages ask of the team, who has a case, and its terms. */
#include "cases/duty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/absence.h"
#include "cases/alarm.h"
#include "cases/answerable.h"
#include "cases/message.h"
#include "cases/ownership.h"
#include "cases/rota.h"
#include "cases/service.h"
#include "cases/test_store.h"

/* A message of that party in the case, which is owed an answer. */
static int64_t
comes(struct store *s, int64_t cases, const char *from, int64_t contact)
{
	static const char hex[] = "0123456789abcdef";
	struct err e = {0};
	char sum[2] = {0};
	int64_t id;

	ok(db_get_int(s->db, &id, 0, &e, "SELECT count(*) FROM message", ""),
	    &e);
	sum[0] = hex[id];
	id = store_message(s, sum);
	ok(db_run(s->db, &e,
	       "UPDATE message SET cases = ?, sender_address = ?,"
	       " sender_contact = NULLIF(?, 0) WHERE id = ?",
	       "isii", cases, from, contact, id),
	    &e);
	ok(duty_add(s->db, id, true, &e), &e);
	return id;
}

static bool
owed(struct store *s, int64_t message)
{
	struct err e = {0};
	struct duty d;

	assert_int_equal(duty_get(s->db, message, &d, &e), 1);
	return d.owed;
}

static void
answer(struct store *s, int64_t cases, int64_t answers, int64_t contact,
    const char *address)
{
	const struct duty_answer a = {.cases = cases,
	    .answers = answers,
	    .contact = contact,
	    .address = address};
	struct err e = {0};

	ok(duty_answered(s->db, &a, NOW, &e), &e);
}

static void
an_answer_settles_one_conversation_and_no_other(void **state)
{
	struct store *s = *state;
	int64_t one = store_case(s, "one"), two = store_case(s, "two");
	int64_t a1, a2, b, elsewhere, c, since;
	struct err e = {0};

	store_contact(s, 7);
	a1 = comes(s, one, "a@x.org", 0);
	a2 = comes(s, one, "a@x.org", 0);
	b = comes(s, one, "b@x.org", 0);
	c = comes(s, one, "old@y.org", 7);
	elsewhere = comes(s, two, "a@x.org", 0);
	answer(s, one, 0, 0, "a@x.org");
	assert_false(owed(s, a1) || owed(s, a2));
	assert_true(owed(s, b) && owed(s, c) && owed(s, elsewhere));
	/* the same person at another address */
	answer(s, one, 0, 7, "new@y.org");
	assert_false(owed(s, c));
	/* what it answers counts, wherever it goes */
	ok(duty_owes(s->db, one, &since, &e), &e);
	assert_int_equal(since, NOW);
	answer(s, one, b, 0, "role@x.org");
	assert_false(owed(s, b));
	ok(duty_owes(s->db, one, &since, &e), &e);
	assert_int_equal(since, 0);
	assert_true(owed(s, elsewhere));
}

static void
what_is_settled_is_settled_once(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "one"), m = comes(s, id, "a@x.org", 0);
	struct err e = {0};
	struct duty d;

	store_contact(s, 3);
	ok(duty_settle(s->db, m, 3, NOW, &e), &e);
	assert_int_equal(db_changed(s->db), 1);
	ok(duty_settle(s->db, m, 3, NOW + 1, &e), &e);
	assert_int_equal(db_changed(s->db), 0);
	assert_int_equal(duty_get(s->db, m, &d, &e), 1);
	assert_int_equal(d.settled_at, NOW);
	assert_int_equal(d.settled_by, 3);
	assert_int_equal(duty_get(s->db, 4711, &d, &e), 0);
}

static void
the_first_look_counts(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "one"), m = comes(s, id, "a@x.org", 0);
	json_t *owes, *unseen;
	struct err e = {0};
	struct duty d;

	store_contact(s, 3);
	store_contact(s, 4);
	ok(duty_json(s->db, id, &owes, &unseen, &e), &e);
	assert_int_equal(json_array_size(unseen), 1);
	assert_int_equal(json_array_size(owes), 1);
	json_decref(owes);
	json_decref(unseen);
	ok(duty_seen(s->db, m, 3, NOW, &e), &e);
	ok(duty_seen_case(s->db, id, 4, NOW + 1, &e), &e);
	assert_int_equal(duty_get(s->db, m, &d, &e), 1);
	assert_int_equal(d.seen_by, 3);
	assert_int_equal(d.seen_at, NOW);
	assert_true(d.owed);
}

static bool
seen(struct store *s, int64_t message)
{
	struct err e = {0};
	struct duty d;

	assert_int_equal(duty_get(s->db, message, &d, &e), 1);
	return d.seen_at != 0;
}

static void
red_is_seen_by_who_may_read_it(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "one"), m = comes(s, id, "a@x.org", 0);
	int64_t red = comes(s, id, "a@x.org", 0), more;
	struct err e = {0};

	store_contact(s, 3);
	store_contact(s, 4);
	store_contact(s, 5);
	ok(db_run(s->db, &e, "UPDATE message SET label = 'RED' WHERE id = ?",
	       "i", red),
	    &e);
	ok(duty_seen_case(s->db, id, 3, NOW, &e), &e);
	assert_true(seen(s, m));
	assert_false(seen(s, red));
	ok(message_reader_add(s->db, red, 4, &e), &e);
	ok(duty_seen_case(s->db, id, 4, NOW, &e), &e);
	assert_true(seen(s, red));
	more = comes(s, id, "a@x.org", 0);
	ok(db_run(s->db, &e, "UPDATE message SET label = 'RED'", ""), &e);
	ok(db_run(s->db, &e,
	       "INSERT INTO contact_role (contact, role)"
	       " VALUES (5, 'deputy')",
	       ""),
	    &e);
	ok(duty_seen_case(s->db, id, 4, NOW, &e), &e);
	assert_false(seen(s, more));
	ok(duty_seen_case(s->db, id, 5, NOW, &e), &e);
	assert_true(seen(s, more));
}

static void
what_people_were_told_of_is_counted_by_the_hour(void **state)
{
	struct store *s = *state;
	int64_t id = store_case(s, "one"), count;
	int64_t a = comes(s, id, "a@x.org", 0), b = comes(s, id, "a@x.org", 0);
	struct err e = {0};

	ok(duty_told(s->db, a, NOW, &e), &e);
	ok(duty_told(s->db, b, NOW + 3600, &e), &e);
	ok(duty_told_since(s->db, NOW - 1, &count, &e), &e);
	assert_int_equal(count, 2);
	ok(duty_told_since(s->db, NOW, &count, &e), &e);
	assert_int_equal(count, 1);
}

static void
the_first_claim_wins_and_a_hand_over_has_a_note(void **state)
{
	struct store *s = *state;
	struct case_file c;
	struct err e = {0};
	int64_t id = store_case(s, "one"), at;

	store_contact(s, 3);
	store_contact(s, 4);
	ok(case_get(s->db, s->vault, id, &c, &e), &e);
	assert_int_equal(ownership_may(&c, 3, true, false), OWNERSHIP_FREE);
	ok(ownership_set(s->db, &c, 3, 3, NOW, &e), &e);
	assert_string_equal(c.state, "open");
	ok(alarm_at(s->db, ALARM_ASSIGNED, id, "", &at, &e), &e);
	assert_int_equal(at, 0);
	assert_int_equal(ownership_may(&c, 3, true, false), OWNERSHIP_SAME);
	assert_int_equal(ownership_may(&c, 4, true, true), OWNERSHIP_TAKEN);
	assert_int_equal(ownership_may(&c, 4, false, false), OWNERSHIP_NOTE);
	assert_int_equal(ownership_may(&c, 0, false, false), OWNERSHIP_NOTE);
	assert_int_equal(ownership_may(&c, 4, false, true), OWNERSHIP_FREE);
	/* who did not do it is told */
	ok(ownership_set(s->db, &c, 4, 3, NOW, &e), &e);
	ok(alarm_at(s->db, ALARM_ASSIGNED, id, "", &at, &e), &e);
	assert_int_equal(at, NOW);
	ok(ownership_set(s->db, &c, 0, 4, NOW, &e), &e);
	ok(alarm_at(s->db, ALARM_ASSIGNED, id, "", &at, &e), &e);
	assert_int_equal(at, 0);
	case_free(&c);
}

static void
who_answers_is_the_owner_then_the_rota_then_the_heads(void **state)
{
	const unsigned all =
	    ANSWERABLE_OWNER | ANSWERABLE_ROTA | ANSWERABLE_HEADS;
	struct store *s = *state;
	const int64_t duty[] = {4};
	struct contact *list;
	struct err e = {0};
	size_t n;

	for (int64_t i = 3; i <= 5; i++)
		store_contact(s, i);
	ok(db_run(s->db, &e, "UPDATE contact SET class = 'staff'", ""), &e);
	ok(db_run(s->db, &e, "INSERT INTO contact_role VALUES (5, 'poc')", ""),
	    &e);
	ok(answerable_list(s->db, 3, all, &list, &n, &e), &e);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].id, 3);
	contact_list_free(list, n);
	ok(answerable_list(s->db, 0, all, &list, &n, &e), &e);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].id, 5);
	contact_list_free(list, n);
	ok(rota_set(s->db, NOW, duty, 1, &e), &e);
	ok(answerable_list(s->db, 0, all, &list, &n, &e), &e);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].id, 4);
	contact_list_free(list, n);
	/* an owner who has left answers for nothing */
	ok(db_run(
	       s->db, &e, "UPDATE contact SET removed_at = 1 WHERE id = 3", ""),
	    &e);
	ok(answerable_list(s->db, 3, ANSWERABLE_OWNER, &list, &n, &e), &e);
	assert_int_equal(n, 0);
	contact_list_free(list, n);
}

static void
absence_ends_by_itself_or_by_a_word_of_theirs(void **state)
{
	struct store *s = *state;
	int64_t m = store_message(s, "a"), found;
	struct err e = {0};
	bool first, is;

	store_contact(s, 3);
	ok(absence_begin(s->db, 3, m, NOW, &first, &e), &e);
	assert_true(first);
	ok(absence_begin(s->db, 3, m, NOW + 60, &first, &e), &e);
	assert_false(first);
	ok(absence_message(s->db, 3, NOW, &found, &e), &e);
	assert_int_equal(found, m);
	ok(absence_is(s->db, 3, NOW + 59 + ABSENCE_LASTS, &is, &e), &e);
	assert_true(is);
	ok(absence_is(s->db, 3, NOW + 60 + ABSENCE_LASTS, &is, &e), &e);
	assert_false(is);
	ok(absence_end(s->db, 3, &e), &e);
	ok(absence_is(s->db, 3, NOW + 60, &is, &e), &e);
	assert_false(is);
}

/* NOW is Sunday, 22 November 2026, 01:02:03. */
static void
terms_run_in_business_hours_and_follow_the_priority(void **state)
{
	struct store *s = *state;
	struct config *config = config_create();
	int64_t id = store_case(s, "one"), m = comes(s, id, "a@x.org", 0), at;
	struct case_file c;
	struct service t;
	struct err e = {0};

	config->service = xcalloc(1, sizeof(*config->service));
	config->services = 1;
	config->service[0] = (struct config_service){
	    .priority = xstrdup("high"), .answer = 60, .close = 600};
	ok(case_get(s->db, s->vault, id, &c, &e), &e);
	ok(service_of(s->db, config, &c, &t, &e), &e);
	assert_int_equal(t.due[SERVICE_ANSWER], 0);
	free(c.priority);
	c.priority = xstrdup("high");
	ok(case_update(s->db, &c, &e), &e);
	ok(service_of(s->db, config, &c, &t, &e), &e);
	/* Monday 10:00 UTC, and an hour of Tuesday */
	assert_int_equal(t.due[SERVICE_ANSWER], 1795428000);
	assert_int_equal(t.due[SERVICE_CLOSE], 1795428000 + 86400);
	assert_int_equal(t.due[SERVICE_UPDATE], 0);
	ok(service_refresh(s->db, config, id, NOW, &e), &e);
	ok(alarm_at(s->db, ALARM_SERVICE, id, "answer", &at, &e), &e);
	assert_int_equal(at, 1795428000);
	ok(alarm_at(s->db, ALARM_SERVICE, id, "answer.soon", &at, &e), &e);
	assert_int_equal(at, 1795428000 - 12 * 60);
	ok(duty_settle(s->db, m, 0, NOW, &e), &e);
	ok(service_refresh(s->db, config, id, NOW, &e), &e);
	ok(alarm_at(s->db, ALARM_SERVICE, id, "answer", &at, &e), &e);
	assert_int_equal(at, 0);
	/* a term that is past rings at once, until that was told */
	ok(service_refresh(s->db, config, id, 1795600000, &e), &e);
	ok(alarm_at(s->db, ALARM_SERVICE, id, "close", &at, &e), &e);
	assert_int_equal(at, 1795428000 + 86400);
	ok(alarm_clear(s->db, ALARM_SERVICE, id, "close", &e), &e);
	ok(alarm_set(
	       s->db, ALARM_SERVICE, id, "close.late", id, 1900000000, &e),
	    &e);
	ok(service_refresh(s->db, config, id, 1795600000, &e), &e);
	ok(alarm_at(s->db, ALARM_SERVICE, id, "close", &at, &e), &e);
	assert_int_equal(at, 0);
	/* and begins anew where the term moves on */
	config->service[0].close = 600000;
	ok(service_refresh(s->db, config, id, 1795600000, &e), &e);
	ok(alarm_at(s->db, ALARM_SERVICE, id, "close.late", &at, &e), &e);
	assert_int_equal(at, 0);
	ok(alarm_at(s->db, ALARM_SERVICE, id, "close", &at, &e), &e);
	assert_true(at > 1795600000);
	case_free(&c);
	config_free(config);
}

static void
new_terms_reach_the_cases_that_are_there(void **state)
{
	struct store *s = *state;
	struct config *config = config_create();
	struct err e = {0};
	int64_t last, n;

	for (int i = 0; i < SERVICE_BATCH + 1; i++)
		(void)store_case(s, "one");
	config->service = xcalloc(1, sizeof(*config->service));
	config->services = 1;
	config->service[0] =
	    (struct config_service){.priority = xstrdup("normal"), .close = 60};
	ok(db_run(
	       s->db, &e, "UPDATE cases SET state = 'closed' WHERE id = 2", ""),
	    &e);
	ok(service_renew_batch(s->db, config, 0, NOW, &last, &e), &e);
	assert_int_equal(last, SERVICE_BATCH + 1);
	ok(service_renew_batch(s->db, config, last, NOW, &last, &e), &e);
	assert_int_equal(last, 0);
	ok(db_get_int(s->db, &n, 0, &e,
	       "SELECT count(*) FROM alarm WHERE kind = 'service'"
	       " AND stage = 'close'",
	       ""),
	    &e);
	assert_int_equal(n, SERVICE_BATCH);
	config_free(config);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_answer_settles_one_conversation_and_no_other),
	    TEST(what_is_settled_is_settled_once),
	    TEST(the_first_look_counts),
	    TEST(red_is_seen_by_who_may_read_it),
	    TEST(what_people_were_told_of_is_counted_by_the_hour),
	    TEST(the_first_claim_wins_and_a_hand_over_has_a_note),
	    TEST(who_answers_is_the_owner_then_the_rota_then_the_heads),
	    TEST(absence_ends_by_itself_or_by_a_word_of_theirs),
	    TEST(terms_run_in_business_hours_and_follow_the_priority),
	    TEST(new_terms_reach_the_cases_that_are_there),
	};

	return cmocka_run_group_tests_name("duty", tests, NULL, NULL);
}
