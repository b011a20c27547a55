#include "cases/erase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cases/case.h"
#include "cases/retention.h"
#include "cases/stats.h"
#include "cases/test_store.h"

/* A closed case with a title and a note. */
static int64_t
closed_case(struct store *s)
{
	int64_t id = store_case(s, "to be erased");
	struct err e = {0};

	ok(case_note_add(s->db, s->vault, NOW, id, 0, "erased too", &e), &e);
	ok(db_run(s->db, &e,
	       "UPDATE cases SET state = 'closed', closed_at = ? WHERE id = ?",
	       "ii", NOW, id),
	    &e);
	return id;
}

static void
refused(struct store *s, int64_t id, const char *why)
{
	int64_t *key = NULL;
	struct err e = {0};
	size_t count;

	assert_int_equal(erase_case(s->db, s->vault, id, &key, &count, &e), -1);
	assert_int_equal(e.code, ERR_DENIED);
	assert_non_null(strstr(e.text, why));
	assert_null(key);
}

static int64_t
key_of(struct store *s, int64_t id)
{
	int64_t key;

	assert_int_equal(
	    db_get_int(s->db, &key, 0, NULL,
		"SELECT vault_key FROM cases WHERE id = ?", "i", id),
	    0);
	return key;
}

/* A processed message of the case under that key. */
static int64_t
message_of(struct store *s, const char *sha, int64_t cases, int64_t key)
{
	int64_t id = store_message(s, sha);
	struct err e = {0};

	ok(db_run(s->db, &e,
	       "UPDATE message SET state = 'processed', cases = ?,"
	       " vault_key = ? WHERE id = ?",
	       "iii", cases, key, id),
	    &e);
	return id;
}

static void
what_is_open_held_or_in_hand_is_not_erased(void **state)
{
	struct store *s = *state;
	int64_t id = closed_case(s);
	struct err e = {0};

	ok(db_run(s->db, &e, "UPDATE cases SET state = 'open' WHERE id = ?",
	       "i", id),
	    &e);
	refused(s, id, "not closed");
	ok(db_run(s->db, &e, "UPDATE cases SET state = 'closed' WHERE id = ?",
	       "i", id),
	    &e);
	ok(legal_hold_set(s->db, id, 0, NOW, &e), &e);
	refused(s, id, "legal hold");
	ok(legal_hold_end(s->db, id, &e), &e);
	ok(db_run(s->db, &e,
	       "UPDATE message SET state = 'received',"
	       " cases = ? WHERE id = ?",
	       "ii", id, message_of(s, "aa", id, key_of(s, id))),
	    &e);
	refused(s, id, "worked on");
}

static void
a_key_that_another_case_needs_is_not_destroyed(void **state)
{
	struct store *s = *state;
	int64_t id = closed_case(s), other = closed_case(s);

	/* a mail that was moved to another case and is sealed as before */
	(void)message_of(s, "aa", other, key_of(s, id));
	refused(s, id, "another case");
	refused(s, other, "another case");
}

static void
all_keys_of_a_case_are_destroyed_and_no_other(void **state)
{
	struct store *s = *state;
	int64_t id = closed_case(s), other = closed_case(s), own, left;
	int64_t *key;
	struct case_file c;
	struct err e = {0};
	size_t count;
	bool erased;

	ok(vault_key_create(s->vault, &own, &e), &e);
	(void)message_of(s, "aa", id, own);
	(void)message_of(s, "bb", id, key_of(s, id));
	(void)message_of(s, "cc", other, key_of(s, other));
	ok(db_begin(s->db, &e), &e);
	ok(erase_case(s->db, s->vault, id, &key, &count, &e), &e);
	ok(db_commit(s->db, &e), &e);
	assert_int_equal(count, 2);
	assert_int_equal(key[0], key_of(s, id));
	assert_int_equal(key[1], own);
	free(key);
	ok(db_get_int(s->db, &left, 0, &e,
	       "SELECT count(*) FROM vault_key WHERE wrapped IS NULL", ""),
	    &e);
	assert_int_equal(left, 2);
	ok(erase_is_done(s->db, id, &erased, &e), &e);
	assert_true(erased);
	ok(erase_is_done(s->db, other, &erased, &e), &e);
	assert_false(erased);
	ok(case_get(s->db, s->vault, other, &c, &e), &e);
	assert_string_equal(c.title, "to be erased");
	case_free(&c);
}

