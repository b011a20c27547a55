#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "people/wanted.h"
#include "store/test_database.h"

#define FPR "AAAAAAAAAAAAAAAAAAAAAAAA0123456789ABCDEF"
#define ID "0123456789ABCDEF"

static int64_t
message(struct db *db, const char *sha)
{
	int64_t id;

	assert_int_equal(db_insert(db, &id, NULL,
			     "INSERT INTO message (sha256, direction, source,"
			     " received_at, size, state) VALUES"
			     " (?, 'in', 'pipe', 1, 1, 'processed')",
			     "s", sha),
	    0);
	return id;
}

static void
wants(struct db *db, int64_t id, const char *signer, bool closed,
    const char *recipient)
{
	struct strs signers = {0}, recipients = {0};

	if (signer != NULL)
		strs_add(&signers, signer);
	if (recipient != NULL)
		strs_add(&recipients, recipient);
	assert_int_equal(
	    wanted_set(db, id, &signers, closed, &recipients, NULL), 0);
	strs_free(&signers);
	strs_free(&recipients);
}

static void
arrives(struct db *db, bool can_sign, bool secret)
{
	struct subkey s = {
	    .fingerprint = FPR, .key_id = ID, .can_sign = can_sign};
	struct key k = {.fingerprint = FPR, .subkey = &s, .subkeys = 1};

	assert_int_equal(wanted_arrived(db, &k, secret, NULL), 0);
}

/* The ids that are due at now, each as a digit. */
static void
due_are(struct db *db, int64_t now, const char *ids)
{
	struct due due[9];
	size_t count;
	char got[10] = "";

	assert_int_equal(wanted_due(db, now, due, 9, &count, NULL), 0);
	for (size_t i = 0; i < count; i++)
		got[i] = (char)('0' + due[i].id);
	assert_string_equal(got, ids);
}

static void
a_key_brings_back_who_was_judged_without_it(void **state)
{
	struct db *db = test_database_open(*state);

	wants(db, message(db, "a"), FPR, false, NULL);
	wants(db, message(db, "b"), "0123456789abcdef", false, NULL);
	wants(db, message(db, "c"), "FEDCBA9876543210", false, NULL);
	wants(db, message(db, "d"), NULL, true, ID);
	wants(db, message(db, "e"), NULL, true, "0000000000000000");
	wants(db, message(db, "f"), NULL, true, NULL);
	wants(db, message(db, "g"), NULL, true, "FEDCBA9876543210");
	due_are(db, 1, "");
	/* what cannot sign made no signature */
	arrives(db, false, false);
	due_are(db, 1, "");
	arrives(db, true, false);
	due_are(db, 1, "12");
	arrives(db, false, true);
	due_are(db, 1, "12456");
	assert_int_equal(wanted_done(db, 1, NULL), 0);
	assert_int_equal(db_changed(db), 1);
	assert_int_equal(wanted_done(db, 1, NULL), 0);
	assert_int_equal(db_changed(db), 0);
	due_are(db, 1, "2456");
	db_close(db);
}

static void
a_binding_brings_back_what_that_key_signed(void **state)
{
	struct db *db = test_database_open(*state);

	wants(db, message(db, "a"), FPR, false, NULL);
	wants(db, message(db, "b"), ID, false, NULL);
	assert_int_equal(wanted_bound(db, FPR, NULL), 0);
	due_are(db, 1, "1");
	/* judged again, nothing is missing */
	wants(db, 1, NULL, false, NULL);
	assert_int_equal(wanted_done(db, 1, NULL), 0);
	assert_int_equal(wanted_again(db, 1, NULL), 0);
	assert_int_equal(wanted_again(db, 2, NULL), 0);
	due_are(db, 1, "2");
	db_close(db);
}

static void
an_attempt_that_failed_waits_and_is_given_up_at_last(void **state)
{
	struct db *db = test_database_open(*state);
	struct due due;
	size_t count;
	int64_t next, n;

	wants(db, message(db, "a"), FPR, false, NULL);
	arrives(db, true, false);
	assert_int_equal(attempts_start(db, &wanted_attempts, 1, NULL), 0);
	assert_int_equal(attempts_start(db, &wanted_attempts, 1, NULL), 0);
	assert_int_equal(attempts_release(db, &wanted_attempts, 1, NULL), 0);
	assert_int_equal(wanted_due(db, 1, &due, 1, &count, NULL), 0);
	assert_int_equal(due.attempts, 1);
	assert_int_equal(attempts_delay(db, &wanted_attempts, 1, 100, NULL), 0);
	due_are(db, 100, "");
	assert_int_equal(wanted_next(db, 100, &next, NULL), 0);
	assert_int_equal(next, 100 + WANTED_PAUSE);
	/* the key once more: at once, and from the start */
	arrives(db, true, false);
	assert_int_equal(wanted_due(db, 100, &due, 1, &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(due.attempts, 0);
	assert_int_equal(wanted_abandon(db, 1, 100, "it dies", NULL), 0);
	due_are(db, 100, "");
	assert_int_equal(
	    db_get_int(db, &n, 0, NULL,
		"SELECT count(*) FROM audit"
		" WHERE event = 'message.not-judged-again' AND message = 1",
		""),
	    0);
	assert_int_equal(n, 1);
	db_close(db);
}

int
main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)
	const struct CMUnitTest tests[] = {
	    TEST(a_key_brings_back_who_was_judged_without_it),
	    TEST(a_binding_brings_back_what_that_key_signed),
	    TEST(an_attempt_that_failed_waits_and_is_given_up_at_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
