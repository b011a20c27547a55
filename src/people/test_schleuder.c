#include "people/schleuder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "store/db.h"

#define FPR "0123456789ABCDEF0123456789ABCDEF01234567"

struct place {
	char *folder; /* the test's own */
	char path[96]; /* of a database in it */
};

static int
place_make(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	p->folder = test_folder_make();
	(void)snprintf(p->path, sizeof(p->path), "%s/db.sqlite", p->folder);
	*state = p;
	return 0;
}

static int
place_remove(void **state)
{
	struct place *p = *state;
	int rc = test_folder_remove(p->folder);

	free(p);
	return rc;
}

/* A database with these statements in it. */
static void
database(struct place *p, const char *sql)
{
	struct err e = {0};
	struct db *db;

	assert_int_equal(db_open(&db, p->path, true, &e), 0);
	assert_int_equal(db_script(db, sql, &e), 0);
	db_close(db);
}

static void
a_list_is_named_by_the_end_of_its_folder(void **state)
{
	static const struct {
		const char *folder, *list;
	} some[] = {
	    {"/var/lib/schleuder/lists/example.org/team", "team@example.org"},
	    {"example.org/team//", "team@example.org"}, {"team", NULL},
	    {"/team", NULL}, {"", NULL}, {"//", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		char *list = schleuder_list(some[i].folder);

		if (some[i].list == NULL)
			assert_null(list);
		else
			assert_string_equal(list, some[i].list);
		free(list);
	}
}

static void
subscriptions_are_read_in_either_spelling_of_truth(void **state)
{
	struct place *p = *state;
	struct schleuder_subscription *s;
	struct err e = {0};
	size_t count;

	database(p,
	    "CREATE TABLE lists (id INTEGER PRIMARY KEY, email TEXT);"
	    "CREATE TABLE subscriptions (id INTEGER PRIMARY KEY, list_id,"
	    " email, fingerprint, admin, delivery_enabled);"
	    "INSERT INTO lists VALUES (1, 'Team@x.example'), (2, 'b@x');"
	    "INSERT INTO subscriptions VALUES"
	    " (1, 1, 'a@x', '0123456789abcdef0123456789abcdef01234567', 1, 0),"
	    " (2, 1, 'b@x', 'not one', 'f', 't'), (3, 1, NULL, NULL, 1, 1),"
	    " (4, 2, 'c@x', NULL, 1, 1), (5, 1, 'd@x', NULL, NULL, 1)");
	assert_int_equal(
	    schleuder_read(p->path, "team@x.example", &s, &count, &e), 0);
	assert_int_equal(count, 3);
	assert_string_equal(s[0].address, "a@x");
	assert_string_equal(s[0].fingerprint, FPR);
	assert_true(s[0].admin);
	assert_false(s[0].delivery);
	assert_string_equal(s[1].address, "b@x");
	assert_null(s[1].fingerprint);
	assert_false(s[1].admin);
	assert_true(s[1].delivery);
	assert_false(s[2].admin);
	schleuder_free(s, count);
}

static void
what_is_not_there_or_no_such_database_is_refused(void **state)
{
	struct place *p = *state;
	struct schleuder_subscription *s;
	struct err e = {0};
	size_t count;

	assert_int_equal(schleuder_read(p->path, "a@x", &s, &count, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	test_folder_write(p->folder, "db.sqlite", "nonsense, and no database");
	assert_int_equal(schleuder_read(p->path, "a@x", &s, &count, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_null(s);
	assert_int_equal(count, 0);
}

static void
a_view_in_the_place_of_a_table_runs_nothing(void **state)
{
	struct place *p = *state;
	struct schleuder_subscription *s;
	struct err e = {0};
	size_t count;

	database(p,
	    "CREATE TABLE real_lists (id INTEGER PRIMARY KEY, email TEXT);"
	    "INSERT INTO real_lists VALUES (1, 'a@x');"
	    "CREATE VIEW lists AS SELECT * FROM real_lists;"
	    "CREATE TABLE subscriptions (id INTEGER PRIMARY KEY, list_id,"
	    " email, fingerprint, admin, delivery_enabled)");
	assert_int_equal(schleuder_read(p->path, "a@x", &s, &count, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
}

static void
a_list_has_its_keys_in_either_kind_of_ring(void **state)
{
	struct place *p = *state;
	struct err e = {0};
	struct buf *key;
	size_t count;

	assert_int_equal(schleuder_keys(p->folder, &key, &count, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	test_folder_write(p->folder, "pubring.gpg", "some keys");
	assert_int_equal(schleuder_keys(p->folder, &key, &count, &e), 0);
	assert_int_equal(count, 1);
	assert_string_equal(buf_str(&key[0]), "some keys");
	buf_free(&key[0]);
	free(key);
	/* a keybox that is none has no keys, and goes before the other */
	test_folder_write(p->folder, "pubring.kbx", "");
	assert_int_equal(schleuder_keys(p->folder, &key, &count, &e), 0);
	assert_int_equal(count, 0);
	free(key);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_make, place_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_list_is_named_by_the_end_of_its_folder),
	    TEST(subscriptions_are_read_in_either_spelling_of_truth),
	    TEST(what_is_not_there_or_no_such_database_is_refused),
	    TEST(a_view_in_the_place_of_a_table_runs_nothing),
	    TEST(a_list_has_its_keys_in_either_kind_of_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
