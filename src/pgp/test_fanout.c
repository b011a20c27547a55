#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "pgp/armour.h"
#include "pgp/packet.h"
#include "pgp/seal.h"
#include "pgp/test_people.h"

#define LIMIT (1U << 20)
#define KINDS 5

static const char hello[] = "Content-Type: text/plain\r\n\r\nhello\r\n";

/* People whose session key packets have different lengths. */
struct readers {
	struct people people;
	struct key key[KINDS];
};

/* One copy as it would leave, its lines with CRLF. */
static void
put_copy(const struct sealed *s, size_t i, struct buf *out)
{
	const struct fanout *f = &s->message[s->copy[i].message].fanout;
	size_t key = s->copy[i].key, at = 0;
	char checksum[8];

	buf_init(out, LIMIT);
	buf_puts(out, "-----BEGIN PGP MESSAGE-----\r\n\r\n");
	fanout_head(f, key, out, checksum);
	/* in small pieces: where one ends must not show */
	while (fanout_tail(f, fanout_which(f, key), &at, FANOUT_LINE, out))
		;
	buf_puts(out, checksum);
	buf_puts(out, "-----END PGP MESSAGE-----\r\n");
}

/* The line "=abcd" of a block is the one that armour_encode would write. */
static void
checksum_is_right(const struct buf *copy)
{
	const char *sum = strstr(buf_str(copy), "\r\n=");
	struct err e = {ERR_NONE, ""};
	struct buf binary, again;

	buf_init(&binary, LIMIT);
	buf_init(&again, LIMIT);
	assert_int_equal(armour_decode(copy->data, copy->len, &binary, &e), 0);
	armour_encode(ARMOUR_MESSAGE, binary.data, binary.len, &again);
	assert_non_null(sum);
	assert_memory_equal(sum + 2, strstr(buf_str(&again), "\n=") + 1, 5);
	buf_free(&binary);
	buf_free(&again);
}

/* It names that key alone, and the reader's own gpg opens and verifies it. */
static void
copy_is_for(struct people *p, const struct buf *copy, const struct key *key,
    const char *text)
{
	struct packet_message m;
	struct err e = {ERR_NONE, ""};
	struct buf binary, plain;

	buf_init(&binary, LIMIT);
	buf_init(&plain, LIMIT);
	assert_int_equal(armour_decode(copy->data, copy->len, &binary, &e), 0);
	packet_message_read(&m, binary.data, binary.len);
	assert_int_equal(m.form, PACKET_FORM_ENCRYPTED);
	assert_int_equal(m.recipients.count, 1);
	assert_string_equal(m.recipients.item[0], key->subkey[1].key_id);
	people_run(p, copy, &plain, "--trust-model", "always", "-d", NULL);
	assert_string_equal(buf_str(&plain), text);
	packet_message_free(&m);
	buf_free(&binary);
	buf_free(&plain);
}

