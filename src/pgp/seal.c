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
#define SESSION_KEY_MAX 4096 /* bytes of one packet */
#define SESSION_KEY_USUAL 560 /* bytes; for an RSA key of 4096 bits */
#define SECRET_MAX (1U << 20) /* bytes of what seal_secret takes */
#define RUN_NS 6000000ULL /* gpg's start, the signature, a file */
#define RUN_BYTE_NS 12ULL /* to encrypt and to armour */
#define SCAN_NS 70ULL /* for each recipient and each key in the ring */
#define RUNS_BYTES                                                             \
	(32U << 20) /* of all ciphertexts, where there are several             \
		     */

/* The options GPGME would add for them are in the ring's gpg.conf as well. */
#define FLAGS                                                                  \
	((gpgme_encrypt_flags_t)(GPGME_ENCRYPT_ALWAYS_TRUST |                  \
				 GPGME_ENCRYPT_NO_ENCRYPT_TO |                 \
				 GPGME_ENCRYPT_NO_COMPRESS))

void
seal_free(struct sealed *s)
{
	for (size_t i = 0; i < s->messages; i++) {
		fanout_free(&s->message[i].fanout);
		buf_free(&s->message[i].binary);
	}
	free(s->message);
	free(s->copy);
	*s = (struct sealed){.messages = 0};
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

/* From the facts that came with it: gpg is not asked again for each. */
static int
check_key(const struct key *key, int64_t now, struct err *e)
{
	unsigned problems = key_problems(key, now);

	if ((problems & ~(unsigned)KEY_EXPIRING) == 0)
		return 0;
	return err_set(e, ERR_DATA, "key %s cannot be encrypted to:%s%s%s%s",
	    key->fingerprint, problems & KEY_REVOKED ? " revoked" : "",
	    problems & KEY_EXPIRED ? " expired" : "",
	    problems & KEY_WEAK ? " weak" : "",
	    problems & KEY_CANNOT_ENCRYPT ? " no valid key for encryption"
					  : "");
}

/* gpg's own word on a key that looked fine. */
static int
refused_key(gpgme_ctx_t context, gpgme_error_t error, struct err *e)
{
	gpgme_encrypt_result_t result = gpgme_op_encrypt_result(context);

	if (gpgme_err_code(error) != GPG_ERR_UNUSABLE_PUBKEY ||
	    result == NULL || result->invalid_recipients == NULL)
		return err_set(
		    e, ERR_TEMP, "encrypting: %s", gpgme_strerror(error));
	return err_set(e, ERR_DATA, "key %.64s cannot be encrypted to: %s",
	    result->invalid_recipients->fpr,
	    gpgme_strerror(result->invalid_recipients->reason));
}

/* One run of gpg; recipients is GPGME's list of them. */
static int
encrypt_to(struct keyring *k, const char *recipients, const struct buf *data,
    bool sign, struct buf *out, struct err *e)
{
	gpgme_data_t source = NULL;
	gpgme_data_t sink = NULL;
	struct engine_run run;
	gpgme_error_t error = 0;
	int rc = -1;

	if (engine_source(&source, data->data, data->len, e) == -1 ||
	    engine_sink(&sink, out, e) == -1)
		goto out;
	engine_begin(&run, k, k->context, data->len);
	error = sign ? gpgme_op_encrypt_sign_ext(
			   k->context, NULL, recipients, FLAGS, source, sink)
		     : gpgme_op_encrypt_ext(
			   k->context, NULL, recipients, FLAGS, source, sink);
	engine_end(&run, error != 0);
	rc = error == 0 ? 0 : refused_key(k->context, error, e);
out:
	gpgme_data_release(sink);
	gpgme_data_release(source);
	return rc;
}

size_t
seal_runs(size_t recipients, size_t bytes)
{
	uint64_t scan = SCAN_NS * recipients * recipients;
	uint64_t more = RUN_NS + RUN_BYTE_NS * bytes;
	size_t most = RUNS_BYTES / (bytes + 1);
	size_t runs = 1;

	while (runs < most && scan / runs - scan / (runs + 1) > more)
		runs++;
	return runs;
}

/* The ring holds what is kept, and those of recipients from to from + count. */
static int
seal_ring(struct keyring *k, const struct seal_request *r, size_t from,
    size_t count, struct err *e)
{
	const struct buf **blob;
	int rc;

	if (r->kept == NULL)
		return 0;
	blob = xcalloc(r->kepts + count, sizeof(const struct buf *));
	for (size_t i = 0; i < r->kepts; i++)
		blob[i] = r->kept[i];
	for (size_t i = 0; i < count; i++)
		blob[r->kepts + i] = &r->recipient[from + i]->blob;
	rc = keyring_load(k, blob, r->kepts + count, e);
	free(blob);
	return rc;
}

/* One message to recipients from to from + count. */
static int
seal_message(struct keyring *k, const struct seal_request *r, size_t from,
    size_t count, struct sealed *out, struct err *e)
{
	size_t room = count * SESSION_KEY_MAX + CIPHERTEXT_MORE;
	struct seal_message *m;
	struct buf list;
	int rc;

	if (seal_ring(k, r, from, count, e) == -1 ||
	    set_signer(k, r->signer, e) == -1)
		return -1;
	out->message = xgrow(out->message, out->messages, sizeof(*m));
	m = &out->message[out->messages++];
	*m = (struct seal_message){.fanout = {.keys = 0}};
	buf_init(&m->binary, r->payload->len + room);
	buf_expect(&m->binary, r->payload->len + count * SESSION_KEY_USUAL);
	buf_init(&list, count * KEY_FINGERPRINT + 4);
	buf_puts(&list, "--\n");
	for (size_t i = from; i < from + count; i++)
		buf_putf(&list, "%s\n", r->recipient[i]->fingerprint);
	rc = encrypt_to(k, buf_str(&list), r->payload, true, &m->binary, e);
	buf_free(&list);
	return rc == -1
		   ? -1
		   : fanout_read(&m->fanout, m->binary.data, m->binary.len, e);
}

/* Whose subkey has which key id. */
struct seal_subkey {
	const char *key_id;
	size_t recipient;
};

static int
subkey_compare(const void *a, const void *b)
{
	const struct seal_subkey *x = a, *y = b;

	return strcmp(x->key_id, y->key_id);
}

/* All subkeys of recipients from to end, by key id; the caller's. */
static struct seal_subkey *
subkeys_make(
    const struct seal_request *r, size_t from, size_t end, size_t *count)
{
	struct seal_subkey *all = NULL;

	*count = 0;
	for (size_t i = from; i < end; i++)
		for (size_t s = 0; s < r->recipient[i]->subkeys; s++) {
			all = xgrow(all, *count, sizeof(*all));
			all[(*count)++] = (struct seal_subkey){
			    r->recipient[i]->subkey[s].key_id, i};
		}
	if (*count > 0)
		qsort(all, *count, sizeof(*all), subkey_compare);
	return all;
}

/* The first of those with that key id, or NULL; *end is past the last one. */
static const struct seal_subkey *
subkeys_find(const struct seal_subkey *all, size_t count, const char *key_id,
    const struct seal_subkey **end)
{
	const struct seal_subkey wanted = {.key_id = key_id};
	const struct seal_subkey *at =
	    count == 0
		? NULL
		: bsearch(&wanted, all, count, sizeof(*all), subkey_compare);

	if (at == NULL)
		return NULL;
	for (*end = at;
	     *end < all + count && strcmp((*end)->key_id, key_id) == 0; ++*end)
		;
	while (at > all && strcmp(at[-1].key_id, key_id) == 0)
		at--;
	return at;
}

/*
 * Gives recipients from to end their session key packets of the last message. A
 * key id is no identity: where two keys have one, theirs are given to nobody.
 */
static void
seal_match(const struct seal_request *r, size_t from, size_t end_of_run,
    struct sealed *out)
{
	size_t m = out->messages - 1;
	const struct fanout *f = &out->message[m].fanout;
	size_t count;
	struct seal_subkey *all = subkeys_make(r, from, end_of_run, &count);

	for (size_t i = 0; i < f->keys; i++) {
		const struct seal_subkey *end;
		const struct seal_subkey *s =
		    subkeys_find(all, count, f->key[i].key_id, &end);
		bool one = s != NULL;

		for (const struct seal_subkey *t = s; one && t < end; t++)
			one = strcmp(r->recipient[t->recipient]->fingerprint,
				  r->recipient[s->recipient]->fingerprint) == 0;
		for (; one && s < end; s++)
			out->copy[s->recipient] =
			    (struct seal_copy){.message = m, .key = i};
	}
	free(all);
}

/* The messages that several share. */
static int
seal_shared(struct keyring *k, const struct seal_request *r, struct sealed *out,
    struct err *e)
{
	size_t runs =
	    r->kept == NULL ? 1 : seal_runs(r->recipients, r->payload->len);

	for (size_t i = 0; i < runs; i++) {
		size_t from = r->recipients * i / runs;
		size_t end = r->recipients * (i + 1) / runs;

		if (seal_message(k, r, from, end - from, out, e) == -1)
			return -1;
		seal_match(r, from, end, out);
	}
	return 0;
}

int
seal(struct keyring *k, const struct seal_request *r, struct sealed *out,
    struct err *e)
{
	int64_t now = clock_now(NULL);
	int rc = 0;

	*out = (struct sealed){.copies = r->recipients};
	if (r->recipients == 0)
		return err_set(e, ERR_BUG, "a seal without a recipient");
	for (size_t i = 0; i < r->recipients && rc == 0; i++)
		rc = check_key(r->recipient[i], now, e);
	if (rc == -1)
		return -1;
	out->copy = xcalloc(r->recipients, sizeof(*out->copy));
	for (size_t i = 0; i < r->recipients; i++)
		out->copy[i].message = SIZE_MAX;
	if (!r->apart && r->recipients > 1)
		rc = seal_shared(k, r, out, e);
	for (size_t i = 0; i < r->recipients && rc == 0; i++) {
		if (out->copy[i].message != SIZE_MAX)
			continue;
		out->copy[i] = (struct seal_copy){.message = out->messages};
		rc = seal_message(k, r, i, 1, out, e);
	}
	gpgme_signers_clear(k->context);
	return rc;
}

static int
sign_as(struct keyring *k, const char *signer, gpgme_sig_mode_t mode,
    const struct buf *payload, struct buf *out, struct err *e)
{
	gpgme_data_t source = NULL, sink = NULL;
	struct engine_run run;
	gpgme_error_t error = 0;
	int rc = -1;

	if (set_signer(k, signer, e) == -1 ||
	    engine_source(&source, payload->data, payload->len, e) == -1 ||
	    engine_sink(&sink, out, e) == -1)
		goto out;
	engine_begin(&run, k, k->context, payload->len);
	error = gpgme_op_sign(k->context, source, sink, mode);
	engine_end(&run, error != 0);
	if (error != 0)
		err_set(e, ERR_TEMP, "signing: %s", gpgme_strerror(error));
	else
		rc = 0;
out:
	gpgme_data_release(sink);
	gpgme_data_release(source);
	return rc;
}

int
seal_sign(struct keyring *k, const char *signer, const struct buf *payload,
    struct buf *out, struct err *e)
{
	struct buf binary;
	int rc;

	buf_init(&binary, CIPHERTEXT_MORE);
	rc = sign_as(k, signer, GPGME_SIG_MODE_DETACH, payload, &binary, e);
	if (rc == 0)
		armour_encode(ARMOUR_SIGNATURE, binary.data, binary.len, out);
	buf_free(&binary);
	return rc;
}

int
seal_clearsign(struct keyring *k, const char *signer, const struct buf *text,
    struct buf *out, struct err *e)
{
	return sign_as(k, signer, GPGME_SIG_MODE_CLEAR, text, out, e);
}

int
seal_secret(struct keyring *k, const char *fingerprint, const void *data,
    size_t len, struct buf *out, struct err *e)
{
	struct buf secret;
	char *list;
	int rc;

	if (len > SECRET_MAX)
		return err_set(
		    e, ERR_BUG, "a secret of over %u bytes", SECRET_MAX);
	buf_init_secret(&secret, len);
	buf_put(&secret, data, len);
	list = xasprintf("--\n%s\n", fingerprint);
	rc = encrypt_to(k, list, &secret, false, out, e);
	free(list);
	buf_free(&secret);
	return rc;
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
