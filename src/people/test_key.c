#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "people/contact.h"
#include "people/key.h"
#include "store/test_database.h"

#define FPR_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define FPR_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define FPR_SUB "CCCCCCCCCCCCCCCCCCCCCCCC0123456789ABCDEF"
#define ID_SUB "0123456789ABCDEF"

static void
put_subkey(struct key *k, const char *fingerprint)
{
	struct subkey *s;

	k->subkey = xgrow(k->subkey, k->subkeys, sizeof(*k->subkey));
	s = &k->subkey[k->subkeys++];
	*s = (struct subkey){.created = 3,
	    .expires = 4,
	    .can_sign = true,
	    .algorithm = "ed25519",
	    .bits = 255};
	memcpy(s->fingerprint, fingerprint, strlen(fingerprint));
	memcpy(s->key_id, fingerprint + 24, 16);
}

static struct key
made(const char *fingerprint)
{
	struct key k = {.created = 1, .expires = 2};

	memcpy(k.fingerprint, fingerprint, strlen(fingerprint));
	strs_add(&k.user_ids, "Taro <taro@example.net>");
	strs_add(&k.user_ids, "Team; a, b <team@example.net>");
	strs_add(&k.addresses, "taro@example.net");
	strs_add(&k.addresses, "team@example.net");
	put_subkey(&k, fingerprint);
	put_subkey(&k, FPR_SUB);
	buf_init(&k.material, 100);
	buf_put(&k.material, "m\0m", 3);
	buf_init(&k.blob, 100);
	buf_put(&k.blob, "b\0b", 3);
	return k;
}

static bool
stored(struct db *db, const struct key *k, bool team)
{
	struct err e = {0};
	bool fresh;

	if (key_store(db, 1, k, team, &fresh, &e) == -1)
		fail_msg("%s", e.text);
	return fresh;
}

static void
a_key_comes_back_as_it_was_stored(void **state)
{
	struct db *db = test_database_open(*state);
	struct key k = made(FPR_A), back;
	int64_t before, after;

	assert_int_equal(people_version(db, &before, NULL), 0);
	assert_true(stored(db, &k, false));
	assert_int_equal(people_version(db, &after, NULL), 0);
	assert_true(after > before);
	assert_int_equal(key_get(db, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			     &back, NULL),
	    0);
	assert_string_equal(back.fingerprint, FPR_A);
	assert_int_equal(back.user_ids.count, 2);
	assert_string_equal(back.user_ids.item[1], k.user_ids.item[1]);
	assert_int_equal(back.addresses.count, 2);
	assert_string_equal(back.addresses.item[0], "taro@example.net");
	assert_int_equal(back.created, 1);
	assert_int_equal(back.expires, 2);
	assert_false(back.revoked);
	assert_int_equal(back.subkeys, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct subkey *s = &back.subkey[i];

		assert_string_equal(s->fingerprint, k.subkey[i].fingerprint);
		assert_string_equal(s->key_id, k.subkey[i].key_id);
		assert_string_equal(s->algorithm, "ed25519");
		assert_int_equal(s->created, 3);
		assert_int_equal(s->expires, 4);
		assert_int_equal(s->bits, 255);
		assert_true(s->can_sign);
		assert_false(s->can_encrypt);
	}
	assert_int_equal(back.material.len, 3);
	assert_memory_equal(back.material.data, "m\0m", 3);
	assert_int_equal(back.blob.len, 3);
	assert_memory_equal(back.blob.data, "b\0b", 3);
	key_free(&back);
	key_free(&k);
	db_close(db);
}

