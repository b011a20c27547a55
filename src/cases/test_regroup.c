#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/bound.h"
#include "cases/case_people.h"
#include "cases/conversation.h"
#include "cases/regroup.h"
#include "cases/test_store.h"

/* Two cases with a message, a note and a participant each. */
struct scene {
	struct store *s;
	struct spool *spool;
	int64_t cases[2];
	int64_t message[2];
};

static int64_t
message_in(struct store *s, int64_t cases, const char *text, const char *from)
{
	struct case_file c;
	struct err e = {0};
	struct message m;
	char sha[65];
	int64_t id, n;

	ok(db_get_int(s->db, &n, 0, &e, "SELECT COUNT(*) FROM message", ""),
	    &e);
	memset(sha, (int)('a' + n), 64);
	sha[64] = '\0';
	id = store_message(s, sha);
	ok(case_get(s->db, s->vault, cases, &c, &e), &e);
	ok(message_get(s->db, id, &m, &e), &e);
	m.cases = cases;
	m.vault_key = c.vault_key;
	m.sender_address = xstrdup(from);
	m.label = xstrdup("AMBER");
	m.facts = json_object();
	m.content = json_pack("{s:s}", "text", text);
	ok(message_claim(s->db, s->vault, &m, &e), &e);
	ok(message_finish(s->db, id, "processed", &e), &e);
	message_free(&m);
	case_free(&c);
	return id;
}

static struct scene
scene_make(void **state)
{
	struct scene sc = {.s = *state};
	struct err e = {0};

	ok(spool_open(&sc.spool, sc.s->folder, &e), &e);
	for (int i = 0; i < 2; i++) {
		const char *who = i == 0 ? "a@x.example" : "b@x.example";

		sc.cases[i] = store_case(sc.s, "a case");
		sc.message[i] = message_in(sc.s, sc.cases[i],
		    i == 0 ? "one text" : "another text", who);
		ok(case_participant_add(
		       sc.s->db, NOW, sc.cases[i], 0, who, NULL, &e),
		    &e);
		ok(case_note_add(sc.s->db, sc.s->vault, NOW, sc.cases[i], 0,
		       "a note", &e),
		    &e);
	}
	return sc;
}

static struct regroup
act(const struct scene *sc)
{
	return (struct regroup){.db = sc->s->db,
	    .vault = sc->s->vault,
	    .spool = sc->spool,
	    .now = NOW};
}

/* Ends an act: 0 where it went well, and its error code where not. */
static int
done(struct regroup *r, int rc, const struct err *e)
{
	json_decref(r->before);
	if (rc == 0)
		ok(db_commit(r->db, NULL), e);
	else
		db_rollback(r->db);
	return rc == 0 ? 0 : (int)e->code;
}

static int
merge(const struct scene *sc, int64_t into, int64_t from)
{
	struct regroup r = act(sc);
	struct err e = {0};

	ok(db_begin(r.db, &e), &e);
	return done(&r, regroup_merge(&r, into, &from, 1, &e), &e);
}

static int
undo(const struct scene *sc, int64_t cases)
{
	struct regroup r = act(sc);
	struct err e = {0};

	ok(db_begin(r.db, &e), &e);
	return done(&r, regroup_undo(&r, cases, 0, &e), &e);
}

/* Where a message is, and that its text can be read by that case's key. */
static int64_t
case_of(const struct scene *sc, int64_t message)
{
	struct case_file c;
	struct err e = {0};
	struct message m;
	int64_t cases;

	ok(message_get(sc->s->db, message, &m, &e), &e);
	ok(message_unseal(sc->s->db, sc->s->vault, &m, &e), &e);
	assert_string_equal(
	    json_string_value(json_object_get(m.content, "text")),
	    message == sc->message[0] ? "one text" : "another text");
	cases = m.cases;
	ok(case_get(sc->s->db, sc->s->vault, cases, &c, &e), &e);
	assert_int_equal(m.vault_key, c.vault_key);
	message_free(&m);
	case_free(&c);
	return cases;
}

static int
notes_of(const struct scene *sc, int64_t cases)
{
	struct err e = {0};
	int64_t n;

	ok(db_get_int(sc->s->db, &n, 0, &e,
	       "SELECT COUNT(*) FROM case_note WHERE cases = ?", "i", cases),
	    &e);
	return (int)n;
}

