#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "pgp/children.h"
#include "pgp/test_people.h"

static void
a_signature_names_who_made_it(void **state)
{
	struct people *p = *state;
	struct decryption d;
	struct buf in;
	struct buf sealed;

	people_hello(&in);
	buf_init(&sealed, PEOPLE_LIMIT);
	people_run(p, &in, &sealed, "-u", p->mallory.fingerprint, "-r",
	    p->team.fingerprint, "-s", "-e", NULL);
	people_load(p, &p->team, &p->alice, &p->mallory, NULL);
	people_decrypt(p, &sealed, &d);
	assert_true(d.sound);
	assert_int_equal(d.signatures.count, 1);
	assert_int_equal(d.signatures.item[0].facts.status, SIGNATURE_GOOD);
	assert_string_equal(
	    d.signatures.item[0].facts.fingerprint, p->mallory.fingerprint);
	decryption_free(&d);
	buf_free(&in);
	buf_free(&sealed);
}

static void
an_unknown_signer_is_known_once_loaded(void **state)
{
	struct people *p = *state;
	struct decryption d;
	struct buf sealed;

	people_alice_writes(p, &sealed);
	people_load(p, &p->team, NULL);
	people_decrypt(p, &sealed, &d);
	assert_true(d.sound);
	assert_int_equal(d.signatures.item[0].facts.status, SIGNATURE_NO_KEY);
	assert_string_equal(d.signatures.item[0].word, "signer-unknown");
	decryption_free(&d);
	people_load(p, &p->team, &p->alice, NULL);
	people_decrypt(p, &sealed, &d);
	assert_int_equal(d.signatures.item[0].facts.status, SIGNATURE_GOOD);
	assert_string_equal(
	    d.signatures.item[0].facts.fingerprint, p->alice.fingerprint);
	decryption_free(&d);
	buf_free(&sealed);
}

static void
a_changed_byte_gives_no_plaintext(void **state)
{
	struct people *p = *state;
	struct buf sealed;

	people_alice_writes(p, &sealed);
	people_load(p, &p->team, &p->alice, NULL);
	sealed.data[sealed.len - 40] ^= 1;
	people_refused(p, &sealed, "tampered");
	buf_free(&sealed);
}

static void
a_message_cut_short_gives_no_plaintext(void **state)
{
	struct people *p = *state;
	struct buf sealed;

	people_alice_writes(p, &sealed);
	people_load(p, &p->team, &p->alice, NULL);
	sealed.len -= 20;
	people_refused(p, &sealed, "decryption-failed");
	buf_free(&sealed);
}

/* GnuPG 2.2 writes an MDC whatever it is told; the old packet is made of it. */
static void
without_integrity_there_is_no_plaintext(void **state)
{
	struct people *p = *state;
	struct packet_reader r = {NULL, 0};
	struct packet packet;
	struct buf sealed;
	size_t changed = 0;

	people_alice_writes(p, &sealed);
	r.p = sealed.data;
	r.left = sealed.len;
	while (packet_next(&r, &packet) == 1)
		if (packet.tag == PACKET_SEIPD) {
			sealed.data[packet.start - sealed.data] =
			    0xc0 | PACKET_SED;
			changed++;
		}
	assert_int_equal(changed, 1);
	people_load(p, &p->team, NULL);
	people_refused(p, &sealed, "no-mdc");
	buf_free(&sealed);
}

static void
mail_for_somebody_else_is_not_for_us(void **state)
{
	struct people *p = *state;
	struct buf in;
	struct buf sealed;

	people_hello(&in);
	buf_init(&sealed, PEOPLE_LIMIT);
	people_run(p, &in, &sealed, "-r", p->mallory.fingerprint, "-e", NULL);
	people_load(p, &p->team, NULL);
	people_refused(p, &sealed, "not-for-us");
	/* Known, but its secret half is not ours: gpg and the agent say so. */
	people_load(p, &p->team, &p->mallory, NULL);
	people_refused(p, &sealed, "not-for-us");
	buf_free(&in);
	buf_free(&sealed);
}

static void
a_hidden_recipient_is_tried(void **state)
{
	struct people *p = *state;
	struct buf in;
	struct buf sealed;
	struct decryption d;

	people_hello(&in);
	buf_init(&sealed, PEOPLE_LIMIT);
	people_run(p, &in, &sealed, "-R", p->team.fingerprint, "-e", NULL);
	people_load(p, &p->team, NULL);
	people_decrypt(p, &sealed, &d);
	assert_true(d.sound);
	assert_int_equal(d.recipients.count, 1);
	assert_string_equal(d.recipients.item[0], "0000000000000000");
	decryption_free(&d);
	buf_free(&in);
	buf_free(&sealed);
}

