#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pgp/signature.h"

#define NOW 1800000000
#define ALICE "AAAAAAAAAAAAAAAAAAAAAAAA1111111122222222"
#define TWIN "BBBBBBBBBBBBBBBBBBBBBBBB1111111122222222"
#define SUBKEY "CCCCCCCCCCCCCCCCCCCCCCCC3333333344444444"

/* A ring of alice and her subkey; room for one more. */
struct desk {
	struct ring_key key[3];
	struct keyring ring;
	struct _gpgme_op_verify_result result;
	struct _gpgme_signature signature;
	struct engine_frame frame;
	char name[KEY_FINGERPRINT];
};

static void
set_key(struct ring_key *k, const char *fingerprint, size_t primary)
{
	memset(k, 0, sizeof(*k));
	memcpy(k->key.fingerprint, fingerprint, strlen(fingerprint) + 1);
	memcpy(k->key.key_id, fingerprint + 24, KEY_ID);
	k->key.created = NOW - 1000;
	k->primary = primary;
}

/* What gpg says of a good signature by that key. */
static void
desk_open(struct desk *d, const char *fingerprint)
{
	memset(d, 0, sizeof(*d));
	set_key(&d->key[0], ALICE, 0);
	set_key(&d->key[1], SUBKEY, 0);
	d->ring.key = d->key;
	d->ring.keys = 2;
	memcpy(d->name, fingerprint, strlen(fingerprint) + 1);
	d->signature.fpr = d->name;
	d->signature.timestamp = NOW - 10;
	d->signature.hash_algo = GPGME_MD_SHA256;
	d->result.signatures = &d->signature;
	d->frame.valids = 1;
	memcpy(d->frame.valid[0].fingerprint, d->name, sizeof(d->name));
	memcpy(d->frame.valid[0].primary, ALICE, sizeof(ALICE));
}

static void
expect(const struct desk *d, enum signature_status status, const char *word,
    const char *fingerprint)
{
	struct signatures l = {NULL, 0};
	gpgme_verify_result_t result = NULL;
	struct desk copy = *d;

	copy.ring.key = copy.key;
	copy.signature.fpr = copy.name;
	copy.result.signatures = &copy.signature;
	result = &copy.result;
	signatures_read(&l, &copy.ring, result, &copy.frame, NOW);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.item[0].facts.status, status);
	if (word == NULL)
		assert_null(l.item[0].word);
	else
		assert_string_equal(l.item[0].word, word);
	assert_string_equal(l.item[0].facts.fingerprint, fingerprint);
	assert_int_equal(
	    l.item[0].facts.why[0] == '\0', status == SIGNATURE_GOOD);
	signatures_free(&l);
}

static void
a_subkey_signs_for_its_primary_key(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, ALICE);
	expect(&d, SIGNATURE_GOOD, NULL, ALICE);
	desk_open(&d, SUBKEY);
	expect(&d, SIGNATURE_GOOD, NULL, ALICE);
}

static void
weak_algorithms_are_no_evidence(void **state)
{
	static const gpgme_hash_algo_t weak[] = {GPGME_MD_NONE, GPGME_MD_MD5,
	    GPGME_MD_SHA1, GPGME_MD_RMD160, GPGME_MD_MD2, GPGME_MD_MD4,
	    GPGME_MD_TIGER, GPGME_MD_HAVAL, GPGME_MD_CRC32};
	static const gpgme_hash_algo_t strong[] = {
	    GPGME_MD_SHA224, GPGME_MD_SHA256, GPGME_MD_SHA384, GPGME_MD_SHA512};
	struct desk d;

	(void)state;
	desk_open(&d, ALICE);
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		d.signature.hash_algo = weak[i];
		expect(&d, SIGNATURE_ERROR, "signature-weak", ALICE);
	}
	for (size_t i = 0; i < sizeof(strong) / sizeof(strong[0]); i++) {
		d.signature.hash_algo = strong[i];
		expect(&d, SIGNATURE_GOOD, NULL, ALICE);
	}
	d.key[0].key.bits = 2047;
	expect(&d, SIGNATURE_ERROR, "signature-weak", ALICE);
	d.key[0].key.bits = 2048;
	expect(&d, SIGNATURE_GOOD, NULL, ALICE);
}

