#include "pgp/signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define CLOCK_SKEW 300 /* seconds that a signer's clock may be ahead */
#define WEAK_BITS 2048
#define SIGNATURE_TYPE_TEXT 1 /* RFC 9580 section 5.2.1; 0 is binary */

static void
set_status(struct judged_signature *s, enum signature_status status,
    const char *word, const char *why)
{
	s->facts.status = status;
	s->word = word;
	snprintf(s->facts.why, sizeof(s->facts.why), "%s", why);
}

static void
judge_error(struct judged_signature *s, gpgme_error_t error)
{
	switch (gpgme_err_code(error)) {
	case GPG_ERR_NO_ERROR:
		set_status(s, SIGNATURE_GOOD, NULL, "");
		break;
	case GPG_ERR_BAD_SIGNATURE:
		set_status(s, SIGNATURE_BAD, "signature-bad",
		    "the content is not what was signed");
		break;
	case GPG_ERR_SIG_EXPIRED:
		set_status(s, SIGNATURE_EXPIRED, "signature-expired",
		    "the signature has expired");
		break;
	case GPG_ERR_KEY_EXPIRED:
		set_status(s, SIGNATURE_EXPIRED, "signature-expired",
		    "its key has expired");
		break;
	case GPG_ERR_CERT_REVOKED:
		set_status(s, SIGNATURE_REVOKED, "signature-revoked",
		    "its key is revoked");
		break;
	case GPG_ERR_NO_PUBKEY:
		set_status(s, SIGNATURE_NO_KEY, "signer-unknown",
		    "its key is not known");
		break;
	case GPG_ERR_DIGEST_ALGO:
		set_status(s, SIGNATURE_ERROR, "signature-weak",
		    "its digest algorithm is weak or unknown");
		break;
	default:
		set_status(s, SIGNATURE_ERROR, "signature-bad",
		    "GnuPG cannot check it");
		break;
	}
}

static bool
digest_is_weak(gpgme_hash_algo_t algorithm)
{
	return algorithm != GPGME_MD_SHA224 && algorithm != GPGME_MD_SHA256 &&
	       algorithm != GPGME_MD_SHA384 && algorithm != GPGME_MD_SHA512;
}

/* gpg's own words on the n-th signature that it found valid by this key. */
static const struct engine_valid *
find_valid(const struct engine_frame *frame, const char *fingerprint, size_t n)
{
	for (size_t i = 0; i < frame->valids; i++)
		if (strcmp(frame->valid[i].fingerprint, fingerprint) == 0 &&
		    n-- == 0)
			return &frame->valid[i];
	return NULL;
}

/* How many signatures by the same key stand before this one. */
static size_t
count_before(gpgme_signature_t first, gpgme_signature_t from)
{
	size_t n = 0;

	for (; first != from; first = first->next)
		n += first->fpr != NULL && from->fpr != NULL &&
		     strcmp(first->fpr, from->fpr) == 0;
	return n;
}

/*
 * A certification is good of a key, not of a document. And a key may claim
 * another's subkey for its own: gpg and the ring have to agree whose it is.
 */
static void
judge_valid(struct judged_signature *s, const struct engine_valid *valid)
{
	if (valid == NULL || valid->type > SIGNATURE_TYPE_TEXT)
		set_status(s, SIGNATURE_ERROR, "signature-bad",
		    "it is no signature of a document");
	else if (strcmp(valid->primary, s->facts.fingerprint) != 0)
		set_status(s, SIGNATURE_ERROR, "signature-bad",
		    "two keys claim the subkey that made it");
}

/* What gpg calls good and we do not. */
static void
judge_good(struct judged_signature *s, gpgme_signature_t from,
    const struct ring_key *key, int64_t now)
{
	const struct kbx_key *k = key == NULL ? NULL : &key->key;

	if (s->facts.status != SIGNATURE_GOOD)
		return;
	if (digest_is_weak(from->hash_algo))
		set_status(s, SIGNATURE_ERROR, "signature-weak",
		    "its digest algorithm (SHA-1 or older) is weak");
	else if (k == NULL)
		set_status(s, SIGNATURE_ERROR, "signature-bad",
		    "its key is not in the ring");
	else if (k->bits != 0 && k->bits < WEAK_BITS)
		set_status(s, SIGNATURE_ERROR, "signature-weak",
		    "its key has less than 2048 bits and is weak");
	else if (from->wrong_key_usage)
		set_status(s, SIGNATURE_ERROR, "signature-bad",
		    "its key may not sign");
	else if (s->facts.created > now + CLOCK_SKEW)
		set_status(s, SIGNATURE_ERROR, "signature-bad",
		    "it was made in the future");
	else if (s->facts.created < k->created)
		set_status(s, SIGNATURE_ERROR, "signature-bad",
		    "it is older than its key");
	else if (from->exp_timestamp != 0 &&
		 (int64_t)from->exp_timestamp <= now)
		set_status(s, SIGNATURE_EXPIRED, "signature-expired",
		    "the signature has expired");
}

/* GPGME gives a fingerprint, or a key id where that is all there is. */
static void
read_names(struct judged_signature *s, const char *name,
    const struct ring_key *key, const struct keyring *k)
{
	size_t len = name == NULL ? 0 : strlen(name);

	if (len >= KEY_ID - 1 && len < KEY_FINGERPRINT)
		memcpy(s->facts.key_id, name + len - (KEY_ID - 1), KEY_ID);
	if (key != NULL)
		memcpy(s->facts.fingerprint,
		    k->key[key->primary].key.fingerprint,
		    sizeof(s->facts.fingerprint));
	if (len > 0 && len < KEY_FINGERPRINT)
		memcpy(s->issuer, name, len + 1);
}

static struct judged_signature *
append(struct signatures *l)
{
	struct judged_signature *s = NULL;

	l->item = xgrow(l->item, l->count, sizeof(*l->item));
	s = &l->item[l->count++];
	memset(s, 0, sizeof(*s));
	s->facts.part = PART_NONE;
	return s;
}

void
signatures_read(struct signatures *l, const struct keyring *k,
    gpgme_verify_result_t result, const struct engine_frame *frame, int64_t now)
{
	size_t count = 0;

	if (result == NULL)
		return;
	for (gpgme_signature_t from = result->signatures;
	     from != NULL && count < SIGNATURES_MAX;
	     from = from->next, count++) {
		struct judged_signature *s = append(l);
		const struct ring_key *key =
		    from->fpr == NULL ? NULL : engine_key_alone(k, from->fpr);

		read_names(s, from->fpr, key, k);
		s->facts.created = (int64_t)from->timestamp;
		judge_error(s, from->status);
		judge_good(s, from, key, now);
		if (s->facts.status == SIGNATURE_GOOD)
			judge_valid(
			    s, find_valid(frame, from->fpr,
				   count_before(result->signatures, from)));
	}
}

void
signatures_spoil(struct signatures *l, size_t first, const char *why)
{
	for (size_t i = first; i < l->count; i++)
		if (l->item[i].facts.status == SIGNATURE_GOOD)
			set_status(
			    &l->item[i], SIGNATURE_ERROR, "signature-bad", why);
}

void
signatures_add_error(struct signatures *l, const char *word, const char *why)
{
	set_status(append(l), SIGNATURE_ERROR, word, why);
}

void
signatures_free(struct signatures *l)
{
	free(l->item);
	memset(l, 0, sizeof(*l));
}