static void
a_passphrase_is_never_asked_for(void **state)
{
	struct people *p = *state;
	struct buf in;
	struct buf sealed;

	people_hello(&in);
	buf_init(&sealed, PEOPLE_LIMIT);
	people_run(p, &in, &sealed, "--passphrase", "secret", "-c", NULL);
	people_load(p, &p->team, NULL);
	people_refused(p, &sealed, "passphrase-only");
	buf_free(&in);
	buf_free(&sealed);
}

static void
a_literal_is_not_encrypted(void **state)
{
	struct people *p = *state;
	struct buf in;
	struct buf literal;
	struct buf both;

	people_hello(&in);
	buf_init(&literal, PEOPLE_LIMIT);
	people_run(p, &in, &literal, "--store", NULL);
	people_load(p, &p->team, &p->alice, NULL);
	people_refused(p, &literal, "decryption-failed");
	/* In front of an encrypted message gpg would give out the literal. */
	people_alice_writes(p, &both);
	buf_put(&literal, both.data, both.len);
	people_refused(p, &literal, "decryption-failed");
	buf_free(&in);
	buf_free(&both);
	buf_free(&literal);
}

static void
two_messages_in_a_row_are_none(void **state)
{
	struct people *p = *state;
	struct buf sealed;
	struct buf second;

	people_alice_writes(p, &sealed);
	people_alice_writes(p, &second);
	buf_put(&sealed, second.data, second.len);
	people_load(p, &p->team, &p->alice, NULL);
	people_refused(p, &sealed, "decryption-failed");
	buf_free(&sealed);
	buf_free(&second);
}

static void
a_bomb_is_stopped_at_once(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct buf zeros;
	struct buf sealed;
	struct decryption d;
	struct children left;
	int64_t start = 0;

	buf_init(&zeros, 256U << 20);
	assert_non_null(buf_reserve(&zeros, 200U << 20));
	buf_init(&sealed, PEOPLE_LIMIT);
	people_run(p, &zeros, &sealed, "-z", "9", "--compress-algo", "zip",
	    "-r", p->team.fingerprint, "-e", NULL);
	buf_free(&zeros);
	people_load(p, &p->team, NULL);
	children_note(&left);
	start = clock_monotonic_ms();
	assert_int_equal(decrypt(p->ring, sealed.data, sealed.len, 1U << 20,
			     clock_now(NULL), &d, &e),
	    -1);
	assert_true(clock_monotonic_ms() - start < 20000);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, "bomb"));
	assert_int_equal(d.plain.len, 0);
	decryption_free(&d);
	/* The agent still lives, and gpg does not. */
	assert_int_equal(kill(agent_pid(p->agent), 0), 0);
	children_end(&left, false, NULL);
	buf_free(&sealed);
}

/* Opens alice's mail within two seconds, its agent being stopped meanwhile. */
static void
open_stalled(struct people *p, int64_t stall_ms, struct err *e)
{
	struct keyring_options o = {.deadline = 2,
	    .memory = 1LL << 30,
	    .agent_socket = agent_socket(p->agent),
	    .wrapper = people_wrapper()};
	const struct timespec pause = {
	    stall_ms / 1000, (long)(stall_ms % 1000) * 1000 * 1000};
	struct keyring *k = NULL;
	struct decryption d;
	const struct buf *blob[] = {&p->team.blob};
	struct buf sealed;
	char *ring = xasprintf("%s/short", p->folder);
	pid_t waker = -1;

	o.ring = ring;
	assert_int_equal(keyring_open(&k, &o, e), 0);
	assert_int_equal(keyring_load(k, blob, 1, e), 0);
	people_alice_writes(p, &sealed);
	assert_int_equal(kill(agent_pid(p->agent), SIGSTOP), 0);
	waker = fork();
	if (waker == 0) {
		nanosleep(&pause, NULL);
		kill(agent_pid(p->agent), SIGCONT);
		_exit(0);
	}
	assert_int_equal(decrypt(k, sealed.data, sealed.len, PEOPLE_LIMIT,
			     clock_now(NULL), &d, e),
	    -1);
	assert_int_equal(waitpid(waker, NULL, 0), waker);
	decryption_free(&d);
	keyring_close(k);
	buf_free(&sealed);
	free(ring);
}

