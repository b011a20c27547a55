#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/test_folder.h"
#include "store/blob.h"
#include "store/test_database.h"

static const unsigned char master[VAULT_KEY] =
    "a master key of thirty-two byte";

struct place {
	struct db *db;
	struct vault *v;
	struct spool *s;
	int64_t key;
	char name[BLOB_NAME];
	struct buf text;
};

static void
place_open(struct place *p, void **state)
{
	char *path = xasprintf("%s/spool", (const char *)*state);

	p->db = test_database_open(*state);
	assert_int_equal(spool_open(&p->s, path, NULL), 0);
	assert_int_equal(vault_open(&p->v, p->db, master, NULL), 0);
	assert_int_equal(vault_key_create(p->v, &p->key, NULL), 0);
	buf_init_secret(&p->text, 1000);
	free(path);
}

static void
place_close(struct place *p)
{
	buf_free(&p->text);
	vault_close(p->v);
	spool_close(p->s);
	db_close(p->db);
}

static void
a_blob_comes_back_under_its_own_name_alone(void **state)
{
	char other[BLOB_NAME];
	struct err e = {ERR_NONE, ""};
	struct place p;

	place_open(&p, state);
	assert_int_equal(
	    blob_put(p.db, p.v, p.s, p.key, "hello", 5, p.name, &e), 0);
	assert_int_equal(
	    blob_put(p.db, p.v, p.s, p.key, "other", 5, other, &e), 0);
	assert_int_equal(blob_get(p.v, p.s, p.key, p.name, &p.text, &e), 0);
	assert_string_equal(buf_str(&p.text), "hello");
	/* one file in the other's place is noticed */
	buf_clear(&p.text);
	assert_int_equal(spool_read_blob(p.s, other, &p.text, &e), 0);
	assert_null(memmem(p.text.data, p.text.len, "other", 5));
	assert_int_equal(spool_put_blob(p.s, p.name, &p.text, &e), 0);
	buf_clear(&p.text);
	assert_int_equal(blob_get(p.v, p.s, p.key, p.name, &p.text, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	place_close(&p);
}

static void
what_its_key_sealed_is_gone_with_the_key(void **state)
{
	struct err e = {ERR_NONE, ""};
	struct place p;

	place_open(&p, state);
	assert_int_equal(
	    blob_put(p.db, p.v, p.s, p.key, "hello", 5, p.name, &e), 0);
	assert_int_equal(vault_key_destroy(p.v, p.key, &e), 0);
	assert_int_equal(blob_get(p.v, p.s, p.key, p.name, &p.text, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	assert_int_equal(p.text.len, 0);
	place_close(&p);
}

static void
a_file_without_a_row_goes_once_it_is_old(void **state)
{
	int64_t now = clock_now(NULL);
	struct err e = {ERR_NONE, ""};
	struct place p;
	char lost[BLOB_NAME];

	place_open(&p, state);
	assert_int_equal(
	    blob_put(p.db, p.v, p.s, p.key, "hello", 5, p.name, &e), 0);
	assert_int_equal(db_begin(p.db, &e), 0);
	assert_int_equal(
	    blob_put(p.db, p.v, p.s, p.key, "lost", 4, lost, &e), 0);
	db_rollback(p.db);
	assert_int_equal(blob_sweep(p.db, p.s, now, 3600, &e), 0);
	assert_int_equal(spool_read_blob(p.s, lost, &p.text, &e), 0);
	assert_int_equal(blob_sweep(p.db, p.s, now + 7200, 3600, &e), 0);
	assert_int_equal(spool_read_blob(p.s, lost, &p.text, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	assert_int_equal(spool_read_blob(p.s, p.name, &p.text, &e), 0);
	place_close(&p);
}

static int
setup(void **state)
{
	*state = test_folder_make();
	return 0;
}

static int
teardown(void **state)
{
	return test_folder_remove(*state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_blob_comes_back_under_its_own_name_alone, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		what_its_key_sealed_is_gone_with_the_key, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_file_without_a_row_goes_once_it_is_old, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
