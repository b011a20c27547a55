#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "people/community.h"
#include "people/key.h"
#include "store/test_database.h"
#include "worker/hiding.h"

#define FPR "0123456789ABCDEF0123456789ABCDEF01234567"

/* A community of one: x.y@bank.example, with a key. */
static struct hiding *
hiding_of_one(struct db *db)
{
	struct contact who = {.name = xstrdup("X"), .class = CLASS_PARTNER};
	struct community c;
	struct subkey sub = {.key_id = "89ABCDEF01234567"};
	struct key k = {.subkey = &sub, .subkeys = 1};
	struct hiding *h;
	int64_t id, contact;
	bool fresh;

	memcpy(k.fingerprint, FPR, sizeof(FPR));
	memcpy(sub.fingerprint, FPR, sizeof(FPR));
	strs_add(&who.addresses, "X.Y@Bank.example");
	who.key = xgrow(NULL, 0, sizeof(*who.key));
	who.key[who.keys++] = (struct contact_key){
	    .fingerprint = xstrdup(FPR), .verified = VERIFIED_MET};
	assert_int_equal(db_begin(db, NULL), 0);
	assert_int_equal(key_store(db, 1, &k, false, &fresh, NULL), 0);
	assert_int_equal(contact_add(db, 1, &who, &contact, NULL), 0);
	assert_int_equal(community_like(NULL, &c, NULL), 0);
	c.name = xstrdup("banks");
	assert_int_equal(community_add(db, 1, &c, &id, NULL), 0);
	assert_int_equal(community_join(db, 1, id, contact, NULL, 0, NULL), 0);
	/* who left is hidden still */
	assert_int_equal(community_leave(db, 2, id, contact, NULL), 0);
	assert_int_equal(hiding_make(db, id, &h, NULL), 0);
	community_free(&c);
	contact_free(&who);
	return h;
}

/* text in a block of just its size, as it leaves; the caller's */
static char *
hidden(const struct hiding *h, const char *text)
{
	size_t len = strlen(text);
	char *exact = xmalloc(len + (len == 0));
	struct buf out;

	memcpy(exact, text, len);
	buf_init(&out, 4096);
	hiding_put(h, exact, len, &out);
	assert_false(out.over);
	assert_int_equal(
	    hiding_finds(h, exact, len), strcmp(buf_str(&out), text) != 0);
	free(exact);
	return buf_take_str(&out);
}

static void
a_members_address_and_key_are_taken_out(void **state)
{
	static const char *const pair[][2] = {
	    {"x.y@bank.example", "(address)"},
	    {"Write to X.Y@BANK.example.", "Write to (address)."},
	    {"<x.y@bank.example>, a@b.example", "<(address)>, a@b.example"},
	    {"mailto:x.y@bank.example", "mailto:(address)"},
	    {"'x.y@bank.example'", "(address)'"},
	    {"key " FPR "\n", "key (key)\n"},
	    {"0x89abcdef01234567", "(key)"},
	    {"89ABCDEF01234567 is mine", "(key) is mine"},
	    {"0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567!", "(key)!"},
	};
	struct db *db = test_database_open(*state);
	struct hiding *h = hiding_of_one(db);

	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		char *got = hidden(h, pair[i][0]);

		assert_string_equal(got, pair[i][1]);
		free(got);
	}
	hiding_free(h);
	db_close(db);
}

static void
other_text_stays_as_it_is(void **state)
{
	static const char *const same[] = {"", "@", "a@", "@b",
	    "x.y@bank.example.org", "xx.y@bank.example", "y@bank.example",
	    "0123456789ABCDEF", "FFFF0123456789ABCDEF0123456789AB",
	    "日本語 x@日本.example", "0x", "0", "a@b@c@d"};
	struct db *db = test_database_open(*state);
	struct hiding *h = hiding_of_one(db);

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		char *got = hidden(h, same[i]);

		assert_string_equal(got, same[i]);
		free(got);
		got = hidden(NULL, same[i]);
		assert_string_equal(got, same[i]);
		free(got);
	}
	hiding_free(h);
	db_close(db);
}

int
main(void)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)
	const struct CMUnitTest tests[] = {
	    TEST(a_members_address_and_key_are_taken_out),
	    TEST(other_text_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
