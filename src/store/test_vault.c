#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "store/test_database.h"
#include "store/vault.h"

static const unsigned char master[VAULT_KEY] =
    "a master key of thirty-two byte";

struct place {
	struct db *db;
	struct vault *v;
	int64_t key;
	struct buf sealed;
	struct buf text;
};

static void
place_open(struct place *p, void **state)
{
	p->db = test_database_open(*state);
	assert_int_equal(vault_open(&p->v, p->db, master, NULL), 0);
	assert_int_equal(vault_key_create(p->v, &p->key, NULL), 0);
	buf_init(&p->sealed, 1000);
	buf_init_secret(&p->text, 1000);
	assert_int_equal(
	    vault_seal(p->v, p->key, "a:1", "hello", 5, &p->sealed, NULL), 0);
}

static void
place_close(struct place *p)
{
	buf_free(&p->sealed);
	buf_free(&p->text);
	vault_close(p->v);
	db_close(p->db);
}

static int
unseal(struct place *p, const char *context, struct err *e)
{
	return vault_unseal(
	    p->v, p->key, context, p->sealed.data, p->sealed.len, &p->text, e);
}

static void
what_was_sealed_opens_again_in_another_process(void **state)
{
	struct place p;

	place_open(&p, state);
	assert_null(memmem(p.sealed.data, p.sealed.len, "hello", 5));
	buf_puts(&p.text, "> ");
	assert_int_equal(unseal(&p, "a:1", NULL), 0);
	assert_string_equal(buf_str(&p.text), "> hello");
	vault_close(p.v);
	assert_int_equal(vault_open(&p.v, p.db, master, NULL), 0);
	buf_clear(&p.text);
	assert_int_equal(unseal(&p, "a:1", NULL), 0);
	assert_string_equal(buf_str(&p.text), "hello");
	place_close(&p);
}

static void
an_empty_value_opens_as_one(void **state)
{
	struct place p;

	place_open(&p, state);
	buf_clear(&p.sealed);
	assert_int_equal(
	    vault_seal(p.v, p.key, "a:1", NULL, 0, &p.sealed, NULL), 0);
	assert_int_equal(unseal(&p, "a:1", NULL), 0);
	assert_int_equal(p.text.len, 0);
	place_close(&p);
}

static void
a_changed_bit_anywhere_is_found(void **state)
{
	struct place p;

	place_open(&p, state);
	buf_puts(&p.text, "kept");
	for (size_t i = 0; i < p.sealed.len; i++) {
		struct err e = {0};

		p.sealed.data[i] ^= 1;
		assert_int_equal(unseal(&p, "a:1", &e), -1);
		assert_int_equal(e.code, ERR_DATA);
		assert_string_equal(buf_str(&p.text), "kept");
		p.sealed.data[i] ^= 1;
	}
	assert_int_equal(unseal(&p, "a:1", NULL), 0);
	place_close(&p);
}

static void
a_value_cut_short_anywhere_does_not_open(void **state)
{
	struct place p;

	place_open(&p, state);
	for (size_t len = 0; len < p.sealed.len; len++) {
		void *exact = xmemdup(p.sealed.data, len);

		assert_int_equal(
		    vault_unseal(p.v, p.key, "a:1", exact, len, &p.text, NULL),
		    -1);
		free(exact);
	}
	place_close(&p);
}

