#include "store/dbcopy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "store/test_database.h"

struct copying {
	struct db *db; /* the one that is copied, another's handle */
	int64_t frozen, steps;
	bool fails;
};

static void
put_row(struct db *db, int64_t id)
{
	assert_int_equal(db_run(db, NULL,
			     "INSERT INTO vault_key (id, wrapped) VALUES (?,"
			     " zeroblob(20000))",
			     "i", id),
	    0);
}

static int64_t
rows(struct db *db)
{
	int64_t n;

	assert_int_equal(
	    db_get_int(db, &n, -1, NULL, "SELECT COUNT(*) FROM vault_key", ""),
	    0);
	return n;
}

static int
is_frozen(void *ctx, struct err *e)
{
	struct copying *c = ctx;

	c->frozen++;
	return c->fails ? err_set(e, ERR_TEMP, "no room") : 0;
}

/* Somebody writes between any two pages. */
static void
goes_on(void *ctx, int64_t done, int64_t all)
{
	struct copying *c = ctx;

	assert_true(done <= all);
	put_row(c->db, 1000 + c->steps++);
}

static void
a_copy_is_of_one_moment_however_much_is_written(void **state)
{
	char *from = xasprintf("%s/db", (const char *)*state);
	char *to = xasprintf("%s/copy", (const char *)*state);
	struct copying c = {.db = test_database_open(*state)};
	struct dbcopy copy = {.frozen = is_frozen, .step = goes_on, .ctx = &c};
	struct db *db;
	struct stat st;

	for (int64_t i = 1; i <= 600; i++)
		put_row(c.db, i);
	assert_int_equal(dbcopy_make(from, to, &copy, NULL), 0);
	assert_int_equal(c.frozen, 1);
	assert_true(c.steps > 2);
	assert_int_equal(rows(c.db), 600 + c.steps);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(db_open(&db, to, false, NULL), 0);
	assert_int_equal(rows(db), 600);
	assert_int_equal(db_check(db, NULL), 0);
	db_close(db);
	db_close(c.db);
	free(from);
	free(to);
}

static void
a_copy_that_fails_leaves_neither_file_nor_lock(void **state)
{
	char *from = xasprintf("%s/db", (const char *)*state);
	char *to = xasprintf("%s/copy", (const char *)*state);
	struct copying c = {.db = test_database_open(*state), .fails = true};
	struct dbcopy copy = {.frozen = is_frozen, .ctx = &c};
	struct err e = {0};

	put_row(c.db, 1);
	assert_int_equal(dbcopy_make(from, to, &copy, &e), -1);
	assert_int_equal(e.code, ERR_TEMP);

	assert_int_equal(access(to, F_OK), -1);
	put_row(c.db, 2);
	db_close(c.db);
	free(from);
	free(to);
}

static void
a_file_that_is_there_stays(void **state)
{
	char *from = xasprintf("%s/db", (const char *)*state);
	char *to = xasprintf("%s/copy", (const char *)*state);
	struct dbcopy copy = {.frozen = NULL};
	struct err e = {0};

	db_close(test_database_open(*state));
	test_folder_write(*state, "copy", "mine");
	assert_int_equal(dbcopy_make(from, to, &copy, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_int_equal(access(to, F_OK), 0);
	free(from);
	free(to);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(a_copy_is_of_one_moment_however_much_is_written),
	    TEST(a_copy_that_fails_leaves_neither_file_nor_lock),
	    TEST(a_file_that_is_there_stays)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
