#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/echo.h"
#include "cases/test_store.h"

#define PLAN "The attackers come back through the printer in room 4."

/* A stored message of sender, with that label ("" by default) and text. */
static int64_t
told(struct store *s, int n, int64_t cases, const char *sender,
    const char *label, const char *text, const char *indicator)
{
	bool ours = strcmp(sender, "us") == 0;
	struct message m;
	struct err e = {0};
	char sha[65];
	int64_t id;

	(void)snprintf(sha, sizeof(sha), "%064d", n);
	id = store_message(s, sha);
	ok(message_get(s->db, id, &m, &e), &e);
	ok(vault_key_create(s->vault, &m.vault_key, &e), &e);
	m.cases = cases;
	m.label = xstrdup(label[0] == '\0' ? "AMBER" : label);
	m.sender_address = ours ? NULL : xstrdup(sender);
	m.facts = json_pack("{s:s, s:{s:s, s:s}}", "encryption", "none", "tlp",
	    "label", m.label, "source", label[0] == '\0' ? "default" : "body");
	m.content = json_pack("{s:s, s:[]}", "text", text, "indicators");
	if (indicator != NULL)
		json_array_append_new(json_object_get(m.content, "indicators"),
		    json_pack(
			"{s:s, s:s}", "type", "ipv4", "value", indicator));
	ok(message_claim(s->db, s->vault, &m, &e), &e);
	if (ours) {
		ok(db_run(s->db, &e,
		       "UPDATE message SET direction = 'out' WHERE id = ?", "i",
		       id),
		    &e);
		free(m.direction);
		m.direction = xstrdup("out");
	}
	ok(echo_keep(s->db, s->vault, &m, &e), &e);
	message_free(&m);
	return id;
}

static struct echoes
echoes_of(struct store *s, int64_t cases, const char *text)
{
	const struct outgoing o = {.cases = cases};
	const struct strs none = {0};
	struct echoes l;
	struct err e = {0};

	ok(echo_find(s->db, s->vault, &o, text, strlen(text), &none, &l, &e),
	    &e);
	return l;
}

static void
a_sentence_of_another_case_is_found_under_its_label(void **state)
{
	struct store *s = *state;
	int64_t other = store_case(s, "theirs"), mine = store_case(s, "ours");
	int64_t id = told(s, 1, other, "a@x.example", "RED", PLAN, NULL);
	struct echoes l = echoes_of(s, mine,
	    "We hear this: the attackers come\nback through the printer in"
	    " room 4. The attackers\ncome back through the printer in\n"
	    "room 4. Anything?\n");

	assert_int_equal(l.count, 1);
	assert_int_equal(l.item[0].item.source, id);
	assert_int_equal(l.item[0].item.label, NOROSHI_TLP_RED);
	assert_int_equal(l.item[0].cases, other);
	assert_true(l.item[0].words);
	echoes_free(&l);
}

static void
what_nobody_labelled_or_labelled_green_is_not_found(void **state)
{
	struct store *s = *state;
	struct echoes l;

	(void)told(s, 1, 0, "a@x.example", "", PLAN, "203.0.113.77");
	(void)told(s, 2, 0, "b@x.example", "GREEN", PLAN, "203.0.113.77");
	l = echoes_of(s, 0, PLAN " 203.0.113.77");
	assert_int_equal(l.count, 0);
	echoes_free(&l);
}

static void
an_indicator_is_found_however_it_is_written(void **state)
{
	struct store *s = *state;
	struct echoes l;

	(void)told(s, 1, 0, "a@x.example", "AMBER", "x", "203.0.113.77");
	l = echoes_of(s, 0, "Do you see 203[.]0[.]113[.]77 ?");
	assert_int_equal(l.count, 1);
	assert_false(l.item[0].words);
	echoes_free(&l);
}

static void
an_indicator_that_our_reporter_gave_is_ours(void **state)
{
	struct store *s = *state;
	int64_t cases = store_case(s, "case");
	struct echoes l;

	(void)told(s, 1, 0, "a@x.example", "AMBER", "x", "203.0.113.77");
	(void)told(
	    s, 2, cases, "b@y.example", "", "see 203.0.113.77", "203.0.113.77");
	l = echoes_of(s, cases, "Do you see 203.0.113.77?");
	assert_int_equal(l.count, 0);
	echoes_free(&l);
}

