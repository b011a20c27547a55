#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "pgp/armour.h"
#include "pgp/children.h"
#include "pgp/decrypt.h"
#include "pgp/folder.h"
#include "pgp/seal.h"
#include "pgp/test_people.h"
#include "pgp/verify.h"

#define LIMIT (8U << 20) /* bytes of plaintext */
#define LONG_NAME 90 /* two such folders and the socket pass 107 bytes */

static const char hello[] = "Hello, team.\n";

static void
put_hello(struct buf *b)
{
	buf_init(b, LIMIT);
	buf_puts(b, hello);
}

/* Decrypts and expects an answer, sound or not. */
static void
open_bytes(struct people *p, const struct buf *b, struct decryption *d)
{
	struct err e = {ERR_NONE, ""};

	if (decrypt(p->ring, b->data, b->len, LIMIT, clock_now(NULL), d, &e) ==
	    -1)
		fail_msg("%s", e.text);
}

static void
expect_refused(struct people *p, const struct buf *b, const char *word)
{
	struct decryption d;

	open_bytes(p, b, &d);
	assert_false(d.sound);
	assert_string_equal(d.word, word);
	assert_int_not_equal(d.why[0], '\0');
	assert_int_equal(d.plain.len, 0);
	assert_int_equal(d.signatures.count, 0);
	decryption_free(&d);
}

static void
expect_hello(struct people *p, const struct buf *b)
{
	struct decryption d;

	open_bytes(p, b, &d);
	if (!d.sound)
		fail_msg("%s", d.why);
	assert_string_equal(buf_str(&d.plain), hello);
	decryption_free(&d);
}

/* alice's gpg encrypts and signs hello to the team. */
static void
alice_writes(struct people *p, struct buf *out)
{
	struct buf in;

	put_hello(&in);
	buf_init(out, LIMIT);
	people_run(p, &in, out, "-u", p->alice.fingerprint, "-r",
	    p->team.fingerprint, "-s", "-e", NULL);
	buf_free(&in);
}

static void
a_generated_key_says_what_it_is(void **state)
{
	struct people *p = *state;
	char *path = xasprintf(
	    "%s/ring/openpgp-revocs.d/%s.rev", p->folder, p->team.fingerprint);

	assert_int_equal(p->team.subkeys, 2);
	assert_string_equal(p->team.subkey[0].algorithm, "ed25519");
	assert_string_equal(p->team.subkey[1].algorithm, "cv25519");
	assert_true(p->team.subkey[1].can_encrypt);
	assert_true(p->team.subkey[0].can_sign);
	assert_false(p->team.subkey[0].can_encrypt);
	assert_true(p->team.secret);
	assert_string_equal(
	    p->team.user_ids.item[0], "Team <team@csirt.example>");
	assert_string_equal(p->team.addresses.item[0], "team@csirt.example");
	assert_int_equal(p->team.expires, 0);
	assert_int_equal(key_problems(&p->team, clock_now(NULL)), 0);
	assert_int_equal(access(path, R_OK), 0);
	free(path);
}

static void
two_agents_serve_two_rings(void **state)
{
	struct people *p = *state;
	struct people other;
	struct buf sealed;

	people_open(&other);
	alice_writes(p, &sealed);
	people_load(p, &p->team, &p->alice, NULL);
	people_load(&other, &other.team, NULL);
	expect_hello(p, &sealed);
	expect_refused(&other, &sealed, "not-for-us");
	people_close(&other);
	expect_hello(p, &sealed);
	buf_free(&sealed);
}

static void
a_ring_may_have_a_long_path(void **state)
{
	struct people *p = *state;
	struct keyring_options o = {.deadline = 60,
	    .memory = 1LL << 30,
	    .agent_socket = agent_socket(p->agent),
	    .wrapper = people_wrapper()};
	struct people far = *p;
	struct err e = {ERR_NONE, ""};
	struct buf sealed;
	char name[LONG_NAME + 1];
	char *outer = NULL;
	char *ring = NULL;

	memset(name, 'r', LONG_NAME);
	name[LONG_NAME] = '\0';
	outer = xasprintf("%s/%s", p->folder, name);
	ring = xasprintf("%s/%s", outer, name);
	assert_true(strlen(ring) > 180);
	assert_int_equal(mkdir(outer, 0700), 0);
	o.ring = ring;
	if (keyring_open(&far.ring, &o, &e) == -1)
		fail_msg("%s", e.text);
	alice_writes(p, &sealed);
	people_load(&far, &p->team, &p->alice, NULL);
	expect_hello(&far, &sealed);
	keyring_close(far.ring);
	buf_free(&sealed);
	free(outer);
	free(ring);
}