/* gpg waits for the agent, and so does the question whether it lives. */
static void
a_frozen_agent_is_no_verdict(void **state)
{
	struct err e = {ERR_NONE, ""};

	open_stalled(*state, 8000, &e);
	assert_int_equal(e.code, ERR_TEMP);
}

/* It answers again when gpg has been ended already. */
static void
an_agent_that_stalls_makes_no_bomb(void **state)
{
	struct err e = {ERR_NONE, ""};

	open_stalled(*state, 3500, &e);
	assert_int_equal(e.code, ERR_TEMP);
	assert_non_null(strstr(e.text, "waited"));
}

/* Each would cost the agent as much as a whole message does. */
static void
many_session_keys_for_us_are_not_tried(void **state)
{
	struct people *p = *state;
	struct packet_reader r = {NULL, 0};
	struct packet first;
	struct buf sealed;
	struct buf flood;

	people_alice_writes(p, &sealed);
	r.p = sealed.data;
	r.left = sealed.len;
	assert_int_equal(packet_next(&r, &first), 1);
	assert_int_equal(first.tag, PACKET_PKESK);
	buf_init(&flood, PEOPLE_LIMIT);
	for (int i = 0; i < 100; i++)
		buf_put(&flood, first.start, first.size);
	buf_put(&flood, r.p, r.left);
	people_load(p, &p->team, &p->alice, NULL);
	people_refused(p, &flood, "decryption-failed");
	buf_free(&flood);
	buf_free(&sealed);
}

/* Packets as they are, encrypted to the team. */
static void
wrap(struct people *p, const struct buf *packets, struct buf *out)
{
	buf_init(out, PEOPLE_LIMIT);
	people_run(p, packets, out, "--compress-algo", "none", "--no-literal",
	    "-r", p->team.fingerprint, "-e", NULL);
}

/* gpg ends at what it cannot read, before it looks at the integrity. */
static void
expect_wrapped(struct people *p, const struct buf *packets, const char *word)
{
	struct buf sealed;

	wrap(p, packets, &sealed);
	if (word == NULL)
		people_read_hello(p, &sealed);
	else
		people_refused(p, &sealed, word);
	buf_free(&sealed);
}

/* people_text as packets, by these words of gpg. */
static void
make(struct people *p, struct buf *out, const char *algorithm)
{
	struct buf in;

	people_hello(&in);
	buf_init(out, PEOPLE_LIMIT);
	people_run(p, &in, out, "--compress-algo", algorithm, "-u",
	    p->alice.fingerprint, "-s", NULL);
	buf_free(&in);
}

static void
what_is_inside_is_one_message(void **state)
{
	struct people *p = *state;
	struct buf one;
	struct buf two;
	struct buf sealed;

	people_load(p, &p->team, &p->alice, NULL);
	make(p, &one, "none");
	expect_wrapped(p, &one, NULL);
	make(p, &two, "zlib");
	expect_wrapped(p, &two, NULL);
	buf_put(&one, two.data, two.len);
	expect_wrapped(p, &one, "tampered");
	buf_free(&one);
	buf_free(&two);

	/* A second ciphertext in it, bare or compressed. */
	people_alice_writes(p, &sealed);
	people_read_hello(p, &sealed);
	expect_wrapped(p, &sealed, "decryption-failed");
	buf_init(&two, PEOPLE_LIMIT);
	people_run(p, &sealed, &two, "--no-literal", "--compress-algo", "zip",
	    "--store", NULL);
	assert_int_equal(
	    two.data[0] & 0xfc, 0xa0); /* compressed, section 5.6 */
	expect_wrapped(p, &two, "decryption-failed");
	people_refused(p, &two, "decryption-failed");
	buf_free(&two);
	buf_free(&sealed);
}

static void
nothing_inside_is_no_message(void **state)
{
	struct people *p = *state;
	struct buf signature;
	struct buf in;

	people_load(p, &p->team, &p->alice, NULL);
	people_hello(&in);
	buf_init(&signature, PEOPLE_LIMIT);
	people_run(p, &in, &signature, "-u", p->alice.fingerprint, "-b", NULL);
	expect_wrapped(p, &signature, "tampered");
	buf_free(&signature);
	buf_free(&in);
}

