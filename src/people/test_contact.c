#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "people/contact.h"
#include "people/key.h"
#include "store/test_database.h"

#define FPR_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define FPR_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

static struct contact
person(const char *name, const char *address)
{
	struct contact c = {.name = xstrdup(name), .class = CLASS_VENDOR};

	if (address != NULL)
		strs_add(&c.addresses, address);
	return c;
}

static void
bind(struct contact *c, const char *fingerprint)
{
	c->key = xgrow(c->key, c->keys, sizeof(*c->key));
	c->key[c->keys++] =
	    (struct contact_key){.fingerprint = xstrdup(fingerprint),
		.verified = VERIFIED_PHONE,
		.verified_at = 5,
		.verified_by = 1};
}

static void
know_key(struct db *db, const char *fingerprint)
{
	struct key k = {0};
	bool fresh;

	memcpy(k.fingerprint, fingerprint, strlen(fingerprint));
	assert_int_equal(key_store(db, 1, &k, false, &fresh, NULL), 0);
	assert_true(fresh);
}

static int64_t
added(struct db *db, struct contact c)
{
	struct err e = {0};
	int64_t id;

	if (contact_add(db, 1, &c, &id, &e) == -1)
		fail_msg("%s", e.text);
	contact_free(&c);
	return id;
}

