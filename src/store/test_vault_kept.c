#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/keyctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "store/test_database.h"
#include "store/vault_kept.h"

static const unsigned char master[VAULT_KEY] =
    "a master key of thirty-two byte";
static const unsigned char other[VAULT_KEY] = "another key of thirty-two bytes";

/* Whether this kernel keeps keys for us; containers' often do not. */
static bool
kernel_keeps(void)
{
	long id = syscall(SYS_add_key, "user", "noroshi:test", "x", (size_t)1,
	    (long)KEY_SPEC_PROCESS_KEYRING);

	return id != -1 && syscall(SYS_keyctl, (long)KEYCTL_SEARCH,
			       (long)KEY_SPEC_PROCESS_KEYRING, "user",
			       "noroshi:test", 0L) == id;
}

struct place {
	struct db *db;
	struct vault *v; /* of master, with one key */
	char *gnupg;
};

static void
place_open(struct place *p, void **state)
{
	int64_t key;

	if (!kernel_keeps())
		skip();
	p->db = test_database_open(*state);
	p->gnupg = xasprintf("%s/gnupg", (const char *)*state);
	assert_int_equal(mkdir(p->gnupg, 0700), 0);
	test_folder_write(p->gnupg, "vault.pgp", "sealed");
	assert_int_equal(vault_open(&p->v, p->db, master, NULL), 0);
	assert_int_equal(vault_key_create(p->v, &key, NULL), 0);
}

static void
place_close(struct place *p)
{
	vault_kept_drop(p->gnupg);
	vault_close(p->v);
	free(p->gnupg);
	db_close(p->db);
}

/* What vault_kept_open says of that folder. */
static int
opens(struct place *p, const char *gnupg)
{
	struct vault *v;
	int rc = vault_kept_open(&v, p->db, gnupg, NULL);

	assert_int_equal(v != NULL, rc == 1);
	if (rc == 1)
		assert_memory_equal(vault_master(v), master, VAULT_KEY);
	vault_close(v);
	return rc;
}

static void
a_key_that_was_kept_opens_the_vault(void **state)
{
	struct place p;

	place_open(&p, state);
	assert_int_equal(opens(&p, p.gnupg), 0);
	vault_kept_put(p.v, p.gnupg, 60);
	assert_int_equal(opens(&p, p.gnupg), 1);
	vault_kept_put(p.v, p.gnupg, 60);
	assert_int_equal(opens(&p, p.gnupg), 1);
	vault_kept_drop(p.gnupg);
	assert_int_equal(opens(&p, p.gnupg), 0);
	place_close(&p);
}

static void
no_time_keeps_nothing(void **state)
{
	struct place p;

	place_open(&p, state);
	vault_kept_put(p.v, p.gnupg, 0);
	vault_kept_put(p.v, p.gnupg, -1);
	assert_int_equal(opens(&p, p.gnupg), 0);
	place_close(&p);
}

static void
a_kept_key_ends_by_itself(void **state)
{
	struct place p;

	place_open(&p, state);
	vault_kept_put(p.v, p.gnupg, 1);
	assert_int_equal(opens(&p, p.gnupg), 1);
	sleep(2);
	assert_int_equal(opens(&p, p.gnupg), 0);
	place_close(&p);
}

static void
another_folder_and_another_vault_ask_for_themselves(void **state)
{
	char *copy = xasprintf("%s/copy", (const char *)*state);
	struct place p;

	place_open(&p, state);
	assert_int_equal(mkdir(copy, 0700), 0);
	test_folder_write(copy, "vault.pgp", "sealed");
	vault_kept_put(p.v, p.gnupg, 60);
	assert_int_equal(opens(&p, copy), 0);
	test_folder_write(p.gnupg, "vault.pgp", "another");
	assert_int_equal(opens(&p, p.gnupg), 0);
	test_folder_write(p.gnupg, "vault.pgp", "sealed");
	assert_int_equal(opens(&p, p.gnupg), 1);
	place_close(&p);
	free(copy);
}

static void
a_key_that_did_not_wrap_the_newest_one_is_not_taken(void **state)
{
	struct place p;
	struct vault *wrong;

	place_open(&p, state);
	assert_int_equal(vault_open(&wrong, p.db, other, NULL), 0);
	vault_kept_put(wrong, p.gnupg, 60);
	vault_close(wrong);
	assert_int_equal(opens(&p, p.gnupg), 0);
	place_close(&p);
}

static void
with_no_key_to_tell_by_none_is_taken(void **state)
{
	struct place p;

	place_open(&p, state);
	vault_kept_put(p.v, p.gnupg, 60);
	assert_int_equal(vault_key_destroy(p.v, 1, NULL), 0);
	assert_int_equal(opens(&p, p.gnupg), 0);
	place_close(&p);
}

static void
a_gateway_without_its_vault_has_none(void **state)
{
	struct place p;

	place_open(&p, state);
	assert_int_equal(opens(&p, "/nonexistent"), 0);
	vault_kept_put(p.v, "/nonexistent", 60);
	vault_kept_drop("/nonexistent");
	place_close(&p);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, test_folder_open, test_folder_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_key_that_was_kept_opens_the_vault),
	    TEST(no_time_keeps_nothing),
	    TEST(a_kept_key_ends_by_itself),
	    TEST(another_folder_and_another_vault_ask_for_themselves),
	    TEST(a_key_that_did_not_wrap_the_newest_one_is_not_taken),
	    TEST(with_no_key_to_tell_by_none_is_taken),
	    TEST(a_gateway_without_its_vault_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
