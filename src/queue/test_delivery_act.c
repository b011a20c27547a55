#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "queue/delivery_act.h"
#include "queue/test_place.h"

#define UNTOLD "SELECT count(*) FROM untold"

/* One member of one list, to whom the draft's copies go. */
static void
write_to_member(struct place *p)
{
	static const char *const sql[] = {
	    "INSERT INTO community (id, name, max_label, default_label, kind,"
	    " sponsors, archive, dual_release, created_at, bounces) VALUES"
	    " (1, 'banks', 'AMBER', 'GREEN', 'discussion', 0, 'none', 0, 1, 2)",
	    "INSERT INTO community_member (community, contact, joined_at)"
	    " VALUES (1, 1, 1)",
	    "INSERT INTO community_post (message, community, author)"
	    " SELECT message, 1, 1 FROM draft",
	    "UPDATE draft SET kind = 'post'"};

	place_author(p);
	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++)
		assert_int_equal(db_run(p->db, &p->e, sql[i], ""), 0);
}

static int64_t
insert_member(struct place *p, int64_t next, const char *file)
{
	int64_t id = place_insert(p, "queued", next, file);

	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE delivery SET contact = 1 WHERE id = ?",
		"i", id),
	    0);
	return id;
}

#define DISABLED                                                               \
	"SELECT count(*) FROM community_member WHERE state = "                 \
	"'bounce-disabled'"

static void
a_server_that_refuses_a_member_counts_as_a_bounce(void **state)
{
	struct place *p = *state;

	write_to_member(p);
	(void)insert_member(p, CREATED + 1000, "a1");
	place_book(p, insert_member(p, 50, "a2"), ERR_DENIED);
	/* Our own failures are no word of theirs. */
	place_book(p, insert_member(p, 50, "a3"), ERR_TEMP);
	place_book(p, insert_member(p, 50, "a4"), ERR_DATA);
	assert_int_equal(place_count(p, DISABLED), 0);
	place_book(p, insert_member(p, 50, "a5"), ERR_DENIED);
	assert_int_equal(place_count(p, DISABLED), 1);
	assert_int_equal(
	    place_count(p, "SELECT count(*) FROM audit WHERE event ="
			   " 'community.bounce-disabled'"),
	    1);
	/* What waits for them, a1 and what is tried again, does not leave. */
	assert_int_equal(place_count(p, ROWS "state = 'cancelled'"), 2);
}

static bool
bounced(struct place *p, int64_t id, bool failed)
{
	bool changed;

	assert_int_equal(delivery_bounced(p->db, id, failed, CREATED + 10,
			     "no such user", &changed, &p->e),
	    0);
	return changed;
}

static void
a_bounce_fails_what_was_sent_and_nothing_else(void **state)
{
	static const char *const others[] = {
	    "queued", "held", "cancelled", "failed"};
	struct place *p = *state;
	int64_t sent = place_insert(p, "sent", 0, "a1");
	bool changed;

	place_author(p);
	for (size_t i = 0; i < 4; i++)
		assert_false(
		    bounced(p, place_insert(p, others[i], 0, NULL), true));
	assert_true(bounced(p, sent, false));
	assert_int_equal(place_count(p, ROWS "state = 'sent' AND"
					     " last_error = 'no such user'"),
	    1);
	assert_int_equal(place_count(p, UNTOLD), 0);
	assert_true(bounced(p, sent, true));
	assert_false(bounced(p, sent, true));
	assert_int_equal(place_count(p, UNTOLD), 1);
	assert_int_equal(delivery_names_file(p->db, "a1", &changed, &p->e), 0);
	assert_false(changed);
}

static void
what_waits_or_is_on_its_way_is_queued(void **state)
{
	static const char *const states[] = {
	    "held", "queued", "sent", "failed", "cancelled"};
	struct place *p = *state;
	bool queued;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		int64_t id = place_insert(p, states[i], 0, NULL);

		assert_int_equal(
		    delivery_is_queued(p->db, id, &queued, &p->e), 0);
		assert_int_equal(queued, i == 1);
	}
	assert_int_equal(delivery_is_queued(p->db, 4711, &queued, &p->e), 0);
	assert_false(queued);
}

/* --- what is judged anew ----------------------------------------------------
 */

/* The draft's mail is a person's own, in that case. */
static void
peoples(struct place *p, int64_t cases)
{
	assert_int_equal(
	    db_run(p->db, &p->e, "INSERT INTO vault_key (id) VALUES (1)", ""),
	    0);
	assert_int_equal(db_run(p->db, &p->e,
			     "INSERT INTO cases (id, year, number, name,"
			     " state, priority, title_sealed, vault_key,"
			     " opened_at) VALUES (?, 2026, ?, 'X', 'open',"
			     " 'normal', x'00', 1, 1)",
			     "ii", cases, cases),
	    0);
	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE message SET direction = 'out',"
			     " cases = ?",
			     "i", cases),
	    0);
	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE draft SET kind = 'answer'", ""), 0);
}