static void
all_open(struct readers *r, const struct seal_request *q, const char *text,
    size_t messages)
{
	struct sealed s;
	struct err e = {ERR_NONE, ""};

	if (seal(r->people.ring, q, &s, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(s.copies, q->recipients);
	assert_int_equal(s.messages, messages);
	for (size_t i = 0; i < s.copies; i++) {
		struct buf copy;

		put_copy(&s, i, &copy);
		checksum_is_right(&copy);
		copy_is_for(&r->people, &copy, q->recipient[i], text);
		buf_free(&copy);
	}
	seal_free(&s);
}

static void
load_all(struct readers *r)
{
	people_load(&r->people, &r->people.team, &r->people.alice, &r->key[0],
	    &r->key[1], &r->key[2], &r->key[3], &r->key[4], NULL);
}

static void
each_copy_is_for_its_recipient_alone(void **state)
{
	struct readers *r = *state;
	const struct key *to[] = {&r->people.alice, &r->key[0], &r->key[1],
	    &r->key[2], &r->key[3], &r->key[4]};
	/* every length modulo 3 of what is shared, and of lines */
	static const size_t more[] = {0, 1, 2, 57, 5000};

	load_all(r);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		struct buf payload;
		struct seal_request q = {.signer = r->people.team.fingerprint,
		    .recipient = to,
		    .recipients = 6,
		    .payload = &payload};

		buf_init(&payload, LIMIT);
		buf_puts(&payload, hello);
		for (size_t n = 0; n < more[i]; n++)
			buf_putc(&payload, 'x');
		all_open(r, &q, buf_str(&payload), 1);
		buf_free(&payload);
	}
}

static void
apart_means_that_nothing_is_shared(void **state)
{
	struct readers *r = *state;
	const struct key *to[] = {&r->people.alice, &r->key[0], &r->key[2]};
	struct buf payload;
	struct seal_request q = {.signer = r->people.team.fingerprint,
	    .recipient = to,
	    .recipients = 3,
	    .payload = &payload,
	    .apart = true};

	load_all(r);
	buf_init(&payload, LIMIT);
	buf_puts(&payload, hello);
	all_open(r, &q, hello, 3);
	buf_free(&payload);
}

static void
one_person_twice_gets_two_copies(void **state)
{
	struct readers *r = *state;
	const struct key *to[] = {
	    &r->people.alice, &r->key[0], &r->people.alice};
	struct buf payload;
	struct seal_request q = {.signer = r->people.team.fingerprint,
	    .recipient = to,
	    .recipients = 3,
	    .payload = &payload};

	load_all(r);
	buf_init(&payload, LIMIT);
	buf_puts(&payload, hello);
	all_open(r, &q, hello, 1);
	buf_free(&payload);
}

#define MANY 1200 /* recipients, so that one run is not the cheapest */

static void
many_are_sealed_in_several_runs_with_small_rings(void **state)
{
	struct readers *r = *state;
	const struct buf *kept[] = {&r->people.team.blob};
	const struct key *to[MANY];
	struct buf payload;
	struct seal_request q = {.signer = r->people.team.fingerprint,
	    .recipient = to,
	    .recipients = MANY,
	    .kept = kept,
	    .kepts = 1,
	    .payload = &payload};
	struct sealed s;
	struct err e = {ERR_NONE, ""};
	size_t last = SIZE_MAX;

	/* the first run's keys and the last one's are not the same */
	for (size_t i = 0; i < MANY; i++)
		to[i] = &r->key[i < MANY / 2 ? i % 2 : 2 + i % 3];
	people_load(&r->people, &r->people.alice, NULL);
	buf_init(&payload, LIMIT);
	buf_puts(&payload, hello);
	if (seal(r->people.ring, &q, &s, &e) == -1)
		fail_msg("%s", e.text);
	assert_true(seal_runs(MANY, payload.len) > 1);
	assert_int_equal(s.messages, seal_runs(MANY, payload.len));
	for (size_t i = 0; i < MANY; i++) {
		struct buf copy;

		assert_in_range(s.copy[i].message, 0, s.messages - 1);
		if (s.copy[i].message == last)
			continue;
		last = s.copy[i].message;
		put_copy(&s, i, &copy);
		copy_is_for(&r->people, &copy, to[i], hello);
		buf_free(&copy);
	}
	assert_int_equal(last, s.messages - 1);
	seal_free(&s);
	buf_free(&payload);
}

static void
a_few_and_a_long_text_are_one_run(void **state)
{
	(void)state;
	assert_int_equal(seal_runs(1, 0), 1);
	assert_int_equal(seal_runs(100, 10000), 1);
	assert_int_equal(seal_runs(1000, 10000), 3);
	assert_int_equal(seal_runs(1000, 5000000), 1);
	/* all of the ciphertexts are in memory at once */
	assert_int_equal(seal_runs(10000, 25000000), 1);
	assert_int_equal(seal_runs(10000, 15000000), 2);
	assert_true(seal_runs(10000, 10000) > 20);
}

/* Facts that say so: a real pair with one long key id takes a farm to make. */
static void
two_keys_with_one_key_id_share_no_message(void **state)
{
	struct readers *r = *state;
	struct key twin = r->key[0];
	const struct key *to[] = {&r->people.alice, &twin};
	struct buf payload;
	struct seal_request q = {.signer = r->people.team.fingerprint,
	    .recipient = to,
	    .recipients = 2,
	    .payload = &payload};
	struct sealed s;
	struct err e = {ERR_NONE, ""};

	twin.subkey = xcalloc(twin.subkeys, sizeof(*twin.subkey));
	memcpy(
	    twin.subkey, r->key[0].subkey, twin.subkeys * sizeof(*twin.subkey));
	memcpy(twin.subkey[0].key_id, r->people.alice.subkey[1].key_id, KEY_ID);
	load_all(r);
	buf_init(&payload, LIMIT);
	buf_puts(&payload, hello);
	if (seal(r->people.ring, &q, &s, &e) == -1)
		fail_msg("%s", e.text);
	/* alice's packet of the shared one could be either's */
	assert_int_equal(s.copy[0].message, 1);
	assert_int_equal(s.message[1].fanout.keys, 1);
	assert_string_equal(s.message[1].fanout.key[0].key_id,
	    r->people.alice.subkey[1].key_id);
	seal_free(&s);
	free(twin.subkey);
	buf_free(&payload);
}

static void
a_key_that_cannot_be_used_stops_all_copies(void **state)
{
	struct readers *r = *state;
	const struct key *to[] = {&r->people.alice, &r->key[0]};
	struct buf payload;
	struct seal_request q = {.signer = r->people.team.fingerprint,
	    .recipient = to,
	    .recipients = 2,
	    .payload = &payload};
	struct key revoked = r->key[0];
	struct sealed s;
	struct err e = {ERR_NONE, ""};

	buf_init(&payload, LIMIT);
	buf_puts(&payload, hello);
	load_all(r);
	revoked.revoked = true;
	to[1] = &revoked;
	assert_int_equal(seal(r->people.ring, &q, &s, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, revoked.fingerprint));
	assert_int_equal(s.messages, 0);
	seal_free(&s);
	/* fine by its facts, but gpg does not have it */
	to[1] = &r->key[0];
	people_load(&r->people, &r->people.team, &r->people.alice, NULL);
	assert_int_equal(seal(r->people.ring, &q, &s, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, r->key[0].fingerprint));
	seal_free(&s);
	buf_free(&payload);
}

static void
what_gpg_never_makes_is_no_message(void **state)
{
	/* a literal packet; a session key packet with nothing after it */
	static const unsigned char literal[] = {0xcb, 1, 'b'};
	static const unsigned char alone[] = {
	    0xc1, 10, 3, 1, 2, 3, 4, 5, 6, 7, 8, 18};
	struct fanout f;
	struct err e = {ERR_NONE, ""};

	(void)state;
	assert_int_equal(fanout_read(&f, literal, sizeof(literal), &e), -1);
	assert_int_equal(fanout_read(&f, alone, sizeof(alone), &e), -1);
	assert_int_equal(fanout_read(&f, alone, 0, &e), -1);
	assert_int_equal(e.code, ERR_BUG);
}

static int
setup(void **state)
{
	static const char *const algorithm[KINDS][2] = {{"rsa2048", "encr"},
	    {"rsa3072", "encr"}, {"nistp256", "encr"}, {"nistp384", "encr"},
	    {"cv25519", "encr"}};
	struct readers *r = xcalloc(1, sizeof(*r));

	people_open(&r->people);
	for (int i = 0; i < KINDS; i++) {
		char *who = xasprintf("Reader %d <reader%d@a.example>", i, i);

		people_run(&r->people, NULL, NULL, "--quick-gen-key", who,
		    "ed25519", "sign", "never", NULL);
		people_reread(&r->people, who, &r->key[i]);
		people_run(&r->people, NULL, NULL, "--quick-add-key",
		    r->key[i].fingerprint, algorithm[i][0], algorithm[i][1],
		    "never", NULL);
		key_free(&r->key[i]);
		people_reread(&r->people, who, &r->key[i]);
		free(who);
	}
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	struct readers *r = *state;

	for (int i = 0; i < KINDS; i++)
		key_free(&r->key[i]);
	people_close(&r->people);
	free(r);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_copy_is_for_its_recipient_alone),
	    cmocka_unit_test(apart_means_that_nothing_is_shared),
	    cmocka_unit_test(one_person_twice_gets_two_copies),
	    cmocka_unit_test(many_are_sealed_in_several_runs_with_small_rings),
	    cmocka_unit_test(a_few_and_a_long_text_are_one_run),
	    cmocka_unit_test(two_keys_with_one_key_id_share_no_message),
	    cmocka_unit_test(a_key_that_cannot_be_used_stops_all_copies),
	    cmocka_unit_test(what_gpg_never_makes_is_no_message),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
