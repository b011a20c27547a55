#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "pgp/folder.h"
#include "pgp/test_people.h"
#include "pgp/verify.h"

static enum signature_status
check_signed(struct people *p, const struct buf *signature, struct signature *s)
{
	struct signatures l = {NULL, 0};
	struct err e = {ERR_NONE, ""};
	enum signature_status status = SIGNATURE_ERROR;

	if (verify_detached(p->ring, signature->data, signature->len,
		people_text, strlen(people_text), clock_now(NULL), &l,
		&e) == -1)
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

	people_hello(&in);
	buf_init(&signature, PEOPLE_LIMIT);
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

	people_hello(&in);
	buf_init(&signature, PEOPLE_LIMIT);
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

	people_hello(&in);
	buf_init(&out, PEOPLE_LIMIT);
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

/* A key of p->home as the gateway has it now. */
static void
read_key(struct people *p, const char *who, struct key *out)
{
	struct err e = {ERR_NONE, ""};
	struct key *key = NULL;
	size_t count = 0;
	struct buf text;

	buf_init(&text, KEY_MATERIAL_MAX);
	people_run(p, NULL, &text, "--export", who, NULL);
	if (keyring_import(
		p->ring, text.data, text.len, false, &key, &count, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(count, 1);
	*out = *key;
	free(key);
	buf_free(&text);
}

/* people_text signed with these words of gpg; appended to out. */
#define SIGN(p, out, ...)                                                      \
	do {                                                                   \
		struct buf in_;                                                \
		people_hello(&in_);                                            \
		people_run(p, &in_, out, __VA_ARGS__, "-b", NULL);             \
		buf_free(&in_);                                                \
	} while (0)

static void
old_digests_are_no_evidence(void **state)
{
	static const char *const name[] = {"MD5", "SHA1", "RIPEMD160"};
	static const char who[] = "Rsa <rsa@partner.example>";
	struct people *p = *state;
	struct signature s;
	struct key key;

	people_run(p, NULL, NULL, "--quick-gen-key", who, "rsa2048", "sign",
	    "never", NULL);
	read_key(p, who, &key);
	people_load(p, &key, NULL);
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		struct buf out;

		buf_init(&out, PEOPLE_LIMIT);
		SIGN(p, &out, "-u", who, "--digest-algo", name[i],
		    "--allow-weak-digest-algos");
		assert_int_equal(check_signed(p, &out, &s), SIGNATURE_ERROR);
		assert_non_null(strstr(s.why, "weak"));
		assert_string_equal(s.replay, "");
		buf_free(&out);
	}
	key_free(&key);
}

static void
a_short_rsa_key_is_no_evidence(void **state)
{
	static const char who[] = "Short <short@partner.example>";
	struct people *p = *state;
	struct signature s;
	struct key key;
	struct buf out;

	buf_init(&out, PEOPLE_LIMIT);
	people_run(p, NULL, NULL, "--quick-gen-key", who, "rsa1024", "sign",
	    "never", NULL);
	read_key(p, who, &key);
	people_load(p, &key, NULL);
	SIGN(p, &out, "-u", who, "--digest-algo", "SHA256");
	assert_int_equal(check_signed(p, &out, &s), SIGNATURE_ERROR);
	assert_non_null(strstr(s.why, "2048"));
	key_free(&key);
	buf_free(&out);
}

static void
a_signature_that_expired_is_no_evidence(void **state)
{
	static const char who[] = "Past <past@partner.example>";
	struct people *p = *state;
	struct key key;
	struct buf out;

	buf_init(&out, PEOPLE_LIMIT);
	people_run(p, NULL, NULL, "--faked-system-time", "20200101T000000!",
	    "--quick-gen-key", who, "ed25519", "sign", "never", NULL);
	read_key(p, who, &key);
	people_load(p, &key, NULL);
	SIGN(p, &out, "-u", who, "--faked-system-time", "20200601T000000!",
	    "--default-sig-expire", "10d");
	assert_int_equal(check_signed(p, &out, NULL), SIGNATURE_EXPIRED);
	buf_clear(&out);
	SIGN(p, &out, "-u", who, "--faked-system-time", "20200601T000000!");
	assert_int_equal(check_signed(p, &out, NULL), SIGNATURE_GOOD);
	buf_clear(&out);
	SIGN(p, &out, "-u", who, "--faked-system-time", "20990101T000000!");
	assert_int_equal(check_signed(p, &out, NULL), SIGNATURE_ERROR);
	buf_clear(&out);
	SIGN(p, &out, "-u", who, "--faked-system-time", "20190101T000000!",
	    "--ignore-time-conflict", "--ignore-valid-from");
	assert_int_equal(check_signed(p, &out, NULL), SIGNATURE_ERROR);
	key_free(&key);
	buf_free(&out);
}

/* Its owner took the right to sign away from what had signed. */
static void
a_key_that_may_not_sign_signs_nothing_good(void **state)
{
	static const char who[] = "Usage <usage@partner.example>";
	static const char primary[] = "change-usage\nS\nQ\nsave\n";
	static const char subkey[] = "key 1\nchange-usage\nS\nQ\nsave\n";
	struct people *p = *state;
	struct key key;
	struct buf out[2];

	people_run(p, NULL, NULL, "--quick-gen-key", who, "ed25519",
	    "cert,sign", "never", NULL);
	read_key(p, who, &key);
	people_run(p, NULL, NULL, "--quick-add-key", key.fingerprint, "rsa2048",
	    "sign,encr", "never", NULL);
	key_free(&key);
	read_key(p, who, &key);
	assert_int_equal(key.subkeys, 2);
	people_load(p, &key, NULL);
	for (size_t i = 0; i < 2; i++) {
		char exact[KEY_FINGERPRINT + 1];
		struct signature s;

		snprintf(
		    exact, sizeof(exact), "%s!", key.subkey[i].fingerprint);
		buf_init(&out[i], PEOPLE_LIMIT);
		SIGN(p, &out[i], "-u", exact);
		assert_int_equal(check_signed(p, &out[i], &s), SIGNATURE_GOOD);
		assert_string_equal(s.fingerprint, key.fingerprint);
	}
	for (size_t i = 0; i < 2; i++) {
		struct buf commands;

		buf_init(&commands, PEOPLE_LIMIT);
		buf_puts(&commands, i == 0 ? primary : subkey);
		people_run(p, &commands, NULL, "--command-fd", "0",
		    "--edit-key", who, NULL);
		buf_free(&commands);
	}
	key_free(&key);
	read_key(p, who, &key);
	people_load(p, &key, NULL);
	for (size_t i = 0; i < 2; i++) {
		assert_false(key.subkey[i].can_sign);
		assert_int_equal(
		    check_signed(p, &out[i], NULL), SIGNATURE_ERROR);
		buf_free(&out[i]);
	}
	key_free(&key);
}

static void
a_revoked_key_signs_nothing_good(void **state)
{
	static const char who[] = "Gone <gone@partner.example>";
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct buf certificate;
	struct buf rev;
	struct buf out;
	struct key key;
	char *name = NULL;

	buf_init(&rev, PEOPLE_LIMIT);
	buf_init(&certificate, PEOPLE_LIMIT);
	buf_init(&out, PEOPLE_LIMIT);
	people_run(p, NULL, NULL, "--quick-gen-key", who, "ed25519", "sign",
	    "never", NULL);
	read_key(p, who, &key);
	SIGN(p, &out, "-u", who);
	people_load(p, &key, NULL);
	assert_int_equal(check_signed(p, &out, NULL), SIGNATURE_GOOD);
	name = xasprintf("openpgp-revocs.d/%s.rev", key.fingerprint);
	assert_int_equal(folder_read(p->home, name, &rev, &e), 0);
	buf_puts(&certificate, strstr(buf_str(&rev), ":-----") + 1);
	people_run(p, &certificate, NULL, "--import", NULL);
	key_free(&key);
	read_key(p, who, &key);
	assert_true(key.revoked);
	people_load(p, &key, NULL);
	assert_int_equal(check_signed(p, &out, NULL), SIGNATURE_REVOKED);
	key_free(&key);
	free(name);
	buf_free(&certificate);
	buf_free(&rev);
	buf_free(&out);
}

static void
check_several(
    struct people *p, const struct buf *signature, struct signatures *l)
{
	struct err e = {ERR_NONE, ""};

	if (verify_detached(p->ring, signature->data, signature->len,
		people_text, strlen(people_text), clock_now(NULL), l, &e) == -1)
		fail_msg("%s", e.text);
}

static void
each_of_several_signers_is_judged(void **state)
{
	struct people *p = *state;
	struct signatures l = {NULL, 0};
	struct buf other;
	struct buf out;

	people_load(p, &p->alice, &p->mallory, NULL);
	buf_init(&out, PEOPLE_LIMIT);
	SIGN(p, &out, "-u", p->alice.fingerprint, "--digest-algo", "SHA512");
	SIGN(p, &out, "-u", p->mallory.fingerprint, "--digest-algo", "SHA256");
	check_several(p, &out, &l);
	assert_int_equal(l.count, 2);
	assert_int_equal(l.item[0].facts.status, SIGNATURE_GOOD);
	assert_int_equal(l.item[1].facts.status, SIGNATURE_GOOD);
	assert_string_equal(l.item[0].facts.fingerprint, p->alice.fingerprint);
	assert_string_equal(
	    l.item[1].facts.fingerprint, p->mallory.fingerprint);
	assert_string_not_equal(l.item[0].facts.replay, l.item[1].facts.replay);
	signatures_free(&l);

	buf_init(&other, PEOPLE_LIMIT);
	buf_puts(&other, "Another text.\n");
	buf_clear(&out);
	people_run(p, &other, &out, "-u", p->mallory.fingerprint, "-b", NULL);
	SIGN(p, &out, "-u", p->alice.fingerprint);
	check_several(p, &out, &l);
	assert_int_equal(l.count, 2);
	assert_int_equal(l.item[0].facts.status, SIGNATURE_BAD);
	assert_int_equal(l.item[1].facts.status, SIGNATURE_GOOD);
	assert_string_equal(l.item[1].facts.fingerprint, p->alice.fingerprint);
	signatures_free(&l);
	buf_free(&other);
	buf_free(&out);
}

static void
a_signature_of_another_version_is_named(void **state)
{
	static const unsigned char v6[] = {
	    0xc2, 0x0a, 6, 0, 27, 10, 0, 0, 0, 0, 0, 0};
	struct people *p = *state;
	struct buf out;
	struct signature s;

	buf_init(&out, PEOPLE_LIMIT);
	buf_put(&out, v6, sizeof(v6));
	people_load(p, &p->alice, NULL);
	assert_int_equal(check_signed(p, &out, &s), SIGNATURE_ERROR);
	assert_non_null(strstr(s.why, "OpenPGP v6"));
	buf_free(&out);
}

/* gpg hashes as much of it as it likes; a binary signature is of all. */
static void
a_text_signature_has_lines_of_sense(void **state)
{
	struct people *p = *state;

	people_load(p, &p->alice, NULL);
	for (int binary = 0; binary < 2; binary++) {
		struct signatures l = {NULL, 0};
		struct err e = {ERR_NONE, ""};
		struct buf text;
		struct buf out;

		buf_init(&text, PEOPLE_LIMIT);
		buf_init(&out, PEOPLE_LIMIT);
		memset(buf_reserve(&text, 17000), 'x', 17000);
		people_run(p, &text, &out, "-u", p->alice.fingerprint,
		    binary ? "--no-textmode" : "--textmode", "-b", NULL);
		assert_int_equal(
		    verify_detached(p->ring, out.data, out.len, text.data,
			text.len, clock_now(NULL), &l, &e),
		    0);
		assert_int_equal(l.count, 1);
		assert_int_equal(l.item[0].facts.status,
		    binary ? SIGNATURE_GOOD : SIGNATURE_ERROR);
		signatures_free(&l);
		buf_clear(&out);
		SIGN(p, &out, "-u", p->alice.fingerprint,
		    binary ? "--no-textmode" : "--textmode");
		assert_int_equal(check_signed(p, &out, NULL), SIGNATURE_GOOD);
		buf_free(&text);
		buf_free(&out);
	}
}

/* The same key, without the packet that says whose it is. */
static void
a_key_without_a_name_is_none(void **state)
{
	struct people *p = *state;
	struct packet_reader r = {
	    p->alice.material.data, p->alice.material.len};
	struct err e = {ERR_NONE, ""};
	struct key *key = NULL;
	struct packet packet;
	struct buf bare;
	size_t count = 0;
	bool named = false;

	buf_init(&bare, KEY_MATERIAL_MAX);
	while (packet_next(&r, &packet) == 1) {
		if (packet.tag == 13)
			named = true;
		else if (packet.tag == PACKET_PUBLIC_SUBKEY)
			named = false;
		if (!named)
			buf_put(&bare, packet.start, packet.size);
	}
	assert_true(bare.len < p->alice.material.len);
	assert_int_equal(keyring_import(p->ring, bare.data, bare.len, false,
			     &key, &count, &e),
	    -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_int_not_equal(e.text[0], '\0');
	print_message("%s\n", e.text);
	assert_null(key);
	buf_free(&bare);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_weak_digest_is_no_evidence),
	    cmocka_unit_test(a_detached_signature_is_good_or_bad),
	    cmocka_unit_test(an_expired_key_signs_nothing_good),
	    cmocka_unit_test(old_digests_are_no_evidence),
	    cmocka_unit_test(a_short_rsa_key_is_no_evidence),
	    cmocka_unit_test(a_signature_that_expired_is_no_evidence),
	    cmocka_unit_test(a_key_that_may_not_sign_signs_nothing_good),
	    cmocka_unit_test(a_revoked_key_signs_nothing_good),
	    cmocka_unit_test(each_of_several_signers_is_judged),
	    cmocka_unit_test(a_signature_of_another_version_is_named),
	    cmocka_unit_test(a_text_signature_has_lines_of_sense),
	    cmocka_unit_test(a_key_without_a_name_is_none),
	};

	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
