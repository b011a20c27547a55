#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "pgp/keystrip.h"
#include "pgp/packet.h"
#include "pgp/test_people.h"

#define ROOM (16U << 20)

/* Alice's key with a signature of Mallory's, and with a second user id. */
static void
exported(struct people *p, struct buf *out)
{
	people_run(p, NULL, NULL, "--yes", "-u", p->mallory.fingerprint,
	    "--quick-sign-key", p->alice.fingerprint, NULL);
	buf_init(out, ROOM);
	people_run(p, NULL, out, "--export", p->alice.fingerprint, NULL);
}

static size_t
count(const struct buf *b, unsigned tag)
{
	struct packet_reader r = {b->data, b->len};
	struct packet p;
	size_t n = 0;

	while (packet_next(&r, &p) == 1)
		n += p.tag == tag;
	return n;
}

static int
strips(const struct buf *in, struct buf *out, char fpr[KEY_FINGERPRINT])
{
	struct err e = {0};

	buf_init(out, KEYSTRIP_MAX + 1);
	return keystrip(in->data, in->len, out, fpr, NULL, &e);
}

static void
what_others_signed_goes_and_the_rest_is_usable(void **state)
{
	struct people *p = *state;
	char fpr[KEY_FINGERPRINT];
	struct buf in, out;
	struct key *key;
	size_t keys;
	struct err e = {0};

	exported(p, &in);
	assert_int_equal(strips(&in, &out, fpr), 0);
	assert_string_equal(fpr, p->alice.fingerprint);
	assert_true(
	    count(&out, PACKET_SIGNATURE) + 1 == count(&in, PACKET_SIGNATURE));
	assert_int_equal(count(&out, PACKET_PUBLIC_SUBKEY),
	    count(&in, PACKET_PUBLIC_SUBKEY));
	assert_int_equal(
	    keyring_import(p->ring, out.data, out.len, false, &key, &keys, &e),
	    0);
	assert_int_equal(keys, 1);
	assert_int_equal(key_problems(key, clock_now(NULL)), 0);
	key_free(key);
	free(key);
	buf_free(&in);
	buf_free(&out);
}

/* Copies packets of in with that tag n times more behind it. */
static void
flood(struct buf *in, unsigned tag, unsigned after, size_t n)
{
	struct packet_reader r = {in->data, in->len};
	struct buf all;
	struct packet p, kept = {0};

	buf_init(&all, ROOM);
	while (packet_next(&r, &p) == 1) {
		buf_put(&all, p.start, p.size);
		if (p.tag == tag)
			kept = p;
		for (size_t i = 0; p.tag == after && i < n; i++)
			buf_put(&all, kept.start, kept.size);
	}
	assert_false(all.over);
	buf_free(in);
	*in = all;
}

static void
a_flood_leaves_little_and_costs_little(void **state)
{
	static const unsigned tag[] = {
	    PACKET_SIGNATURE, 13, PACKET_PUBLIC_SUBKEY};
	struct people *p = *state;
	char fpr[KEY_FINGERPRINT];
	struct buf in, out;

	for (size_t i = 0; i < sizeof(tag) / sizeof(tag[0]); i++) {
		clock_t from;

		exported(p, &in);
		flood(&in, tag[i], tag[i], 10000);
		from = clock();
		assert_int_equal(strips(&in, &out, fpr), 0);
		assert_true(clock() - from < CLOCKS_PER_SEC);
		assert_true(out.len <= KEYSTRIP_MAX);
		assert_true(count(&out, PACKET_SIGNATURE) <=
			    (KEYSTRIP_COMPONENTS + 1) * KEYSTRIP_SIGNATURES);
		assert_true(
		    count(&out, 13) + count(&out, PACKET_PUBLIC_SUBKEY) <=
		    KEYSTRIP_COMPONENTS);
		buf_free(&in);
		buf_free(&out);
	}
}

static void
a_key_cut_short_is_refused_at_every_byte(void **state)
{
	struct people *p = *state;
	char fpr[KEY_FINGERPRINT];
	struct buf in, out;

	exported(p, &in);
	for (size_t len = 0; len < in.len; len++) {
		struct buf part;

		buf_init(&part, in.len);
		buf_put(&part, in.data, len);
		(void)strips(&part, &out, fpr);
		assert_true(out.len <= len);
		buf_free(&part);
		buf_free(&out);
	}
	assert_int_equal(strips(&(struct buf){0}, &out, fpr), -1);
	buf_free(&out);
	buf_free(&in);
}

static int
people_start(void **state)
{
	struct people *p = xcalloc(1, sizeof(*p));

	people_open(p);
	*state = p;
	return 0;
}

static int
people_end(void **state)
{
	people_close(*state);
	free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_others_signed_goes_and_the_rest_is_usable),
	    cmocka_unit_test(a_flood_leaves_little_and_costs_little),
	    cmocka_unit_test(a_key_cut_short_is_refused_at_every_byte),
	};

	return cmocka_run_group_tests(tests, people_start, people_end);
}