static void
what_fails_half_way_gives_no_keys(void **state)
{
	struct store *s = *state;
	int64_t id = closed_case(s);
	int64_t *key;
	struct err e = {0};
	size_t count;

	ok(db_run(s->db, &e, "DROP TABLE feed", ""), &e);
	assert_int_equal(erase_case(s->db, s->vault, id, &key, &count, &e), -1);
	assert_null(key);
	assert_int_equal(count, 0);
}

static void
a_request_waits_until_it_is_withdrawn_or_done(void **state)
{
	struct store *s = *state;
	int64_t id = closed_case(s);
	char why[] = "why", as[] = "user:jo";
	const struct erasure asked = {
	    .reason = why, .asked_as = as, .asked_at = NOW};
	struct erasure x;
	struct err e = {0};

	assert_int_equal(erasure_get(s->db, id, &x, &e), 0);
	ok(erasure_ask(s->db, id, &asked, &e), &e);
	assert_int_equal(erasure_get(s->db, id, &x, &e), 1);
	assert_string_equal(x.reason, "why");
	assert_string_equal(x.asked_as, "user:jo");
	assert_int_equal(x.erased_at, 0);
	erasure_free(&x);
	ok(erasure_withdraw(s->db, id, &e), &e);
	assert_int_equal(erasure_get(s->db, id, &x, &e), 0);
	ok(erasure_ask(s->db, id, &asked, &e), &e);
	ok(erasure_done(s->db, id, 0, NOW + 1, &e), &e);
	ok(erasure_withdraw(s->db, id, &e), &e);
	assert_int_equal(erasure_get(s->db, id, &x, &e), 1);
	assert_int_equal(x.erased_at, NOW + 1);
	erasure_free(&x);
}

static void
months_end_where_a_month_is_shorter(void **state)
{
	static const struct {
		int64_t from, months, to;
	} t[] = {
	    {1738281600, 1, 1740700800}, /* 31 January 2025: 28 February */
	    {1706659200, 1, 1709164800}, /* 31 January 2024: 29 February */
	    {1735603200, 2, 1740700800}, /* 31 December 2024 */
	    {1735603200, 24, 1798675200}, /* 31 December 2026 */
	    {1735689600, 0, 1735689600},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(
		    retention_add_months(t[i].from, t[i].months), t[i].to);
}

static void
a_place_is_a_tag_or_a_country_s_last_label(void **state)
{
	(void)state;
	assert_int_equal(stats_place_of("a@b.jp", NULL, "jp"), STATS_DOMESTIC);
	assert_int_equal(
	    stats_place_of("a@b.CO.JP", NULL, "jp"), STATS_DOMESTIC);
	assert_int_equal(stats_place_of("a@b.de", NULL, "jp"), STATS_ABROAD);
	assert_int_equal(stats_place_of("a@b.com", NULL, "jp"), STATS_UNKNOWN);
	assert_int_equal(stats_place_of("a.b@jp", NULL, "jp"), STATS_UNKNOWN);
	assert_int_equal(stats_place_of("a.jp@b", NULL, "jp"), STATS_UNKNOWN);
	assert_int_equal(stats_place_of(NULL, NULL, "jp"), STATS_UNKNOWN);
	assert_int_equal(
	    stats_place_of("a@b.jp", "abroad", "jp"), STATS_ABROAD);
	assert_int_equal(
	    stats_place_of(NULL, "domestic", "jp"), STATS_DOMESTIC);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_open_held_or_in_hand_is_not_erased),
	    TEST(a_key_that_another_case_needs_is_not_destroyed),
	    TEST(all_keys_of_a_case_are_destroyed_and_no_other),
	    TEST(what_fails_half_way_gives_no_keys),
	    TEST(a_request_waits_until_it_is_withdrawn_or_done),
	    cmocka_unit_test(months_end_where_a_month_is_shorter),
	    cmocka_unit_test(a_place_is_a_tag_or_a_country_s_last_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