static void
a_killed_agent_is_no_verdict(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct decryption d;
	struct buf sealed;
	char *path = xstrdup(agent_socket(p->agent));

	alice_writes(p, &sealed);
	people_load(p, &p->team, &p->alice, NULL);
	assert_int_equal(kill(agent_pid(p->agent), SIGKILL), 0);
	assert_int_equal(decrypt(p->ring, sealed.data, sealed.len, LIMIT,
			     clock_now(NULL), &d, &e),
	    -1);
	assert_int_equal(e.code, ERR_TEMP);
	decryption_free(&d);
	assert_int_equal(keyring_agent(p->ring, &e), -1);
	assert_int_equal(agent_restart(p->agent, &e), 0);
	assert_string_equal(agent_socket(p->agent), path);
	assert_int_equal(keyring_agent(p->ring, &e), 1);
	expect_hello(p, &sealed);
	buf_free(&sealed);
	free(path);
}

static void
a_stopped_agent_leaves_no_folder(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct agent *agent = NULL;
	char *socket = NULL;
	pid_t pid = 0;

	setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
	assert_int_equal(agent_start(&agent, p->gnupg, &e), 0);
	unsetenv("XDG_RUNTIME_DIR");
	socket = xstrdup(agent_socket(agent));
	pid = agent_pid(agent);
	assert_int_equal(strncmp(socket, "/tmp/", 5), 0);
	agent_stop(agent);
	assert_int_equal(kill(pid, 0), -1);
	*strrchr(socket, '/') = '\0';
	assert_int_equal(access(socket, F_OK), -1);
	assert_int_equal(access(p->gnupg, F_OK), 0);
	free(socket);
}

static void
a_signature_names_who_made_it(void **state)
{
	struct people *p = *state;
	struct decryption d;
	struct buf in;
	struct buf sealed;

	put_hello(&in);
	buf_init(&sealed, LIMIT);
	people_run(p, &in, &sealed, "-u", p->mallory.fingerprint, "-r",
	    p->team.fingerprint, "-s", "-e", NULL);
	people_load(p, &p->team, &p->alice, &p->mallory, NULL);
	open_bytes(p, &sealed, &d);
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

	alice_writes(p, &sealed);
	people_load(p, &p->team, NULL);
	open_bytes(p, &sealed, &d);
	assert_true(d.sound);
	assert_int_equal(d.signatures.item[0].facts.status, SIGNATURE_NO_KEY);
	assert_string_equal(d.signatures.item[0].word, "signer-unknown");
	decryption_free(&d);
	people_load(p, &p->team, &p->alice, NULL);
	open_bytes(p, &sealed, &d);
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

	alice_writes(p, &sealed);
	people_load(p, &p->team, &p->alice, NULL);
	sealed.data[sealed.len - 40] ^= 1;
	expect_refused(p, &sealed, "tampered");
	buf_free(&sealed);
}

static void
a_message_cut_short_gives_no_plaintext(void **state)
{
	struct people *p = *state;
	struct buf sealed;

	alice_writes(p, &sealed);
	people_load(p, &p->team, &p->alice, NULL);
	sealed.len -= 20;
	expect_refused(p, &sealed, "decryption-failed");
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

	alice_writes(p, &sealed);
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
	expect_refused(p, &sealed, "no-mdc");
	buf_free(&sealed);
}