static void
each_of_several_recipients_can_be_us(void **state)
{
	struct people *p = *state;
	struct buf in;
	struct buf sealed;
	struct decryption d;

	people_hello(&in);
	buf_init(&sealed, PEOPLE_LIMIT);
	people_run(p, &in, &sealed, "-r", p->mallory.fingerprint, "-r",
	    p->team.fingerprint, "-R", p->alice.fingerprint, "--passphrase",
	    "x", "-c", "-e", NULL);
	people_load(p, &p->team, NULL);
	people_decrypt(p, &sealed, &d);
	assert_true(d.sound);
	assert_int_equal(d.recipients.count, 3);
	decryption_free(&d);
	buf_free(&in);
	buf_free(&sealed);
}

static void
a_few_markers_change_nothing(void **state)
{
	static const unsigned char marker[] = {0xca, 3, 'P', 'G', 'P'};
	struct people *p = *state;
	struct buf sealed;

	people_alice_writes(p, &sealed);
	people_load(p, &p->team, &p->alice, NULL);
	for (int count = 3; count < 1000; count += 900) {
		struct buf flood;

		buf_init(&flood, PEOPLE_LIMIT);
		for (int i = 0; i < count; i++)
			buf_put(&flood, marker, sizeof(marker));
		buf_put(&flood, sealed.data, sealed.len);
		if (count == 3)
			people_read_hello(p, &flood);
		else
			people_refused(p, &flood, "decryption-failed");
		buf_free(&flood);
	}
	buf_free(&sealed);
}

static void
no_changed_byte_and_no_cut_opens(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct buf sealed;

	people_alice_writes(p, &sealed);
	people_load(p, &p->team, &p->alice, NULL);
	for (size_t i = 0; i < sealed.len; i += 1 + sealed.len / 24)
		for (int cut = 0; cut < 2; cut++) {
			size_t len = cut ? i : sealed.len;
			struct decryption d;

			sealed.data[i] ^= cut ? 0 : 0x10;
			assert_int_equal(
			    decrypt(p->ring, sealed.data, len, PEOPLE_LIMIT,
				clock_now(NULL), &d, &e),
			    0);
			assert_false(
			    d.sound && d.plain.len != strlen(people_text));
			assert_true(!d.sound || i < 40);
			if (!d.sound)
				assert_int_equal(d.plain.len, 0);
			sealed.data[i] ^= cut ? 0 : 0x10;
			decryption_free(&d);
		}
	buf_free(&sealed);
}

static void
a_newer_message_is_named(void **state)
{
	/* PKESK v6 or v3, and SEIPD v2, as short as they can be. */
	static const unsigned char v6[] = {
	    0xc1, 3, 6, 0, 25, 0xd2, 0x03, 2, 9, 2};
	static const unsigned char v3[] = {0xc1, 0x0c, 3, 1, 2, 3, 4, 5, 6, 7,
	    8, 1, 0, 0, 0xd2, 0x03, 2, 9, 2};
	struct people *p = *state;
	struct buf in;

	people_load(p, &p->team, NULL);
	buf_init(&in, PEOPLE_LIMIT);
	buf_put(&in, v6, sizeof(v6));
	people_refused(p, &in, "openpgp-v6");
	buf_clear(&in);
	buf_put(&in, v3, sizeof(v3));
	people_refused(p, &in, "openpgp-v6");
	buf_free(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_signature_names_who_made_it),
	    cmocka_unit_test(an_unknown_signer_is_known_once_loaded),
	    cmocka_unit_test(a_changed_byte_gives_no_plaintext),
	    cmocka_unit_test(a_message_cut_short_gives_no_plaintext),
	    cmocka_unit_test(without_integrity_there_is_no_plaintext),
	    cmocka_unit_test(mail_for_somebody_else_is_not_for_us),
	    cmocka_unit_test(a_hidden_recipient_is_tried),
	    cmocka_unit_test(a_passphrase_is_never_asked_for),
	    cmocka_unit_test(a_literal_is_not_encrypted),
	    cmocka_unit_test(two_messages_in_a_row_are_none),
	    cmocka_unit_test(a_bomb_is_stopped_at_once),
	    cmocka_unit_test(what_is_inside_is_one_message),
	    cmocka_unit_test(nothing_inside_is_no_message),
	    cmocka_unit_test(each_of_several_recipients_can_be_us),
	    cmocka_unit_test(a_few_markers_change_nothing),
	    cmocka_unit_test(no_changed_byte_and_no_cut_opens),
	    cmocka_unit_test(a_newer_message_is_named),
	    cmocka_unit_test(a_frozen_agent_is_no_verdict),
	    cmocka_unit_test(an_agent_that_stalls_makes_no_bomb),
	    cmocka_unit_test(many_session_keys_for_us_are_not_tried),
	};

	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
