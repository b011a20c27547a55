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
 * Appends what GPGME found, with part PART_NONE and whole false. A good one
 * has to have its VALIDSIG line, of a document's signature (type 0 or 1) and
 * with the primary key that the ring knows for it. GPGME's result is not
 * touched later.
 */
void signatures_read(struct signatures *l, const struct keyring *k,
    gpgme_verify_result_t result, const struct engine_frame *frame,
    int64_t now);

/* What looked good is not, for that reason (a constant of few words). */
void signatures_spoil(struct signatures *l, size_t first, const char *why);

/* Appends one that could not be read at all. */
void signatures_add_error(
    struct signatures *l, const char *word, const char *why);

/* Frees what is in it; l itself is the caller's. */
void signatures_free(struct signatures *l);

#endif