static void
mail_for_somebody_else_is_not_for_us(void **state)
{
	struct people *p = *state;
	struct buf in;
	struct buf sealed;

	put_hello(&in);
	buf_init(&sealed, LIMIT);
	people_run(p, &in, &sealed, "-r", p->mallory.fingerprint, "-e", NULL);
	people_load(p, &p->team, NULL);
	expect_refused(p, &sealed, "not-for-us");
	/* Known, but its secret half is not ours: gpg and the agent say so. */
	people_load(p, &p->team, &p->mallory, NULL);
	expect_refused(p, &sealed, "not-for-us");
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

	put_hello(&in);
	buf_init(&sealed, LIMIT);
	people_run(p, &in, &sealed, "-R", p->team.fingerprint, "-e", NULL);
	people_load(p, &p->team, NULL);
	open_bytes(p, &sealed, &d);
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

	put_hello(&in);
	buf_init(&sealed, LIMIT);
	people_run(p, &in, &sealed, "--passphrase", "secret", "-c", NULL);
	people_load(p, &p->team, NULL);
	expect_refused(p, &sealed, "passphrase-only");
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

	put_hello(&in);
	buf_init(&literal, LIMIT);
	people_run(p, &in, &literal, "--store", NULL);
	people_load(p, &p->team, &p->alice, NULL);
	expect_refused(p, &literal, "decryption-failed");
	/* In front of an encrypted message gpg would give out the literal. */
	alice_writes(p, &both);
	buf_put(&literal, both.data, both.len);
	expect_refused(p, &literal, "decryption-failed");
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

	alice_writes(p, &sealed);
	alice_writes(p, &second);
	buf_put(&sealed, second.data, second.len);
	people_load(p, &p->team, &p->alice, NULL);
	expect_refused(p, &sealed, "decryption-failed");
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
	buf_init(&sealed, LIMIT);
	people_run(p, &zeros, &sealed, "-z", "9", "--compress-algo", "zip",
	    "-r", p->team.fingerprint, "-e", NULL);
	buf_free(&zeros);
	people_load(p, &p->team, NULL);
	children_note(&left);
	start = clock_monotonic_ms();
	assert_int_equal(decrypt(p->ring, sealed.data, sealed.len, 1U << 20,
			     clock_now(NULL), &d, &e),
	    -1);
	assert_true(clock_monotonic_ms() - start < 2000);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, "bomb"));
	assert_int_equal(d.plain.len, 0);
	decryption_free(&d);
	/* The agent still lives, and gpg does not. */
	assert_int_equal(kill(agent_pid(p->agent), 0), 0);
	children_end(&left, false);
	buf_free(&sealed);
}

static void
gpg_may_not_run_for_ever(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct keyring_options o = {.deadline = 1,
	    .memory = 1LL << 30,
	    .agent_socket = agent_socket(p->agent),
	    .wrapper = people_wrapper()};
	struct keyring *k = NULL;
	struct decryption d;
	const struct buf *blob[] = {&p->team.blob};
	struct buf sealed;
	char *ring = xasprintf("%s/short", p->folder);

	o.ring = ring;
	assert_int_equal(keyring_open(&k, &o, &e), 0);
	assert_int_equal(keyring_load(k, blob, 1, &e), 0);
	alice_writes(p, &sealed);
	/* A frozen agent: gpg waits for it, and so does the question. */
	assert_int_equal(kill(agent_pid(p->agent), SIGSTOP), 0);
	assert_int_equal(
	    decrypt(k, sealed.data, sealed.len, LIMIT, clock_now(NULL), &d, &e),
	    -1);
	assert_int_equal(kill(agent_pid(p->agent), SIGCONT), 0);
	assert_int_equal(e.code, ERR_TEMP);
	decryption_free(&d);
	keyring_close(k);
	buf_free(&sealed);
	free(ring);
}