static void
a_merge_that_is_undone_leaves_everything_as_it_was(void **state)
{
	struct scene sc = scene_make(state);
	struct err e = {0};
	struct case_file c;
	int64_t survivor, until;

	ok(case_set_label(sc.s->db, sc.cases[1], NOROSHI_TLP_RED, &e), &e);
	ok(case_set_embargo(sc.s->db, sc.cases[1], NOW + 60, &e), &e);
	assert_int_equal(merge(&sc, sc.cases[0], sc.cases[1]), 0);
	assert_int_equal(case_of(&sc, sc.message[1]), sc.cases[0]);
	assert_int_equal(notes_of(&sc, sc.cases[0]), 2);
	assert_int_equal(
	    case_participates(sc.s->db, sc.cases[0], 0, "b@x.example", &e), 1);
	ok(regroup_survivor(sc.s->db, sc.cases[1], &survivor, &e), &e);
	assert_int_equal(survivor, sc.cases[0]);
	ok(case_get(sc.s->db, sc.s->vault, sc.cases[0], &c, &e), &e);
	assert_int_equal(c.label, NOROSHI_TLP_RED);
	case_free(&c);
	ok(case_embargo(sc.s->db, sc.cases[0], &until, &e), &e);
	assert_int_equal(until, NOW + 60);

	assert_int_equal(undo(&sc, sc.cases[1]), 0);
	assert_int_equal(case_of(&sc, sc.message[0]), sc.cases[0]);
	assert_int_equal(case_of(&sc, sc.message[1]), sc.cases[1]);
	assert_int_equal(notes_of(&sc, sc.cases[0]), 1);
	assert_int_equal(
	    case_participates(sc.s->db, sc.cases[0], 0, "b@x.example", &e), 0);
	ok(case_get(sc.s->db, sc.s->vault, sc.cases[0], &c, &e), &e);
	assert_false(c.has_label);
	case_free(&c);
	ok(regroup_survivor(sc.s->db, sc.cases[1], &survivor, &e), &e);
	assert_int_equal(survivor, sc.cases[1]);
	assert_int_equal(undo(&sc, sc.cases[1]), ERR_DATA);
	spool_close(sc.spool);
}

static void
what_somebody_changed_since_an_undo_leaves(void **state)
{
	struct scene sc = scene_make(state);
	struct err e = {0};
	struct case_file c;

	ok(case_set_label(sc.s->db, sc.cases[1], NOROSHI_TLP_AMBER, &e), &e);
	assert_int_equal(merge(&sc, sc.cases[0], sc.cases[1]), 0);
	ok(case_set_label(sc.s->db, sc.cases[0], NOROSHI_TLP_RED, &e), &e);
	assert_int_equal(undo(&sc, sc.cases[0]), 0);
	ok(case_get(sc.s->db, sc.s->vault, sc.cases[0], &c, &e), &e);
	assert_int_equal(c.label, NOROSHI_TLP_RED);
	case_free(&c);
	spool_close(sc.spool);
}

static void
a_message_in_a_worker_s_hands_is_not_moved(void **state)
{
	struct scene sc = scene_make(state);
	struct err e = {0};

	ok(message_again(sc.s->db, sc.message[1], &e), &e);
	assert_int_equal(merge(&sc, sc.cases[0], sc.cases[1]), ERR_TEMP);
	ok(message_finish(sc.s->db, sc.message[1], "processed", &e), &e);
	ok(db_run(sc.s->db, &e, "INSERT INTO again (message) VALUES (?)", "i",
	       sc.message[1]),
	    &e);
	assert_int_equal(merge(&sc, sc.cases[0], sc.cases[1]), 0);
	assert_int_equal(undo(&sc, sc.cases[0]), 0);
	assert_int_equal(case_of(&sc, sc.message[1]), sc.cases[1]);
	spool_close(sc.spool);
}

static void
cases_do_not_go_round_in_a_ring(void **state)
{
	struct scene sc = scene_make(state);

	assert_int_equal(merge(&sc, sc.cases[0], sc.cases[0]), ERR_DATA);
	assert_int_equal(merge(&sc, sc.cases[0], sc.cases[1]), 0);
	assert_int_equal(merge(&sc, sc.cases[1], sc.cases[0]), ERR_DATA);
	assert_int_equal(merge(&sc, sc.cases[0], sc.cases[1]), ERR_DATA);
	spool_close(sc.spool);
}

static void
who_takes_part_alone_talks_with_us_alone(void **state)
{
	struct scene sc = scene_make(state);
	struct conversations l;
	struct err e = {0};

	assert_int_equal(merge(&sc, sc.cases[0], sc.cases[1]), 0);
	ok(conversations_load(sc.s->db, sc.cases[0], &l, &e), &e);
	assert_int_equal(l.count, 2);
	assert_ptr_not_equal(conversations_of(&l, "a@x.example"),
	    conversations_of(&l, "b@x.example"));
	assert_null(conversations_of(&l, "c@x.example"));
	assert_int_equal(l.item[0].message[0], sc.message[0]);
	assert_int_equal(l.item[0].label, NOROSHI_TLP_AMBER);
	conversations_free(&l);
	spool_close(sc.spool);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_merge_that_is_undone_leaves_everything_as_it_was),
	    TEST(what_somebody_changed_since_an_undo_leaves),
	    TEST(a_message_in_a_worker_s_hands_is_not_moved),
	    TEST(cases_do_not_go_round_in_a_ring),
	    TEST(who_takes_part_alone_talks_with_us_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
