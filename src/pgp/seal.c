#include "pgp/seal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "pgp/armour.h"
#include "pgp/decrypt.h"
#include "pgp/engine.h"

#define CIPHERTEXT_MORE                                                        \
	(1U << 20) /* bytes that it may be longer than its text */
#define SECRET_MAX (1U << 20) /* bytes of what seal_secret takes */

/* The options GPGME would add for them are in the ring's gpg.conf as well. */
#define FLAGS                                                                  \
	((gpgme_encrypt_flags_t)(GPGME_ENCRYPT_ALWAYS_TRUST |                  \
				 GPGME_ENCRYPT_NO_ENCRYPT_TO |                 \
				 GPGME_ENCRYPT_NO_COMPRESS))

void
seal_free(struct seal_copy *copy, size_t count)
{
	if (copy == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		buf_free(&copy[i].armour);
	free(copy);
}

/* The key that gpg names itself; the caller unrefs it. ERR_DATA: none. */
static int
find_key(
    struct keyring *k, const char *fingerprint, gpgme_key_t *out, struct err *e)
{
	struct engine_run run;
	gpgme_error_t error = 0;

	*out = NULL;
	engine_begin(&run, k, k->context, 0);
	error = gpgme_get_key(k->context, fingerprint, out, 0);
	engine_end(&run, error != 0);
	if (error == 0)
		return 0;
	if (engine_broken(&run, error))
		return err_set(e, ERR_TEMP, "GnuPG: %s", gpgme_strerror(error));
	return err_set(e, ERR_DATA, "key %s is not in the ring", fingerprint);
}

static int
set_signer(struct keyring *k, const char *fingerprint, struct err *e)
{
	gpgme_signers_clear(k->context);
	if (engine_key(k, fingerprint) == NULL)
		return err_set(
		    e, ERR_DATA, "key %s is not in the ring", fingerprint);
	if (k->signer == NULL ||
	    strcmp(k->signer_fingerprint, fingerprint) != 0) {
		if (k->signer != NULL)
			gpgme_key_unref(k->signer);
		if (find_key(k, fingerprint, &k->signer, e) == -1)
			return -1;
		if (strlen(fingerprint) >= sizeof(k->signer_fingerprint))
			return err_set(e, ERR_BUG, "a fingerprint too long");
		memcpy(k->signer_fingerprint, fingerprint,
		    strlen(fingerprint) + 1);
	}
	if (gpgme_signers_add(k->context, k->signer) != 0)
		return err_set(e, ERR_TEMP, "GPGME: no memory");
	return 0;
}

static int
check_key(gpgme_key_t listed, struct err *e)
{
	struct key key;
	unsigned problems = 0;
	int rc = 0;

	key_read(&key, listed);
	problems = key_problems(&key, clock_now(NULL));
	if (problems & ~(unsigned)KEY_EXPIRING)
		rc = err_set(e, ERR_DATA,
		    "key %s cannot be encrypted to:%s%s%s%s", key.fingerprint,
		    problems & KEY_REVOKED ? " revoked" : "",
		    problems & KEY_EXPIRED ? " expired" : "",
		    problems & KEY_WEAK ? " weak" : "",
		    problems & KEY_CANNOT_ENCRYPT
			? " no valid key for encryption"
			: "");
	key_free(&key);
	return rc;
}

/* All of them in one run, before there is any copy. */
static int
check_keys(struct keyring *k, const char *const *recipient, size_t count,
    struct err *e)
{
	const char **pattern = xcalloc(count + 1, sizeof(*pattern));
	struct strs found = {NULL, 0};
	struct engine_run run;
	gpgme_key_t listed = NULL;
	gpgme_error_t error = 0;
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		pattern[i] = recipient[i];
	engine_begin(&run, k, k->context, 0);
	error = gpgme_op_keylist_ext_start(k->context, pattern, 0, 0);
	while (error == 0 && rc == 0 &&
	       (error = gpgme_op_keylist_next(k->context, &listed)) == 0) {
		strs_add_once(&found, listed->fpr);
		rc = check_key(listed, e);
		gpgme_key_unref(listed);
	}
	gpgme_op_keylist_end(k->context);
	engine_end(&run, gpgme_err_code(error) != GPG_ERR_EOF);
	for (size_t i = 0; i < count && rc == 0; i++)
		if (!strs_has(&found, recipient[i]))
			rc = err_set(e, ERR_DATA, "key %s is not in the ring",
			    recipient[i]);
	strs_free(&found);
	free(pattern);
	return rc;
}

/* One run of gpg for one recipient. */
static int
encrypt_to(struct keyring *k, const char *fingerprint, const void *data,
    size_t len, bool sign, struct buf *out, struct err *e)
{
	char *recipient = xasprintf("--\n%s\n", fingerprint);
	gpgme_data_t source = NULL;
	gpgme_data_t sink = NULL;
	struct engine_run run;
	gpgme_error_t error = 0;
	int rc = -1;

	if (engine_source(&source, data, len, e) == -1 ||
	    engine_sink(&sink, out, e) == -1)
		goto out;
	engine_begin(&run, k, k->context, len);
	error = sign ? gpgme_op_encrypt_sign_ext(
			   k->context, NULL, recipient, FLAGS, source, sink)
		     : gpgme_op_encrypt_ext(
			   k->context, NULL, recipient, FLAGS, source, sink);
	engine_end(&run, error != 0);
	if (error != 0) {
		/* The keys are fine, so it is gpg or the agent: again later. */
		err_set(e, ERR_TEMP, "encrypting to %s: %s", fingerprint,
		    gpgme_strerror(error));
		goto out;
	}
	rc = 0;
out:
	gpgme_data_release(sink);
	gpgme_data_release(source);
	free(recipient);
	return rc;
}

static int
seal_one(struct keyring *k, const struct seal_request *r,
    const char *fingerprint, struct seal_copy *copy, struct err *e)
{
	const struct ring_key *key = engine_key(k, fingerprint);
	size_t max = r->payload->len + CIPHERTEXT_MORE;
	struct buf binary;
	int rc = -1;

	buf_init(&copy->armour, max + max / 2);
	if (key == NULL)
		return err_set(
		    e, ERR_DATA, "key %s is not in the ring", fingerprint);
	memcpy(copy->encrypted_to, k->key[key->primary].key.fingerprint,
	    sizeof(copy->encrypted_to));
	buf_init(&binary, max);
	if (encrypt_to(k, fingerprint, r->payload->data, r->payload->len, true,
		&binary, e) == 0) {
		armour_encode(
		    ARMOUR_MESSAGE, binary.data, binary.len, &copy->armour);
		rc = 0;
	}
	buf_free(&binary);
	return rc;
}

int
seal(struct keyring *k, const struct seal_request *r, struct seal_copy **out,
    struct err *e)
{
	struct seal_copy *copy = NULL;
	int rc = -1;

	*out = NULL;
	if (r->recipients == 0)
		return err_set(e, ERR_BUG, "a seal without a recipient");
	if (check_keys(k, r->recipient, r->recipients, e) == -1 ||
	    set_signer(k, r->signer, e) == -1)
		return -1;
	copy = xcalloc(r->recipients, sizeof(*copy));
	for (size_t i = 0; i < r->recipients; i++)
		if (seal_one(k, r, r->recipient[i], &copy[i], e) == -1)
			goto out;
	*out = copy;
	copy = NULL;
	rc = 0;
out:
	seal_free(copy, r->recipients);
	gpgme_signers_clear(k->context);
	return rc;
}

int
seal_sign(struct keyring *k, const char *signer, const struct buf *payload,
    struct buf *out, struct err *e)
{
	gpgme_data_t source = NULL, sink = NULL;
	struct engine_run run;
	gpgme_error_t error = 0;
	struct buf binary;
	int rc = -1;

	buf_init(&binary, CIPHERTEXT_MORE);
	if (set_signer(k, signer, e) == -1 ||
	    engine_source(&source, payload->data, payload->len, e) == -1 ||
	    engine_sink(&sink, &binary, e) == -1)
		goto out;
	engine_begin(&run, k, k->context, payload->len);
	error = gpgme_op_sign(k->context, source, sink, GPGME_SIG_MODE_DETACH);
	engine_end(&run, error != 0);
	if (error != 0) {
		err_set(e, ERR_TEMP, "signing: %s", gpgme_strerror(error));
		goto out;
	}
	armour_encode(ARMOUR_SIGNATURE, binary.data, binary.len, out);
	rc = 0;
out:
	gpgme_data_release(sink);
	gpgme_data_release(source);
	buf_free(&binary);
	return rc;
}

int
seal_secret(struct keyring *k, const char *fingerprint, const void *data,
    size_t len, struct buf *out, struct err *e)
{
	const char *const recipient[] = {fingerprint};

	if (len > SECRET_MAX)
		return err_set(
		    e, ERR_BUG, "a secret of over %u bytes", SECRET_MAX);
	if (check_keys(k, recipient, 1, e) == -1)
		return -1;
	return encrypt_to(k, fingerprint, data, len, false, out, e);
}

int
seal_open_secret(struct keyring *k, const void *data, size_t len,
    struct buf *out, struct err *e)
{
	struct decryption d;
	int rc = 0;

	keyring_allow(k);
	rc = decrypt(k, data, len, SECRET_MAX, clock_now(NULL), &d, e);
	if (rc == 0 && !d.sound)
		rc = err_set(e, ERR_DATA, "the sealed secret: %s", d.why);
	if (rc == 0) {
		buf_put(out, d.plain.data, d.plain.len);
		if (out->over)
			rc = err_set(e, ERR_BUG, "no room for the secret");
	}
	decryption_free(&d);
	return rc;
}