static void
time_has_to_fit(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, ALICE);
	d.signature.timestamp = NOW + 301;
	expect(&d, SIGNATURE_ERROR, "signature-bad", ALICE);
	d.signature.timestamp = NOW + 300;
	expect(&d, SIGNATURE_GOOD, NULL, ALICE);
	d.signature.timestamp = NOW - 1001;
	expect(&d, SIGNATURE_ERROR, "signature-bad", ALICE);
	d.signature.timestamp = NOW - 1000;
	expect(&d, SIGNATURE_GOOD, NULL, ALICE);
	d.signature.exp_timestamp = NOW;
	expect(&d, SIGNATURE_EXPIRED, "signature-expired", ALICE);
	d.signature.exp_timestamp = NOW + 1;
	expect(&d, SIGNATURE_GOOD, NULL, ALICE);
}

static void
a_good_word_needs_its_proof(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, ALICE);
	d.frame.valids = 0;
	expect(&d, SIGNATURE_ERROR, "signature-bad", ALICE);
	desk_open(&d, ALICE);
	d.frame.valid[0].type = 0x10; /* a certification */
	expect(&d, SIGNATURE_ERROR, "signature-bad", ALICE);
	d.frame.valid[0].type = 1;
	expect(&d, SIGNATURE_GOOD, NULL, ALICE);
	memcpy(d.frame.valid[0].fingerprint, SUBKEY, sizeof(SUBKEY));
	expect(&d, SIGNATURE_ERROR, "signature-bad", ALICE);
	desk_open(&d, ALICE);
	d.signature.wrong_key_usage = 1;
	expect(&d, SIGNATURE_ERROR, "signature-bad", ALICE);
	desk_open(&d, ALICE);
	d.ring.keys = 0;
	expect(&d, SIGNATURE_ERROR, "signature-bad", "");
}

/* Somebody bound alice's subkey to a key of theirs. */
static void
a_subkey_of_two_keys_speaks_for_neither(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, SUBKEY);
	memcpy(d.frame.valid[0].primary, TWIN, sizeof(TWIN));
	expect(&d, SIGNATURE_ERROR, "signature-bad", ALICE);
}

static void
one_key_id_of_two_keys_names_nobody(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, "1111111122222222");
	d.signature.status = gpg_error(GPG_ERR_BAD_SIGNATURE);
	expect(&d, SIGNATURE_BAD, "signature-bad", ALICE);
	set_key(&d.key[2], TWIN, 2);
	d.ring.keys = 3;
	expect(&d, SIGNATURE_BAD, "signature-bad", "");
	/* A good one comes with its whole fingerprint. */
	desk_open(&d, ALICE);
	set_key(&d.key[2], TWIN, 2);
	d.ring.keys = 3;
	expect(&d, SIGNATURE_GOOD, NULL, ALICE);
}

static void
each_error_of_gpg_has_its_word(void **state)
{
	static const struct {
		gpg_err_code_t code;
		enum signature_status status;
		const char *word;
	} c[] = {
	    {GPG_ERR_BAD_SIGNATURE, SIGNATURE_BAD, "signature-bad"},
	    {GPG_ERR_SIG_EXPIRED, SIGNATURE_EXPIRED, "signature-expired"},
	    {GPG_ERR_KEY_EXPIRED, SIGNATURE_EXPIRED, "signature-expired"},
	    {GPG_ERR_CERT_REVOKED, SIGNATURE_REVOKED, "signature-revoked"},
	    {GPG_ERR_NO_PUBKEY, SIGNATURE_NO_KEY, "signer-unknown"},
	    {GPG_ERR_DIGEST_ALGO, SIGNATURE_ERROR, "signature-weak"},
	    {GPG_ERR_WRONG_KEY_USAGE, SIGNATURE_ERROR, "signature-bad"},
	    {GPG_ERR_GENERAL, SIGNATURE_ERROR, "signature-bad"},
	};
	struct desk d;

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		desk_open(&d, ALICE);
		d.signature.status = gpg_error(c[i].code);
		expect(&d, c[i].status, c[i].word, ALICE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_subkey_signs_for_its_primary_key),
	    cmocka_unit_test(weak_algorithms_are_no_evidence),
	    cmocka_unit_test(time_has_to_fit),
	    cmocka_unit_test(a_good_word_needs_its_proof),
	    cmocka_unit_test(a_subkey_of_two_keys_speaks_for_neither),
	    cmocka_unit_test(one_key_id_of_two_keys_names_nobody),
	    cmocka_unit_test(each_error_of_gpg_has_its_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
