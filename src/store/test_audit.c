#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "store/audit.h"
#include "store/test_database.h"

static void
add(struct db *db, int64_t message, int64_t cases, json_t *detail)
{
	const struct audit_entry entry = {.actor = "worker",
	    .event = "message.judged",
	    .message = message,
	    .cases = cases,
	    .detail = detail};
	struct err e = {0};

	assert_int_equal(db_begin(db, NULL), 0);
	if (audit_add(db, 1000, &entry, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(db_commit(db, NULL), 0);
}

static struct db *
with_entries(void **state)
{
	struct db *db = test_database_open(*state);

	for (int64_t i = 1; i <= 5; i++)
		add(db, i, i % 2, json_pack("{s:i,s:s}", "z", 1, "a", "b"));
	return db;
}

static int64_t
first_bad(struct db *db, int64_t *count)
{
	struct err e = {0};
	char hash[65];
	int64_t bad;

	assert_int_equal(audit_verify(db, count, &bad, hash, &e), 0);
	assert_int_equal(strlen(hash), 64);
	assert_int_equal(e.code, bad == 0 ? ERR_NONE : ERR_DATA);
	return bad;
}

static void
an_untouched_chain_holds(void **state)
{
	struct db *db = test_database_open(*state);
	int64_t count, bad;
	char hash[65], before[65];

	assert_int_equal(audit_verify(db, &count, &bad, before, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(bad, 0);
	assert_int_equal(strspn(before, "0"), 64);
	add(db, 0, 0, NULL);
	assert_int_equal(audit_verify(db, &count, &bad, hash, NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(bad, 0);
	assert_string_not_equal(hash, before);
	db_close(db);
}

static void
an_entry_outside_a_transaction_is_refused(void **state)
{
	const struct audit_entry entry = {
	    .actor = "a", .event = "b", .detail = json_object()};
	struct db *db = test_database_open(*state);
	struct err e = {0};

	assert_int_equal(audit_add(db, 1, &entry, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
	db_close(db);
}

static void
each_changed_field_is_found_at_its_entry(void **state)
{
	static const char *const change[] = {"at = at + 1", "actor = 'x'",
	    "event = 'x'", "message = 9", "message = NULL", "cases = 9",
	    "cases = 0", "contact = 9", "contact = 0", "detail = '{}'",
	    "previous = hash", "hash = previous", "hash = upper(hash)"};

	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		struct db *db = with_entries(state);
		char *sql =
		    xasprintf("UPDATE audit SET %s WHERE id = 2", change[i]);
		int64_t count;

		assert_int_equal(first_bad(db, &count), 0);
		assert_int_equal(db_run(db, NULL, sql, ""), 0);
		assert_int_equal(first_bad(db, &count), 2);
		assert_int_equal(count, 1);
		assert_int_equal(db_run(db, NULL, "DELETE FROM audit", ""), 0);
		free(sql);
		db_close(db);
	}
}

static void
a_removed_entry_is_named(void **state)
{
	struct db *db = with_entries(state);
	int64_t count;

	assert_int_equal(
	    db_run(db, NULL, "DELETE FROM audit WHERE id = 3", ""), 0);
	assert_int_equal(first_bad(db, &count), 3);
	assert_int_equal(
	    db_run(db, NULL, "DELETE FROM audit WHERE id = 1", ""), 0);
	assert_int_equal(first_bad(db, &count), 1);
	db_close(db);
}

static void
entries_in_another_order_are_found(void **state)
{
	struct db *db = with_entries(state);
	int64_t count;

	assert_int_equal(
	    db_run(db, NULL, "UPDATE audit SET id = 99 WHERE id = 3", ""), 0);
	assert_int_equal(
	    db_run(db, NULL, "UPDATE audit SET id = 3 WHERE id = 4", ""), 0);
	assert_int_equal(
	    db_run(db, NULL, "UPDATE audit SET id = 4 WHERE id = 99", ""), 0);
	assert_int_equal(first_bad(db, &count), 3);
	db_close(db);
}

static void
an_entry_put_before_the_first_is_found(void **state)
{
	struct db *db = with_entries(state);
	int64_t count;

	assert_int_equal(db_run(db, NULL,
			     "INSERT INTO audit SELECT 0, at, actor, event,"
			     " message, cases, contact, detail, previous, hash"
			     " FROM audit WHERE id = 1",
			     ""),
	    0);
	assert_int_equal(first_bad(db, &count), 1);
	db_close(db);
}

static void
entries_are_listed_by_message_and_by_case(void **state)
{
	struct db *db = with_entries(state);
	json_t *list, *entry;
	char *text;

	assert_int_equal(audit_list(db, 0, 0, &list, NULL), 0);
	assert_int_equal(json_array_size(list), 5);
	json_decref(list);
	assert_int_equal(audit_list(db, 0, 1, &list, NULL), 0);
	assert_int_equal(json_array_size(list), 3);
	json_decref(list);
	assert_int_equal(audit_list(db, 2, 1, &list, NULL), 0);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	assert_int_equal(audit_list(db, 2, 0, &list, NULL), 0);
	assert_int_equal(json_array_size(list), 1);
	entry = json_array_get(list, 0);
	json_object_del(entry, "hash");
	text = json_dumps(entry, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text,
	    "{\"actor\":\"worker\",\"at\":\"1970-01-01T00:16:40Z\","
	    "\"case\":null,\"contact\":null,\"detail\":{\"a\":\"b\",\"z\":1},"
	    "\"event\":\"message.judged\",\"id\":2,\"message\":2}");
	free(text);
	json_decref(list);
	db_close(db);
}

static void
a_case_is_listed_by_its_name(void **state)
{
	struct db *db = with_entries(state);
	json_t *list;

	assert_int_equal(
	    db_run(db, NULL, "INSERT INTO vault_key VALUES (1, NULL)", ""), 0);
	assert_int_equal(db_run(db, NULL,
			     "INSERT INTO cases (id, year, number, name,"
			     " title_sealed, state, priority, opened_at,"
			     " vault_key) VALUES (1, 2026, 1, 'EX-2026-0001',"
			     " x'00', 'open', 'normal', 1, 1)",
			     ""),
	    0);
	assert_int_equal(audit_list(db, 1, 0, &list, NULL), 0);
	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(list, 0), "case")),
	    "EX-2026-0001");
	json_decref(list);
	db_close(db);
}

int
main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)
	const struct CMUnitTest tests[] = {
	    TEST(an_untouched_chain_holds),
	    TEST(an_entry_outside_a_transaction_is_refused),
	    TEST(each_changed_field_is_found_at_its_entry),
	    TEST(a_removed_entry_is_named),
	    TEST(entries_in_another_order_are_found),
	    TEST(an_entry_put_before_the_first_is_found),
	    TEST(entries_are_listed_by_message_and_by_case),
	    TEST(a_case_is_listed_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
