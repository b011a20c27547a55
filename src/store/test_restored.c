#include "store/restored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "store/again.h"
#include "store/test_database.h"
#include "store/vault.h"

static const unsigned char master[VAULT_KEY] =
    "a master key of thirty-two byte";

#define NOW 1795385215 /* in 2026 */
#define YEAR (366 * 86400)

static void
mark(struct db *db, int64_t now, int64_t made)
{
	assert_int_equal(db_begin(db, NULL), 0);
	assert_int_equal(restored_mark(db, now, made, NULL), 0);
	assert_int_equal(db_commit(db, NULL), 0);
}

static int64_t
number(struct db *db, const char *sql)
{
	int64_t n;

	assert_int_equal(db_get_int(db, &n, -1, NULL, sql, ""), 0);
	return n;
}

static void
a_gateway_that_was_never_restored_holds_nothing(void **state)
{
	struct db *db = test_database_open(*state);
	int64_t at;
	bool holds;

	assert_int_equal(restored_at(db, &at, NULL), 0);
	assert_int_equal(at, 0);
	assert_int_equal(restored_holds(db, &holds, NULL), 0);
	assert_false(holds);
	assert_int_equal(number(db, "SELECT" RESTORED_NEXT("message")), 1);
	db_close(db);
}

static void
a_restored_one_holds_until_it_is_released(void **state)
{
	struct db *db = test_database_open(*state);
	int64_t at;
	bool holds;

	mark(db, NOW, NOW - 100);
	assert_int_equal(restored_at(db, &at, NULL), 0);
	assert_int_equal(at, NOW);
	assert_int_equal(restored_holds(db, &holds, NULL), 0);
	assert_true(holds);
	assert_int_equal(restored_release(db, NULL), 0);
	assert_int_equal(restored_holds(db, &holds, NULL), 0);
	assert_false(holds);
	/* Older commands stay refused. */
	assert_int_equal(restored_at(db, &at, NULL), 0);
	assert_int_equal(at, NOW);
	db_close(db);
}

static void
numbers_skip_ahead_of_all_that_the_lost_time_used(void **state)
{
	struct db *db = test_database_open(*state);
	struct vault *v;
	int64_t key, next;

	assert_int_equal(vault_open(&v, db, master, NULL), 0);
	assert_int_equal(vault_key_create(v, &key, NULL), 0);
	assert_int_equal(key, 1);
	mark(db, NOW, NOW - 100);
	assert_int_equal(vault_key_create(v, &next, NULL), 0);
	assert_int_equal(next, 1 + RESTORED_SKIP);
	assert_int_equal(vault_key_create(v, &next, NULL), 0);
	assert_int_equal(next, 2 + RESTORED_SKIP);
	assert_int_equal(
	    number(db, "SELECT CAST(value AS INTEGER) FROM meta WHERE"
		       " name = 'floor_number_2026'"),
	    RESTORED_SKIP_NUMBERS + 1);
	/* Once more, before anything else happened: from there. */
	mark(db, NOW + 1, NOW - 100);
	assert_int_equal(vault_key_create(v, &next, NULL), 0);
	assert_true(next > 2 * RESTORED_SKIP);
	assert_true(number(db, "SELECT CAST(value AS INTEGER) FROM meta WHERE"
			       " name = 'floor_number_2026'") >
		    2 * RESTORED_SKIP_NUMBERS);
	vault_close(v);
	db_close(db);
}

static void
numbers_of_a_new_year_skip_as_well(void **state)
{
	struct db *db = test_database_open(*state);

	mark(db, NOW + YEAR, NOW);
	assert_int_equal(
	    number(db, "SELECT count(*) FROM meta WHERE name IN"
		       " ('floor_number_2026', 'floor_number_2027')"),
	    2);
	db_close(db);
}

static void
a_destroyed_key_is_destroyed_again(void **state)
{
	struct db *db = test_database_open(*state);
	struct vault *v;
	int64_t key, *list;
	size_t count;
	bool changed;

	assert_int_equal(vault_open(&v, db, master, NULL), 0);
	assert_int_equal(vault_key_create(v, &key, NULL), 0);
	assert_int_equal(vault_keys_destroyed(db, &list, &count, NULL), 0);
	assert_int_equal(count, 0);
	free(list);
	assert_int_equal(vault_key_forget(db, key, &changed, NULL), 0);
	assert_true(changed);
	assert_int_equal(vault_key_forget(db, key, &changed, NULL), 0);
	assert_false(changed);
	assert_int_equal(vault_key_forget(db, 999, &changed, NULL), 0);
	assert_false(changed);
	assert_int_equal(vault_keys_destroyed(db, &list, &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0], key);
	free(list);
	vault_close(v);
	db_close(db);
}

static void
each_source_reads_again_once(void **state)
{
	const char *spool = *state;
	int64_t since;
	bool wanted;

	assert_int_equal(
	    again_wanted(spool, "imap:a", &wanted, &since, NULL), 0);
	assert_false(wanted);
	assert_int_equal(again_ask(spool, NOW, NULL), 0);
	assert_int_equal(
	    again_wanted(spool, "imap:a", &wanted, &since, NULL), 0);
	assert_true(wanted);
	assert_int_equal(since, NOW);
	assert_int_equal(again_done(spool, "imap:a", NULL), 0);
	assert_int_equal(
	    again_wanted(spool, "imap:a", &wanted, &since, NULL), 0);
	assert_false(wanted);
	assert_int_equal(
	    again_wanted(spool, "imap:b", &wanted, &since, NULL), 0);
	assert_true(wanted);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(a_gateway_that_was_never_restored_holds_nothing),
	    TEST(a_restored_one_holds_until_it_is_released),
	    TEST(numbers_skip_ahead_of_all_that_the_lost_time_used),
	    TEST(numbers_of_a_new_year_skip_as_well),
	    TEST(a_destroyed_key_is_destroyed_again),
	    TEST(each_source_reads_again_once)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