static void
another_context_key_or_master_opens_nothing(void **state)
{
	unsigned char other[VAULT_KEY] = "not the master key";
	struct err e = {0};
	struct place p;
	int64_t first;

	place_open(&p, state);
	assert_int_equal(unseal(&p, "a:2", &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	first = p.key;
	assert_int_equal(vault_key_create(p.v, &p.key, NULL), 0);
	assert_int_not_equal(first, p.key);
	assert_int_equal(unseal(&p, "a:1", &e), -1);
	p.key = first;
	vault_close(p.v);
	assert_int_equal(vault_open(&p.v, p.db, other, NULL), 0);
	assert_int_equal(unseal(&p, "a:1", &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	place_close(&p);
}

static void
a_wrapped_key_moved_to_another_row_opens_nothing(void **state)
{
	struct err e = {0};
	struct place p;

	place_open(&p, state);
	assert_int_equal(db_insert(p.db, &p.key, NULL,
			     "INSERT INTO vault_key (wrapped)"
			     " SELECT wrapped FROM vault_key",
			     ""),
	    0);
	vault_close(p.v);
	assert_int_equal(vault_open(&p.v, p.db, master, NULL), 0);
	assert_int_equal(unseal(&p, "a:1", &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	place_close(&p);
}

static void
a_destroyed_key_is_gone_in_every_process(void **state)
{
	struct vault *other;
	struct err e = {0};
	struct place p;

	place_open(&p, state);
	assert_int_equal(vault_open(&other, p.db, master, NULL), 0);
	assert_int_equal(vault_key_destroy(other, p.key, NULL), 0);
	assert_int_equal(vault_key_destroy(other, 99, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	e.code = ERR_NONE;
	/* p.v had it in its cache */
	assert_int_equal(unseal(&p, "a:1", &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	e.code = ERR_NONE;
	assert_int_equal(
	    vault_seal(p.v, p.key, "a:1", "x", 1, &p.sealed, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	vault_close(other);
	place_close(&p);
}

static void
a_key_that_was_rolled_back_is_not_used_for_its_successor(void **state)
{
	struct vault *other;
	struct place p;
	int64_t lost;

	place_open(&p, state);
	assert_int_equal(db_begin(p.db, NULL), 0);
	assert_int_equal(vault_key_create(p.v, &lost, NULL), 0);
	buf_clear(&p.sealed);
	assert_int_equal(
	    vault_seal(p.v, lost, "a:1", "x", 1, &p.sealed, NULL), 0);
	db_rollback(p.db);
	assert_int_equal(vault_key_create(p.v, &p.key, NULL), 0);
	assert_int_equal(p.key, lost);
	buf_clear(&p.sealed);
	assert_int_equal(
	    vault_seal(p.v, p.key, "a:1", "y", 1, &p.sealed, NULL), 0);
	assert_int_equal(vault_open(&other, p.db, master, NULL), 0);
	assert_int_equal(vault_unseal(other, p.key, "a:1", p.sealed.data,
			     p.sealed.len, &p.text, NULL),
	    0);
	assert_string_equal(buf_str(&p.text), "y");
	vault_close(other);
	place_close(&p);
}

static void
more_keys_than_are_kept_unwrapped_all_work(void **state)
{
	struct place p;
	int64_t key[40];

	place_open(&p, state);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(vault_key_create(p.v, &key[i], NULL), 0);
	for (size_t i = 0; i < 80; i++) {
		p.key = key[i % 40];
		buf_clear(&p.sealed);
		buf_clear(&p.text);
		assert_int_equal(
		    vault_seal(p.v, p.key, "c", &i, sizeof(i), &p.sealed, NULL),
		    0);
		assert_int_equal(unseal(&p, "c", NULL), 0);
		assert_memory_equal(p.text.data, &i, sizeof(i));
	}
	place_close(&p);
}

static void
a_keyed_hash_differs_by_purpose_and_value(void **state)
{
	unsigned char a[32], b[32];
	struct place p;

	place_open(&p, state);
	vault_hash(p.v, "token", "abc", 3, a);
	vault_hash(p.v, "token", "abc", 3, b);
	assert_memory_equal(a, b, 32);
	vault_hash(p.v, "index", "abc", 3, b);
	assert_memory_not_equal(a, b, 32);
	vault_hash(p.v, "token", "abd", 3, b);
	assert_memory_not_equal(a, b, 32);
	place_close(&p);
}

static void
a_value_over_the_buffer_is_refused(void **state)
{
	struct err e = {0};
	struct place p;
	struct buf small;

	place_open(&p, state);
	buf_init(&small, 4);
	assert_int_equal(vault_unseal(p.v, p.key, "a:1", p.sealed.data,
			     p.sealed.len, &small, &e),
	    -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_int_equal(small.len, 0);
	place_close(&p);
}

int
main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)
	const struct CMUnitTest tests[] = {
	    TEST(what_was_sealed_opens_again_in_another_process),
	    TEST(an_empty_value_opens_as_one),
	    TEST(a_changed_bit_anywhere_is_found),
	    TEST(a_value_cut_short_anywhere_does_not_open),
	    TEST(another_context_key_or_master_opens_nothing),
	    TEST(a_wrapped_key_moved_to_another_row_opens_nothing),
	    TEST(a_destroyed_key_is_gone_in_every_process),
	    TEST(a_key_that_was_rolled_back_is_not_used_for_its_successor),
	    TEST(more_keys_than_are_kept_unwrapped_all_work),
	    TEST(a_keyed_hash_differs_by_purpose_and_value),
	    TEST(a_value_over_the_buffer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