static void
know_key(
    struct place *p, const char *fingerprint, int64_t revoked, int64_t expires)
{
	assert_int_equal(
	    db_run(p->db, &p->e,
		"INSERT INTO key (fingerprint, user_ids, addresses, created,"
		" expires, revoked, material, blob, imported_at) VALUES"
		" (?, '', '', 1, ?, ?, x'00', x'00', 1)",
		"sii", fingerprint, expires, revoked),
	    0);
	assert_int_equal(
	    db_run(p->db, &p->e, "UPDATE delivery SET encrypted_to = ?", "s",
		fingerprint),
	    0);
}

static void
a_copy_to_a_key_that_was_revoked_is_judged_anew(void **state)
{
	struct place *p = *state;
	int64_t id = place_insert(p, "queued", CREATED, "a");
	bool held = true;

	peoples(p, 1);
	know_key(p, "AA", 0, 0);
	assert_int_equal(delivery_unkey(p->db, id, CREATED, &held, &p->e), 0);
	assert_false(held);
	know_key(p, "BB", 1, 0);
	assert_int_equal(delivery_unkey(p->db, id, CREATED, &held, &p->e), 0);
	assert_true(held);
	assert_int_equal(
	    place_count(p, "SELECT count(*) FROM delivery WHERE state ="
			   " 'held' AND rule = 'key-unusable'"),
	    1);
	assert_int_equal(
	    place_count(
		p, "SELECT count(*) FROM message WHERE state = 'received'"),
	    1);
}

static void
so_is_one_to_a_key_that_expired_or_is_gone(void **state)
{
	struct place *p = *state;
	int64_t id = place_insert(p, "queued", CREATED, "a");
	bool held = false;

	peoples(p, 1);
	know_key(p, "AA", 0, CREATED);
	assert_int_equal(delivery_unkey(p->db, id, CREATED, &held, &p->e), 0);
	assert_true(held);
	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE delivery SET state = 'queued',"
			     " encrypted_to = 'CC'",
			     ""),
	    0);
	assert_int_equal(delivery_unkey(p->db, id, CREATED, &held, &p->e), 0);
	assert_true(held);
}

static void
a_team_copy_goes_as_it_is(void **state)
{
	struct place *p = *state;
	int64_t id = place_insert(p, "queued", CREATED, "a");
	bool held = true;

	know_key(p, "AA", 1, 0);
	assert_int_equal(delivery_unkey(p->db, id, CREATED, &held, &p->e), 0);
	assert_false(held);
}

static void
held_since(struct place *p, int64_t until)
{
	assert_int_equal(db_run(p->db, &p->e,
			     "INSERT INTO held (message, content, since,"
			     " expires_at) SELECT message, 'c', 1, ? FROM draft"
			     " LIMIT 1",
			     "i", until),
	    0);
}

static void
what_was_released_does_not_end_with_its_old_hold(void **state)
{
	struct place *p = *state;
	int64_t n;

	(void)place_insert(p, "queued", CREATED + 60, "a");
	peoples(p, 1);
	held_since(p, CREATED - 1);
	assert_int_equal(delivery_rejudge(p->db, 1, CREATED, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(place_count(p, "SELECT count(*) FROM held"), 0);
	assert_int_equal(
	    place_count(
		p, "SELECT count(*) FROM delivery WHERE state = 'held'"),
	    1);
}

static void
what_is_held_still_keeps_its_end(void **state)
{
	struct place *p = *state;
	int64_t n;

	(void)place_insert(p, "held", 0, NULL);
	peoples(p, 1);
	held_since(p, CREATED + 10);
	assert_int_equal(delivery_rejudge(p->db, 1, CREATED, &n, &p->e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(place_count(p, "SELECT count(*) FROM held"), 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_server_that_refuses_a_member_counts_as_a_bounce),
	    TEST(a_bounce_fails_what_was_sent_and_nothing_else),
	    TEST(a_copy_to_a_key_that_was_revoked_is_judged_anew),
	    TEST(so_is_one_to_a_key_that_expired_or_is_gone),
	    TEST(a_team_copy_goes_as_it_is),
	    TEST(what_was_released_does_not_end_with_its_old_hold),
	    TEST(what_is_held_still_keeps_its_end),
	    TEST(what_waits_or_is_on_its_way_is_queued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