static enum signature_status
check_signed(struct people *p, const struct buf *signature, struct signature *s)
{
	struct signatures l = {NULL, 0};
	struct err e = {ERR_NONE, ""};
	enum signature_status status = SIGNATURE_ERROR;

	if (verify_detached(p->ring, signature->data, signature->len, hello,
		sizeof(hello) - 1, clock_now(NULL), &l, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(l.count, 1);
	status = l.item[0].facts.status;
	if (s != NULL)
		*s = l.item[0].facts;
	signatures_free(&l);
	return status;
}

static void
a_weak_digest_is_no_evidence(void **state)
{
	struct people *p = *state;
	struct signature s;
	struct buf in;
	struct buf signature;

	put_hello(&in);
	buf_init(&signature, LIMIT);
	people_run(p, &in, &signature, "-u", p->alice.fingerprint,
	    "--digest-algo", "SHA1", "-b", NULL);
	people_load(p, &p->alice, NULL);
	assert_int_equal(check_signed(p, &signature, &s), SIGNATURE_ERROR);
	assert_non_null(strstr(s.why, "SHA-1"));
	buf_free(&in);
	buf_free(&signature);
}

static void
a_detached_signature_is_good_or_bad(void **state)
{
	struct people *p = *state;
	struct signature s;
	struct buf in;
	struct buf signature;

	put_hello(&in);
	buf_init(&signature, LIMIT);
	people_run(p, &in, &signature, "-u", p->alice.fingerprint, "-b", NULL);
	people_load(p, &p->alice, NULL);
	assert_int_equal(check_signed(p, &signature, &s), SIGNATURE_GOOD);
	assert_string_equal(s.fingerprint, p->alice.fingerprint);
	buf_clear(&signature);
	buf_putc(&in, 'x');
	people_run(p, &in, &signature, "-u", p->alice.fingerprint, "-b", NULL);
	assert_int_equal(check_signed(p, &signature, NULL), SIGNATURE_BAD);
	/* A whole signed message in its place would be checked by itself. */
	buf_clear(&signature);
	people_run(p, &in, &signature, "-u", p->alice.fingerprint, "-s", NULL);
	assert_int_equal(check_signed(p, &signature, NULL), SIGNATURE_ERROR);
	buf_free(&in);
	buf_free(&signature);
}

static void
an_expired_key_signs_nothing_good(void **state)
{
	struct people *p = *state;
	static const char who[] = "Old <old@partner.example>";
	struct key *key = NULL;
	struct err e = {ERR_NONE, ""};
	size_t count = 0;
	struct buf in;
	struct buf out;

	put_hello(&in);
	buf_init(&out, LIMIT);
	people_run(p, NULL, NULL, "--faked-system-time", "20200101T000000!",
	    "--quick-gen-key", who, "future-default", "default", "1y", NULL);
	people_run(p, NULL, &out, "--export", who, NULL);
	assert_int_equal(
	    keyring_import(p->ring, out.data, out.len, false, &key, &count, &e),
	    0);
	assert_true(key_problems(key, clock_now(NULL)) & KEY_EXPIRED);
	people_load(p, key, NULL);
	buf_clear(&out);
	people_run(p, &in, &out, "--faked-system-time", "20200601T000000!",
	    "-u", who, "-b", NULL);
	assert_int_equal(check_signed(p, &out, NULL), SIGNATURE_EXPIRED);
	key_free(key);
	free(key);
	buf_free(&in);
	buf_free(&out);
}

static void
a_key_of_another_version_is_named(void **state)
{
	/* A v6 public key packet as far as its first fields go. */
	static const unsigned char v6[] = {
	    0xc6, 0x0a, 6, 0x63, 0x87, 0x7f, 0xe3, 0x1b, 0, 0, 0, 0};
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct key *key = NULL;
	size_t count = 0;

	assert_int_equal(
	    keyring_import(p->ring, v6, sizeof(v6), false, &key, &count, &e),
	    -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, "OpenPGP v6"));
	assert_int_equal(
	    keyring_import(p->ring, hello, 5, false, &key, &count, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
}

static void
several_keys_come_with_a_record_each(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct key *key = NULL;
	size_t count = 0;
	struct buf text;
	struct buf sealed;

	buf_init(&text, LIMIT);
	key_armour(&p->alice, &text);
	key_armour(&p->mallory, &text);
	assert_int_equal(keyring_import(p->ring, text.data, text.len, false,
			     &key, &count, &e),
	    0);
	assert_int_equal(count, 2);
	assert_false(key[0].secret);
	people_load(p, &p->team, &key[0], &key[1], &key[1], NULL);
	alice_writes(p, &sealed);
	expect_hello(p, &sealed);
	for (size_t i = 0; i < count; i++)
		key_free(&key[i]);
	free(key);
	buf_free(&text);
	buf_free(&sealed);
}

static void
an_imported_secret_key_opens_mail(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct key *key = NULL;
	size_t count = 0;
	struct buf in;
	struct buf sealed;
	struct buf secret;
	struct key bob;

	people_key(p, "Bob <bob@csirt.example>", &bob);
	put_hello(&in);
	buf_init(&secret, LIMIT);
	buf_init(&sealed, LIMIT);
	people_run(p, NULL, &secret, "--armor", "--export-secret-keys",
	    bob.fingerprint, NULL);
	people_run(p, &in, &sealed, "-r", bob.fingerprint, "-e", NULL);
	assert_int_equal(keyring_import(p->ring, secret.data, secret.len, false,
			     &key, &count, &e),
	    0);
	people_load(p, key, NULL);
	expect_refused(p, &sealed, "not-for-us");
	key_free(key);
	free(key);
	assert_int_equal(keyring_import(p->ring, secret.data, secret.len, true,
			     &key, &count, &e),
	    0);
	assert_true(key->secret);
	expect_hello(p, &sealed);
	key_free(key);
	free(key);
	key_free(&bob);
	buf_free(&in);
	buf_free(&secret);
	buf_free(&sealed);
}

static void
a_locked_key_fails_at_once(void **state)
{
	static const char who[] = "Locked <locked@csirt.example>";
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct key *key = NULL;
	size_t count = 0;
	struct buf in;
	struct buf sealed;
	struct buf secret;
	int64_t start = 0;

	put_hello(&in);
	buf_init(&secret, LIMIT);
	buf_init(&sealed, LIMIT);
	people_run(p, NULL, NULL, "--passphrase", "locked", "--quick-gen-key",
	    who, "future-default", "default", "never", NULL);
	people_run(p, NULL, &secret, "--passphrase", "locked",
	    "--export-secret-keys", who, NULL);
	people_run(p, &in, &sealed, "-r", who, "-e", NULL);
	assert_int_equal(keyring_import(p->ring, secret.data, secret.len, true,
			     &key, &count, &e),
	    0);
	people_load(p, key, NULL);
	start = clock_monotonic_ms();
	expect_refused(p, &sealed, "not-for-us");
	assert_true(clock_monotonic_ms() - start < 5000);
	key_free(key);
	free(key);
	buf_free(&in);
	buf_free(&secret);
	buf_free(&sealed);
}

static void
each_copy_is_for_its_recipient_alone(void **state)
{
	struct people *p = *state;
	const char *recipient[] = {
	    p->alice.fingerprint, p->mallory.fingerprint};
	const struct key *key[] = {&p->alice, &p->mallory};
	struct buf payload;
	struct seal_request r = {.signer = p->team.fingerprint,
	    .recipient = recipient,
	    .recipients = 2,
	    .payload = &payload};
	struct seal_copy *copy = NULL;
	struct err e = {ERR_NONE, ""};

	put_hello(&payload);
	people_load(p, &p->team, &p->alice, &p->mallory, NULL);
	if (seal(p->ring, &r, &copy, &e) == -1)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < 2; i++) {
		struct packet_message m;
		struct buf binary;
		struct buf plain;

		buf_init(&binary, LIMIT);
		buf_init(&plain, LIMIT);
		assert_string_equal(copy[i].encrypted_to, recipient[i]);
		assert_int_equal(armour_decode(copy[i].armour.data,
				     copy[i].armour.len, &binary, &e),
		    0);
		packet_message_read(&m, binary.data, binary.len);
		assert_int_equal(m.recipients.count, 1);
		assert_string_equal(
		    m.recipients.item[0], key[i]->subkey[1].key_id);
		people_run(p, &copy[i].armour, &plain, "-d", NULL);
		assert_string_equal(buf_str(&plain), hello);
		packet_message_free(&m);
		buf_free(&binary);
		buf_free(&plain);
	}
	seal_free(copy, 2);
	people_load(p, &p->team, &p->alice, NULL);
	assert_int_equal(seal(p->ring, &r, &copy, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, p->mallory.fingerprint));
	assert_null(copy);
	buf_free(&payload);
}

static void
a_sealed_secret_opens_again(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct buf sealed;
	struct buf plain;

	buf_init(&sealed, LIMIT);
	buf_init_secret(&plain, LIMIT);
	people_load(p, &p->team, NULL);
	assert_int_equal(seal_secret(p->ring, p->team.fingerprint, hello,
			     sizeof(hello) - 1, &sealed, &e),
	    0);
	assert_int_equal(
	    seal_open_secret(p->ring, sealed.data, sealed.len, &plain, &e), 0);
	assert_string_equal(buf_str(&plain), hello);
	sealed.data[sealed.len - 5] ^= 1;
	assert_int_equal(
	    seal_open_secret(p->ring, sealed.data, sealed.len, &plain, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	buf_free(&sealed);
	buf_free(&plain);
}

static int
setup(void **state)
{
	struct people *p = xcalloc(1, sizeof(*p));

	people_open(p);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	people_close(*state);
	free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_generated_key_says_what_it_is),
	    cmocka_unit_test(two_agents_serve_two_rings),
	    cmocka_unit_test(a_ring_may_have_a_long_path),
	    cmocka_unit_test(a_killed_agent_is_no_verdict),
	    cmocka_unit_test(a_stopped_agent_leaves_no_folder),
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
	    cmocka_unit_test(gpg_may_not_run_for_ever),
	    cmocka_unit_test(a_weak_digest_is_no_evidence),
	    cmocka_unit_test(a_detached_signature_is_good_or_bad),
	    cmocka_unit_test(an_expired_key_signs_nothing_good),
	    cmocka_unit_test(a_key_of_another_version_is_named),
	    cmocka_unit_test(several_keys_come_with_a_record_each),
	    cmocka_unit_test(an_imported_secret_key_opens_mail),
	    cmocka_unit_test(a_locked_key_fails_at_once),
	    cmocka_unit_test(each_copy_is_for_its_recipient_alone),
	    cmocka_unit_test(a_sealed_secret_opens_again),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
