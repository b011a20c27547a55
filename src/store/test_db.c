#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/strs.h"
#include "base/test_folder.h"
#include "store/db.h"
#include "store/schema.h"
#include "store/test_database.h"

#define PUT "INSERT INTO meta (name, value) VALUES (?, ?)"
#define COUNT "SELECT count(*) FROM meta"

static int64_t
counted(struct db *db)
{
	int64_t n = -1;

	assert_int_equal(db_get_int(db, &n, 0, NULL, COUNT, ""), 0);
	return n;
}

static void
a_new_database_is_for_its_owner_only(void **state)
{
	char *path = xasprintf("%s/db", (const char *)*state);
	struct db *db = test_database_open(*state);
	struct stat st;
	int64_t n;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(
	    db_get_int(db, &n, 0, NULL, "PRAGMA synchronous", ""), 0);
	assert_int_equal(n, 2);
	assert_int_equal(
	    db_get_int(db, &n, 0, NULL, "PRAGMA foreign_keys", ""), 0);
	assert_int_equal(n, 1);
	db_close(db);
	free(path);
}

static void
a_missing_database_is_not_made_unless_asked(void **state)
{
	char *path = xasprintf("%s/none", (const char *)*state);
	struct err e = {0};
	struct db *db;

	assert_int_equal(db_open(&db, path, false, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	assert_null(db);
	assert_int_equal(access(path, F_OK), -1);
	free(path);
}

static void
a_newer_database_is_refused(void **state)
{
	char *path = xasprintf("%s/db", (const char *)*state);
	struct db *db = test_database_open(*state);
	struct err e = {0};

	assert_int_equal(db_run(db, NULL, "PRAGMA user_version = 9999", ""), 0);
	db_close(db);
	assert_int_equal(db_open(&db, path, true, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	free(path);
}

/* Messages of that time. */
static const char version_1[] =
    "INSERT INTO message (id, sha256, direction, source, received_at, size,"
    " state, facts) VALUES"
    " (1, 'a', 'in', 'pipe', 1, 1, 'processed', '{\"encryption\": \"failed\","
    " \"signatures\": []}'),"
    " (2, 'b', 'in', 'pipe', 1, 1, 'processed', '{\"encryption\": \"none\","
    " \"signatures\": [{\"fingerprint\": null, \"key_id\":"
    " \"89abcdef01234567\", \"status\": \"no-key\", \"contact\": null},"
    " {\"fingerprint\": \"FF\", \"key_id\": \"F\", \"status\": \"bad\","
    " \"contact\": null}, {\"fingerprint\": \"AA\", \"key_id\": \"A\","
    " \"status\": \"good\", \"contact\": 3}]}'),"
    " (3, 'c', 'out', 'cli', 1, 1, 'processed', NULL),"
    " (4, 'd', 'in', 'pipe', 1, 1, 'received', NULL);"
    "UPDATE message SET content_sealed = x'0102' WHERE id = 2;"
    "INSERT INTO draft VALUES (1, 'answer', 3, '<a@b>', 'en', 'AMBER', 1);"
    "INSERT INTO delivery (id, draft, recipient, state, rule, reason, file,"
    " transport, created_at)"
    " VALUES (7, 1, 'a@b', 'sent', 'clear', '', 'ab', 'file', 1);"
    "INSERT INTO untold (message, delivery) VALUES (3, 7);";

/* The tables as the first version had them. */
static void
make_version_1(struct db *db)
{
	struct strs names = {0};
	struct db_row *row;
	struct err e = {0};

	assert_int_equal(db_query(db, &row, &e,
			     "SELECT name FROM sqlite_master WHERE"
			     " type = 'table' AND name NOT LIKE 'sqlite_%'",
			     ""),
	    0);
	while (db_step(row, &e) == 1)
		strs_add(&names, db_text(row, 0));
	assert_int_equal(db_script(db, "PRAGMA foreign_keys = OFF", &e), 0);
	for (size_t i = 0; i < names.count; i++) {
		char *sql = xasprintf("DROP TABLE %s", names.item[i]);

		assert_int_equal(db_script(db, sql, &e), 0);
		free(sql);
	}
	strs_free(&names);
	assert_int_equal(db_script(db, "PRAGMA user_version = 0", &e), 0);
	assert_int_equal(schema_upgrade(db, 1, &e), 0);
	assert_int_equal(db_script(db, version_1, &e), 0);
}

static void
an_older_database_is_brought_up_to_date_with_its_data(void **state)
{
	struct db *db = test_database_open(*state);
	struct db_row *row;
	struct err e = {0};
	int64_t n, newest;

	assert_int_equal(
	    db_get_int(db, &newest, 0, &e, "PRAGMA user_version", ""), 0);
	make_version_1(db);
	db_close(db);
	db = test_database_open(*state);
	assert_int_equal(
	    db_get_int(db, &n, 0, &e, "PRAGMA user_version", ""), 0);
	assert_int_equal(n, newest);
	/* a delivery may share its file, and others still refer to it */
	assert_int_equal(
	    db_get_int(db, &n, 0, &e, "PRAGMA foreign_keys", ""), 0);
	assert_int_equal(n, 1);
	assert_int_equal(
	    db_get_int(db, &n, 0, &e, "SELECT count(*) FROM message", ""), 0);
	assert_int_equal(n, 4);
	assert_int_equal(db_get_int(db, &n, 0, &e,
			     "SELECT sum(message) FROM message_content"
			     " WHERE sealed = x'0102'",
			     ""),
	    0);
	assert_int_equal(n, 2);
	assert_int_equal(db_query(db, &row, &e,
			     "SELECT message, key, secret FROM wanted"
			     " ORDER BY message",
			     ""),
	    0);
	assert_int_equal(db_step(row, &e), 1);
	assert_int_equal(db_int(row, 0), 1);
	assert_string_equal(db_text(row, 1), "0000000000000000");
	assert_int_equal(db_int(row, 2), 1);
	assert_int_equal(db_step(row, &e), 1);
	assert_int_equal(db_int(row, 0), 2);
	assert_string_equal(db_text(row, 1), "89ABCDEF01234567");
	assert_int_equal(db_int(row, 2), 0);
	assert_int_equal(db_step(row, &e), 0);
	assert_int_equal(
	    db_get_int(db, &n, 9, &e, "SELECT count(*) FROM again", ""), 0);
	assert_int_equal(n, 0);
	assert_int_equal(db_get_int(db, &n, 0, &e,
			     "SELECT v.id FROM untold u JOIN delivery v"
			     " ON v.id = u.delivery WHERE v.file = 'ab'",
			     ""),
	    0);
	assert_int_equal(n, 7);
	assert_int_equal(db_check(db, &e), 0);
	db_close(db);
}

/* As version 12 had it: one that nobody was told of, one told, one taken back.
 */
static void
an_embargo_of_an_older_database_still_has_its_end(void **state)
{
	struct db *db = test_database_open(*state);
	struct err e = {0};
	int64_t n;

	make_version_1(db);
	assert_int_equal(schema_upgrade(db, 12, &e), 0);
	assert_int_equal(
	    db_script(db,
		"INSERT INTO vault_key VALUES (1, x'00');"
		"INSERT INTO cases (id, year, number, name, title_sealed,"
		" state, priority, opened_at, vault_key) VALUES"
		" (1, 1, 1, 'A', x'00', 'open', 'low', 1, 1),"
		" (2, 1, 2, 'B', x'00', 'open', 'low', 1, 1),"
		" (3, 1, 3, 'C', x'00', 'open', 'low', 1, 1);"
		"INSERT INTO case_bound VALUES (1, 100, 0, 2, 300),"
		" (2, 100, 1, 0, 0), (3, 0, 0, 0, 0)",
		&e),
	    0);
	db_close(db);
	db = test_database_open(*state);
	assert_int_equal(
	    db_get_int(db, &n, 0, &e, "SELECT count(*) FROM alarm", ""), 0);
	assert_int_equal(n, 1);
	assert_int_equal(db_get_int(db, &n, 0, &e,
			     "SELECT count(*) FROM alarm WHERE"
			     " kind = 'embargo' AND ref = 1 AND cases = 1"
			     " AND at = 100 AND attempts = 2"
			     " AND next_attempt_at = 300",
			     ""),
	    0);
	assert_int_equal(n, 1);
	db_close(db);
}

/* As version 12 had it: a flag of the case. One case is closed. */
static void
what_an_older_database_owed_is_owed_for_the_last_mail_from_outside(void **state)
{
	struct db *db = test_database_open(*state);
	struct db_row *row;
	struct err e = {0};

	make_version_1(db);
	assert_int_equal(schema_upgrade(db, 12, &e), 0);
	assert_int_equal(
	    db_script(db,
		"INSERT INTO vault_key VALUES (1, x'00');"
		"INSERT INTO contact (id, name, class, created_at)"
		" VALUES (7, 'S', 'staff', 1);"
		"INSERT INTO cases (id, year, number, name, title_sealed,"
		" state, priority, owed, opened_at, vault_key) VALUES"
		" (1, 1, 1, 'A', x'00', 'open', 'low', 1, 1, 1),"
		" (2, 1, 2, 'B', x'00', 'open', 'low', 0, 1, 1),"
		" (3, 1, 3, 'C', x'00', 'closed', 'low', 1, 1, 1);"
		"INSERT INTO message (id, sha256, direction, source,"
		" received_at, size, state, cases, sender_contact) VALUES"
		" (11, 'k', 'in', 'x', 5, 1, 'processed', 1, NULL),"
		" (12, 'l', 'in', 'x', 6, 1, 'processed', 1, NULL),"
		" (13, 'm', 'in', 'x', 7, 1, 'processed', 1, 7),"
		" (14, 'n', 'out', 'x', 8, 1, 'processed', 1, NULL),"
		" (15, 'o', 'in', 'x', 9, 1, 'processed', 2, NULL),"
		" (16, 'p', 'in', 'x', 9, 1, 'processed', 3, NULL)",
		&e),
	    0);
	db_close(db);
	db = test_database_open(*state);
	assert_int_equal(
	    db_query(db, &row, &e,
		"SELECT message, owed, seen_at, settled_at IS NULL FROM duty",
		""),
	    0);
	assert_int_equal(db_step(row, &e), 1);
	assert_int_equal(db_int(row, 0), 12);
	assert_int_equal(db_int(row, 1), 1);
	assert_int_equal(db_int(row, 2), 6);
	assert_int_equal(db_int(row, 3), 1);
	assert_int_equal(db_step(row, &e), 0);
	db_close(db);
}

static void
values_come_back_as_they_were_bound(void **state)
{
	struct db *db = test_database_open(*state);
	struct buf blob;
	struct db_row *row;
	const void *p;
	size_t len;

	buf_init(&blob, 100);
	buf_put(&blob, "a\0b", 3);
	assert_int_equal(db_query(db, &row, NULL, "SELECT ?, ?, ?, ?, ?",
			     "isbsb", (int64_t)-7, "text", &blob, NULL, NULL),
	    0);
	buf_free(&blob);
	assert_int_equal(db_step(row, NULL), 1);
	assert_int_equal(db_int(row, 0), -7);
	assert_string_equal(db_text(row, 1), "text");
	p = db_blob(row, 2, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(p, "a\0b", 3);
	assert_null(db_text(row, 3));
	assert_true(db_is_null(row, 4));
	assert_int_equal(db_step(row, NULL), 0);
	assert_int_equal(db_step(row, NULL), -1);
	db_end(row);
	db_end(NULL);
	db_close(db);
}

static void
an_empty_blob_is_not_null(void **state)
{
	struct db *db = test_database_open(*state);
	struct buf blob;
	int64_t n;

	buf_init(&blob, 1);
	assert_int_equal(db_get_int(db, &n, -1, NULL, "SELECT ? IS NULL", "b",
			     (const struct buf *)&blob),
	    0);
	assert_int_equal(n, 0);
	db_close(db);
}

static void
a_walk_inside_a_walk_of_the_same_sql_has_its_own_place(void **state)
{
	static const char sql[] = "SELECT 1 UNION SELECT 2 UNION SELECT 3";
	struct db *db = test_database_open(*state);
	struct db_row *outer, *inner;
	int steps = 0;

	assert_int_equal(db_query(db, &outer, NULL, sql, ""), 0);
	while (db_step(outer, NULL) == 1) {
		assert_int_equal(db_query(db, &inner, NULL, sql, ""), 0);
		assert_ptr_not_equal(inner, outer);
		while (db_step(inner, NULL) == 1)
			steps++;
	}
	assert_int_equal(steps, 9);
	db_close(db);
}

static void
wrong_sql_and_a_wrong_count_of_values_are_our_bug(void **state)
{
	struct db *db = test_database_open(*state);
	struct err e = {0};

	assert_int_equal(db_run(db, &e, "SELEC", ""), -1);
	assert_int_equal(e.code, ERR_BUG);
	e.code = ERR_NONE;
	assert_int_equal(db_run(db, &e, "SELECT ?", ""), -1);
	assert_int_equal(e.code, ERR_BUG);
	e.code = ERR_NONE;
	assert_int_equal(db_run(db, &e, "SELECT 1; SELECT 2", ""), -1);
	assert_int_equal(e.code, ERR_BUG);
	db_close(db);
}

static void
a_foreign_key_to_nothing_is_refused(void **state)
{
	struct db *db = test_database_open(*state);
	struct err e = {0};

	assert_int_equal(
	    db_run(db, &e, "INSERT INTO contact_tag VALUES (5, 'x')", ""), -1);
	assert_int_equal(e.code, ERR_BUG);
	db_close(db);
}

static void
what_was_rolled_back_is_not_there(void **state)
{
	struct db *db = test_database_open(*state);
	int64_t before = counted(db);

	db_rollback(db);
	assert_int_equal(db_begin(db, NULL), 0);
	assert_true(db_in_transaction(db));
	assert_int_equal(db_run(db, NULL, PUT, "ss", "a", "b"), 0);
	assert_int_equal(db_changed(db), 1);
	db_rollback(db);
	assert_false(db_in_transaction(db));
	assert_int_equal(counted(db), before);
	db_close(db);
}

static void
insert_rows(const char *path, const char *who)
{
	struct err e = {0};
	char name[40];
	struct db *db;

	if (db_open(&db, path, true, &e) == -1)
		_exit(1);
	for (int i = 0; i < 50; i++) {
		(void)snprintf(name, sizeof(name), "%s%d", who, i);
		if (db_begin(db, &e) == -1 ||
		    db_run(db, &e, PUT, "ss", name, "x") == -1 ||
		    db_commit(db, &e) == -1)
			_exit(2);
	}
	db_close(db);
	_exit(0);
}

static void
processes_that_open_a_fresh_database_at_once_all_succeed(void **state)
{
	char *path = xasprintf("%s/db", (const char *)*state);
	static const char *const who[] = {"a", "b", "c"};
	pid_t pid[3];
	struct db *db;
	int status;

	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		assert_int_not_equal(pid[i], -1);
		if (pid[i] == 0)
			insert_rows(path, who[i]);
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	db = test_database_open(*state);
	assert_int_equal(counted(db), 1 + 150);
	db_close(db);
	free(path);
}

static void
a_view_stays_as_it_was_and_takes_no_writes(void **state)
{
	struct db *db = test_database_open(*state);
	struct db *other = test_database_open(*state);
	int64_t before = counted(db);
	struct db_view view, inner;
	struct err e = {0};

	assert_int_equal(db_view_begin(db, &view, &e), 0);
	assert_int_equal(counted(db), before);
	assert_int_equal(db_run(other, &e, PUT, "ss", "a", "x"), 0);
	assert_int_equal(counted(db), before);
	assert_int_equal(db_run(db, &e, PUT, "ss", "b", "x"), -1);
	assert_int_equal(e.code, ERR_TEMP);
	assert_int_equal(db_view_begin(db, &inner, &e), 0);
	db_view_end(&inner);
	assert_true(db_in_transaction(db));
	db_view_end(&view);
	assert_false(db_in_transaction(db));
	assert_int_equal(counted(db), before + 1);
	assert_int_equal(db_run(db, &e, PUT, "ss", "b", "x"), 0);
	db_close(other);
	db_close(db);
}

static void
a_view_in_a_transaction_leaves_it_open_for_writes(void **state)
{
	struct db *db = test_database_open(*state);
	int64_t before = counted(db);
	struct db_view view;
	struct err e = {0};

	assert_int_equal(db_begin(db, &e), 0);
	assert_int_equal(db_view_begin(db, &view, &e), 0);
	db_view_end(&view);
	assert_int_equal(db_run(db, &e, PUT, "ss", "a", "x"), 0);
	assert_int_equal(db_commit(db, &e), 0);
	assert_int_equal(counted(db), before + 1);
	db_close(db);
}

static void
a_process_killed_in_a_transaction_leaves_nothing_of_it(void **state)
{
	struct db *db = test_database_open(*state);
	int64_t before = counted(db);
	int ready[2], status;
	char byte;
	pid_t pid;

	db_close(db);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct db *own = test_database_open(*state);

		if (db_begin(own, NULL) == -1 ||
		    db_run(own, NULL, PUT, "ss", "half", "x") == -1 ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		(void)pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	db = test_database_open(*state);
	assert_int_equal(counted(db), before);
	assert_int_equal(db_begin(db, NULL), 0);
	assert_int_equal(db_run(db, NULL, PUT, "ss", "whole", "x"), 0);
	assert_int_equal(db_commit(db, NULL), 0);
	assert_int_equal(counted(db), before + 1);
	db_close(db);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

static void
a_scrubbed_database_has_no_copy_of_what_was_removed(void **state)
{
	char *path = xasprintf("%s/db-wal", (const char *)*state);
	struct db *db = test_database_open(*state);
	struct stat st;

	assert_int_equal(db_run(db, NULL, PUT, "ss", "a", "secret"), 0);
	assert_int_equal(
	    db_run(db, NULL, "DELETE FROM meta WHERE name = 'a'", ""), 0);
	assert_int_equal(db_scrub(db, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);
	db_close(db);
	free(path);
}

static void
a_full_database_says_try_again(void **state)
{
	struct db *db = test_database_open(*state);
	struct err e = {0};
	struct buf big;
	int64_t pages;

	buf_init(&big, 1 << 20);
	assert_non_null(buf_reserve(&big, 1 << 20));
	assert_int_equal(
	    db_get_int(db, &pages, 0, &e, "PRAGMA max_page_count = 1", ""), 0);
	assert_int_equal(
	    db_run(db, &e, "INSERT INTO vault_key (wrapped) VALUES (?)", "b",
		(const struct buf *)&big),
	    -1);
	assert_int_equal(e.code, ERR_TEMP);
	buf_free(&big);
	db_close(db);
}

/* A page in the middle, as a failing disk leaves it. */
static void
damage(const char *path)
{
	char junk[512];
	FILE *f = fopen(path, "r+");

	assert_non_null(f);
	memset(junk, 'x', sizeof(junk));
	assert_int_equal(fseek(f, 3 * 4096, SEEK_SET), 0);
	assert_int_equal(fwrite(junk, sizeof(junk), 1, f), 1);
	assert_int_equal(fclose(f), 0);
}

static void
a_damaged_database_is_not_whole(void **state)
{
	char *path = xasprintf("%s/db", (const char *)*state);
	struct db *db = test_database_open(*state);
	struct err e = {0};

	assert_int_equal(db_check(db, &e), 0);
	assert_int_equal(db_check(db, &e), 0);
	assert_int_equal(db_scrub(db, &e), 0);
	db_close(db);
	damage(path);
	/* the schema may not even be read any more */
	if (db_open(&db, path, false, &e) == 0)
		assert_int_equal(db_check(db, &e), -1);
	assert_true(e.code == ERR_DATA || e.code == ERR_TEMP);
	db_close(db);
	free(path);
}

int
main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)
	const struct CMUnitTest tests[] = {
	    TEST(a_new_database_is_for_its_owner_only),
	    TEST(a_missing_database_is_not_made_unless_asked),
	    TEST(a_newer_database_is_refused),
	    TEST(an_older_database_is_brought_up_to_date_with_its_data),
	    TEST(an_embargo_of_an_older_database_still_has_its_end),
	    TEST(
		what_an_older_database_owed_is_owed_for_the_last_mail_from_outside),
	    TEST(values_come_back_as_they_were_bound),
	    TEST(an_empty_blob_is_not_null),
	    TEST(a_walk_inside_a_walk_of_the_same_sql_has_its_own_place),
	    TEST(wrong_sql_and_a_wrong_count_of_values_are_our_bug),
	    TEST(a_foreign_key_to_nothing_is_refused),
	    TEST(what_was_rolled_back_is_not_there),
	    TEST(processes_that_open_a_fresh_database_at_once_all_succeed),
	    TEST(a_view_stays_as_it_was_and_takes_no_writes),
	    TEST(a_view_in_a_transaction_leaves_it_open_for_writes),
	    TEST(a_process_killed_in_a_transaction_leaves_nothing_of_it),
	    TEST(a_scrubbed_database_has_no_copy_of_what_was_removed),
	    TEST(a_full_database_says_try_again),
	    TEST(a_damaged_database_is_not_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
