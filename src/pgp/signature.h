/* signature.h - gpg's word on signatures, judged by our rules. */
#ifndef PGP_SIGNATURE_H
#define PGP_SIGNATURE_H

#include <gpgme.h>

#include "pgp/engine.h"
#include "pgp/verdict.h"

#define SIGNATURES_MAX 64 /* of one operation */

struct judged_signature {
	struct signature facts;
	char issuer[KEY_FINGERPRINT]; /* fingerprint or key id as it names it */
	const char *word; /* of verdict.h's warnings, a constant; NULL: good */
};

struct signatures {
	struct judged_signature *item;
	size_t count;
};

/*
 * Appends what GPGME found, with part PART_NONE and whole false. A subkey's
 * signature gets its primary key's fingerprint from the ring. GPGME's result
 * is not touched later.
 */
void signatures_read(struct signatures *l, const struct keyring *k,
    gpgme_verify_result_t result, int64_t now);

/* Appends one that could not be read at all. */
void signatures_add_error(struct signatures *l, const char *why);

/* Frees what is in it; l itself is the caller's. */
void signatures_free(struct signatures *l);

#endif