static void
a_key_is_found_by_its_subkey_and_key_id(void **state)
{
	struct db *db = test_database_open(*state);
	struct key k = made(FPR_A), back;
	struct err e = {0};

	(void)stored(db, &k, false);
	assert_int_equal(key_get(db, FPR_SUB, &back, NULL), 0);
	assert_string_equal(back.fingerprint, FPR_A);
	key_free(&back);
	assert_int_equal(key_get(db, "0123456789abcdef", &back, NULL), 0);
	key_free(&back);
	assert_int_equal(key_get(db, FPR_B, &back, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	assert_int_equal(key_get(db, "taro@example.net", &back, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	key_free(&k);
	db_close(db);
}

static void
a_key_id_of_two_keys_is_the_bound_ones(void **state)
{
	struct db *db = test_database_open(*state);
	struct key a = made(FPR_A), b = made(FPR_B), back;
	struct contact c = {.name = xstrdup("Taro"), .class = CLASS_VENDOR};
	struct err e = {0};
	int64_t id;

	(void)stored(db, &a, false);
	(void)stored(db, &b, false);
	assert_int_equal(key_get(db, ID_SUB, &back, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_int_equal(key_get(db, FPR_A, &back, NULL), 0);
	key_free(&back);
	c.key = xcalloc(1, sizeof(*c.key));
	c.key[0].fingerprint = xstrdup(FPR_B);
	c.keys = 1;
	assert_int_equal(contact_add(db, 1, &c, &id, NULL), 0);
	contact_free(&c);
	assert_int_equal(key_get(db, ID_SUB, &back, NULL), 0);
	assert_string_equal(back.fingerprint, FPR_B);
	key_free(&back);
	key_free(&a);
	key_free(&b);
	db_close(db);
}

static void
a_newer_copy_replaces_the_older_one_and_keeps_its_binding(void **state)
{
	struct db *db = test_database_open(*state);
	struct key k = made(FPR_A), back;
	struct contact c = {.name = xstrdup("Taro"), .class = CLASS_VENDOR};
	int64_t id;

	(void)stored(db, &k, true);
	c.key = xcalloc(1, sizeof(*c.key));
	c.key[0].fingerprint = xstrdup(FPR_A);
	c.keys = 1;
	assert_int_equal(contact_add(db, 1, &c, &id, NULL), 0);
	contact_free(&c);
	k.expires = 99;
	k.subkeys = 1;
	assert_false(stored(db, &k, false));
	assert_int_equal(key_get(db, FPR_A, &back, NULL), 0);
	assert_int_equal(back.expires, 99);
	assert_int_equal(back.subkeys, 1);
	key_free(&back);
	assert_int_equal(contact_by_key(db, FPR_A, &c, NULL), 0);
	contact_free(&c);
	key_free(&k);
	db_close(db);
}

static void
an_older_copy_takes_no_revocation_back(void **state)
{
	struct db *db = test_database_open(*state);
	struct key k = made(FPR_A), back;

	k.revoked = true;
	(void)stored(db, &k, false);
	k.revoked = false;
	k.expires = 0;
	assert_false(stored(db, &k, false));
	assert_int_equal(key_get(db, FPR_A, &back, NULL), 0);
	assert_true(back.revoked);
	assert_int_equal(back.expires, 2);
	key_free(&back);
	k.revoked = true;
	k.subkey[1].revoked = true;
	(void)stored(db, &k, false);
	k.subkey[1].revoked = false;
	(void)stored(db, &k, false);
	assert_int_equal(key_get(db, FPR_A, &back, NULL), 0);
	assert_true(back.subkey[1].revoked);
	key_free(&back);
	key_free(&k);
	db_close(db);
}

static void
team_keys_are_listed_apart_and_stay_the_teams(void **state)
{
	struct db *db = test_database_open(*state);
	struct key a = made(FPR_A), b = made(FPR_B), *list;
	size_t count;

	(void)stored(db, &a, true);
	(void)stored(db, &b, false);
	(void)stored(db, &a, false);
	assert_int_equal(key_list(db, true, &list, &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].fingerprint, FPR_A);
	key_free(&list[0]);
	free(list);
	assert_int_equal(key_list(db, false, &list, &count, NULL), 0);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++)
		key_free(&list[i]);
	free(list);
	key_free(&a);
	key_free(&b);
	db_close(db);
}

static void
a_subkey_claimed_without_its_consent_is_not_in_doubt(void **state)
{
	struct db *db = test_database_open(*state);
	struct key a = made(FPR_A), b = made(FPR_B), k;

	/* what cannot sign has not signed that it belongs there */
	b.subkey[1].can_sign = false;
	stored(db, &b, false);
	stored(db, &a, false);
	assert_int_equal(key_get(db, FPR_SUB, &k, NULL), 0);
	assert_string_equal(k.fingerprint, FPR_A);
	key_free(&k);
	assert_int_equal(key_get(db, ID_SUB, &k, NULL), 0);
	assert_string_equal(k.fingerprint, FPR_A);
	key_free(&k);
	key_free(&a);
	key_free(&b);
	db_close(db);
}

int
main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)
	const struct CMUnitTest tests[] = {
	    TEST(a_key_comes_back_as_it_was_stored),
	    TEST(a_key_is_found_by_its_subkey_and_key_id),
	    TEST(a_key_id_of_two_keys_is_the_bound_ones),
	    TEST(a_newer_copy_replaces_the_older_one_and_keeps_its_binding),
	    TEST(an_older_copy_takes_no_revocation_back),
	    TEST(team_keys_are_listed_apart_and_stay_the_teams),
	    TEST(a_subkey_claimed_without_its_consent_is_not_in_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