static void
what_the_team_wrote_first_stays_the_teams(void **state)
{
	struct store *s = *state;
	struct echoes l;

	(void)told(s, 1, 0, "us", "AMBER", PLAN, NULL);
	(void)told(s, 2, 0, "a@x.example", "RED", PLAN, NULL);
	l = echoes_of(s, 0, PLAN);
	assert_int_equal(l.count, 0);
	echoes_free(&l);
}

static void
what_the_team_repeated_later_stays_theirs(void **state)
{
	struct store *s = *state;
	struct echoes l;

	(void)told(s, 1, 0, "a@x.example", "RED", PLAN, NULL);
	(void)told(s, 2, 0, "us", "RED", PLAN, NULL);
	l = echoes_of(s, 0, PLAN);
	assert_int_equal(l.count, 1);
	echoes_free(&l);
}

static void
what_many_people_write_is_a_phrase(void **state)
{
	struct store *s = *state;
	struct echoes l;

	for (int i = 0; i <= ECHO_SOURCES; i++) {
		char *from = xasprintf("a%d@x.example", i);

		l = echoes_of(s, 0, PLAN);
		assert_int_equal(l.count, i);
		echoes_free(&l);
		(void)told(s, 1 + i, 0, from, "AMBER", PLAN, NULL);
		free(from);
	}
	l = echoes_of(s, 0, PLAN);
	assert_int_equal(l.count, 0);
	echoes_free(&l);
}

static void
a_destroyed_key_takes_the_hashes_with_it(void **state)
{
	struct store *s = *state;
	int64_t id = told(s, 1, 0, "a@x.example", "RED", PLAN, NULL), left;
	struct message m;
	struct echoes l;
	struct err e = {0};

	ok(message_get(s->db, id, &m, &e), &e);
	ok(vault_key_destroy(s->vault, m.vault_key, &e), &e);
	message_free(&m);
	l = echoes_of(s, 0, PLAN);
	assert_int_equal(l.count, 0);
	echoes_free(&l);
	ok(db_get_int(s->db, &left, -1, &e, "SELECT count(*) FROM echo", ""),
	    &e);
	assert_int_equal(left, 0);
}

static void
the_table_tells_no_words(void **state)
{
	struct store *s = *state;
	struct err e = {0};

	(void)told(s, 1, 0, "a@x.example", "RED", PLAN, "203.0.113.77");
	ok(db_scrub(s->db, &e), &e);
	assert_false(store_files_have(s, "printer"));
	assert_false(store_files_have(s, "203.0.113.77"));
}

/* One that stands outside, with a key. */
static void
who_could_not_have_the_message_waits_for_a_second_person(void **state)
{
	struct store *s = *state;
	struct recipient r = {.address = xstrdup("peer@z.example"),
	    .contact = {.class = CLASS_PUBLIC},
	    .channel = NOROSHI_E1};
	struct recipient source = {.address = xstrdup("a@x.example"),
	    .contact = {.class = CLASS_PUBLIC},
	    .channel = NOROSHI_E1};
	struct echoes l;
	struct err e = {0};

	(void)told(s, 1, 0, "a@x.example", "AMBER", PLAN, NULL);
	l = echoes_of(s, 0, PLAN);
	ok(echo_judge(s->db, &l, &r, &e), &e);
	ok(echo_judge(s->db, &l, &source, &e), &e);
	assert_int_equal(r.answer.decision, NOROSHI_HOLD);
	assert_string_equal(r.answer.rule, "amber-third-party");
	assert_non_null(strstr(r.reason, "message 1"));
	assert_int_equal(source.answer.decision, NOROSHI_ALLOW);
	echoes_free(&l);
	recipient_free(&r);
	recipient_free(&source);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_sentence_of_another_case_is_found_under_its_label),
	    TEST(what_nobody_labelled_or_labelled_green_is_not_found),
	    TEST(an_indicator_is_found_however_it_is_written),
	    TEST(an_indicator_that_our_reporter_gave_is_ours),
	    TEST(what_the_team_wrote_first_stays_the_teams),
	    TEST(what_the_team_repeated_later_stays_theirs),
	    TEST(what_many_people_write_is_a_phrase),
	    TEST(a_destroyed_key_takes_the_hashes_with_it),
	    TEST(the_table_tells_no_words),
	    TEST(who_could_not_have_the_message_waits_for_a_second_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