static void
a_contact_comes_back_as_it_was_written(void **state)
{
	struct db *db = test_database_open(*state);
	struct contact c = person("Taro", "Taro@Example.net"), back;
	int64_t id, before, after;

	know_key(db, FPR_A);
	strs_add(&c.addresses, "t2@example.net");
	strs_add(&c.addresses, "T2@EXAMPLE.NET");
	strs_add(&c.roles, "poc");
	strs_add(&c.tags, "vip");
	c.organisation = xstrdup("Example");
	c.language = xstrdup("ja");
	bind(&c, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	assert_int_equal(people_version(db, &before, NULL), 0);
	assert_int_equal(contact_add(db, 77, &c, &id, NULL), 0);
	assert_int_equal(people_version(db, &after, NULL), 0);
	assert_true(after > before);
	contact_free(&c);
	assert_int_equal(
	    contact_by_address(db, "taro@EXAMPLE.net", &back, NULL), 0);
	assert_int_equal(back.id, id);
	assert_string_equal(back.name, "Taro");
	assert_string_equal(back.organisation, "Example");
	assert_string_equal(back.language, "ja");
	assert_int_equal(back.class, CLASS_VENDOR);
	assert_int_equal(back.created_at, 77);
	assert_false(back.removed);
	assert_int_equal(back.addresses.count, 2);
	assert_string_equal(back.addresses.item[0], "Taro@Example.net");
	assert_true(strs_has(&back.roles, "poc"));
	assert_true(strs_has(&back.tags, "vip"));
	assert_int_equal(back.keys, 1);
	assert_string_equal(back.key[0].fingerprint, FPR_A);
	assert_int_equal(back.key[0].verified, VERIFIED_PHONE);
	assert_int_equal(back.key[0].verified_at, 5);
	assert_int_equal(back.key[0].verified_by, 1);
	contact_free(&back);
	db_close(db);
}

static void
a_key_or_address_of_another_contact_is_refused_by_name(void **state)
{
	struct db *db = test_database_open(*state);
	struct contact c = person("First", "first@example.net");
	struct err e = {0};
	int64_t id;

	know_key(db, FPR_A);
	bind(&c, FPR_A);
	(void)added(db, c);
	c = person("Second", "second@example.net");
	bind(&c, FPR_A);
	assert_int_equal(db_begin(db, NULL), 0);
	assert_int_equal(contact_add(db, 1, &c, &id, &e), -1);
	db_rollback(db);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, "First"));
	contact_free(&c);
	c = person("Third", "FIRST@example.net");
	assert_int_equal(contact_add(db, 1, &c, &id, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, "First"));
	contact_free(&c);
	c = person("Fourth", NULL);
	bind(&c, FPR_B);
	assert_int_equal(contact_add(db, 1, &c, &id, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	contact_free(&c);
	db_close(db);
}

static void
a_removed_contact_frees_its_address_and_key(void **state)
{
	struct db *db = test_database_open(*state);
	struct contact c = person("First", "a@example.net"), back;
	struct err e = {0};
	int64_t id;
	char text[24];

	know_key(db, FPR_A);
	bind(&c, FPR_A);
	id = added(db, c);
	assert_int_equal(contact_remove(db, 9, id, NULL), 0);
	assert_int_equal(contact_remove(db, 9, id, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	assert_int_equal(contact_get(db, id, &back, NULL), 0);
	assert_true(back.removed);
	assert_string_equal(back.name, "First");
	assert_int_equal(back.keys + back.addresses.count, 0);
	assert_int_equal(contact_set(db, 9, &back, &e), -1);
	contact_free(&back);
	(void)snprintf(text, sizeof(text), "%lld", (long long)id);
	assert_int_equal(contact_find(db, text, &back, &e), -1);
	assert_int_equal(contact_find(db, "First", &back, &e), -1);
	assert_int_equal(contact_by_key(db, FPR_A, &back, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	c = person("Second", "a@example.net");
	bind(&c, FPR_A);
	(void)added(db, c);
	assert_int_equal(contact_by_key(db, FPR_A, &back, NULL), 0);
	assert_string_equal(back.name, "Second");
	contact_free(&back);
	db_close(db);
}

static void
setting_replaces_everything_but_the_id(void **state)
{
	struct db *db = test_database_open(*state);
	struct contact c = person("Old", "old@example.net"), back;
	int64_t id;

	strs_add(&c.roles, "poc");
	id = added(db, c);
	c = person("New", "new@example.net");
	c.id = id;
	c.class = CLASS_STAFF;
	assert_int_equal(contact_set(db, 2, &c, NULL), 0);
	contact_free(&c);
	assert_int_equal(contact_find(db, "New", &back, NULL), 0);
	assert_int_equal(back.id, id);
	assert_int_equal(back.class, CLASS_STAFF);
	assert_int_equal(back.roles.count, 0);
	assert_int_equal(back.created_at, 1);
	contact_free(&back);
	assert_int_equal(
	    contact_by_address(db, "old@example.net", &back, NULL), -1);
	db_close(db);
}

static void
a_name_that_two_have_finds_neither(void **state)
{
	struct db *db = test_database_open(*state);
	struct contact back;
	struct err e = {0};

	(void)added(db, person("Taro", "a@example.net"));
	(void)added(db, person("Taro", "b@example.net"));
	assert_int_equal(contact_find(db, "Taro", &back, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_int_equal(contact_find(db, "", &back, &e), -1);
	assert_int_equal(e.code, ERR_NOINPUT);
	assert_int_equal(
	    contact_find(db, "99999999999999999999999", &back, &e), -1);
	assert_int_equal(contact_find(db, "1", &back, NULL), 0);
	contact_free(&back);
	db_close(db);
}

static void
contacts_are_listed_by_role(void **state)
{
	struct db *db = test_database_open(*state);
	struct contact c = person("A", NULL), *list;
	size_t count;

	strs_add(&c.roles, "handler");
	(void)added(db, c);
	(void)added(db, person("B", NULL));
	assert_int_equal(contact_list(db, NULL, &list, &count, NULL), 0);
	assert_int_equal(count, 2);
	contact_list_free(list, count);
	assert_int_equal(contact_list(db, "handler", &list, &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].name, "A");
	contact_list_free(list, count);
	db_close(db);
}

static void
staff_are_listed_without_the_others(void **state)
{
	struct db *db = test_database_open(*state);
	struct contact a = person("A", NULL), b = person("B", NULL), *list;
	int64_t gone;
	size_t count;

	a.class = b.class = CLASS_STAFF;
	(void)added(db, person("C", NULL));
	(void)added(db, a);
	gone = added(db, b);
	assert_int_equal(contact_list_staff(db, &list, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_string_equal(list[0].name, "A");
	assert_int_equal(list[0].class, CLASS_STAFF);
	contact_list_free(list, count);
	assert_int_equal(contact_remove(db, 1, gone, NULL), 0);
	assert_int_equal(contact_list_staff(db, &list, &count, NULL), 0);
	assert_int_equal(count, 1);
	contact_list_free(list, count);
	db_close(db);
}

static void
staff_who_only_look_on_are_no_readers(void **state)
{
	struct contact c = person("A", "a@example.org");

	(void)state;
	assert_false(contact_is_reader(&c));
	c.class = CLASS_STAFF;
	assert_true(contact_is_reader(&c));
	strs_add(&c.roles, "legal");
	assert_false(contact_is_reader(&c));
	strs_add(&c.roles, "observer");
	assert_false(contact_is_reader(&c));
	strs_add(&c.roles, "handler");
	assert_true(contact_is_reader(&c));
	strs_free(&c.addresses);
	assert_false(contact_is_reader(&c));
	assert_true(contact_may_read(&c));
	strs_free(&c.roles);
	strs_add(&c.roles, "observer");
	assert_false(contact_may_read(&c));
	contact_free(&c);
}

int
main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)
	const struct CMUnitTest tests[] = {
	    TEST(a_contact_comes_back_as_it_was_written),
	    TEST(a_key_or_address_of_another_contact_is_refused_by_name),
	    TEST(a_removed_contact_frees_its_address_and_key),
	    TEST(setting_replaces_everything_but_the_id),
	    TEST(a_name_that_two_have_finds_neither),
	    TEST(contacts_are_listed_by_role),
	    TEST(staff_are_listed_without_the_others),
	    TEST(staff_who_only_look_on_are_no_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
