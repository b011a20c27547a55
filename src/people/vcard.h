/*
 * vcard.h - contacts as vCards, RFC 6350 (4.0) and RFC 2426 (3.0).
 *
 * Of each card are read: FN (else N, else ORG), EMAIL, the preferred one first,
 * ORG (its first part), LANG (en or ja; others say nothing to us) and KEY: an
 * OpenPGP key in base64, as a data: URI or armoured, or its fingerprint
 * (openpgp4fpr:). A key that is elsewhere (http:) is not fetched, X.509 is left
 * out. Groups (KIND) and all other properties are passed over.
 */
#ifndef PEOPLE_VCARD_H
#define PEOPLE_VCARD_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"
#include "people/contact.h"

#define VCARD_MAX (64U << 20) /* bytes of a file */
#define VCARD_CARDS_MAX 100000
#define VCARD_LINE_MAX (1U << 20) /* bytes of an unfolded line; RFC 6350 3.2   \
				   */
#define VCARD_EMAILS_MAX 100 /* of a card */
#define VCARD_KEYS_MAX 10 /* of a card */

struct vcard {
	struct contact contact; /* class is the caller's to set; no keys */
	struct buf *key; /* material, binary or armoured */
	size_t keys;
	struct strs fingerprints; /* as written */
	int line; /* where the card begins, from 1 */
};

/*
 * Reads a whole file. *out is an array of *count, the caller's to vcard_free.
 * ERR_DATA where anything is wrong: then there are none, and errors has a line
 * ("line 7: ...") for every mistake.
 */
int vcard_parse(const void *data, size_t len, struct vcard **out, size_t *count,
    struct strs *errors, struct err *e);

/* Frees an array of count cards and what is in them. */
void vcard_free(struct vcard *card, size_t count);

#endif
