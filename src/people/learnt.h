/*
 * learnt.h - keys that came by mail: by an Autocrypt header (Level 1) or
 * attached. Owns table learnt_key.
 *
 * Nobody has verified one. It is bound to no contact and proves no sender; it
 * is only what is encrypted to, as channel E2, where an address has no other
 * key. Where it has one, the new key waits for a person.
 */
#ifndef PEOPLE_LEARNT_H
#define PEOPLE_LEARNT_H

#include "pgp/keyring.h"
#include "store/db.h"

#define LEARNT_MAX 8 /* keys that are kept for one address */
#define LEARNT_SUM 65 /* bytes: SHA-256 in hex and the NUL */

struct learnt {
	char *address; /* folded */
	char fingerprint[KEY_FINGERPRINT];
	char source[16]; /* autocrypt, attached (application/pgp-keys), text */
	char sum[LEARNT_SUM]; /* of the bytes that it came in */
	bool waits; /* for a person; it is not used */
	int64_t message; /* that it came in */
	int64_t at; /* seconds since the epoch */
};

/* Frees its fields; l itself is the caller's. */
void learnt_free(struct learnt *l);

/*
 * Notes a key of an address; one that is noted already stays as it is, and over
 * LEARNT_MAX it is left out. The key is in the table of keys. Inside a
 * transaction.
 */
int learnt_add(struct db *db, const struct learnt *l, struct err *e);

/* The address's key is another one from now on. Inside a transaction. */
int learnt_replace(struct db *db, const struct learnt *l, struct err *e);

/*
 * Of an address: the key that is used (out->fingerprint "": none). The caller's
 * to learnt_free.
 */
int learnt_used(
    struct db *db, const char *address, struct learnt *out, struct err *e);

/* Whether the key is noted for the address, in whatever form it came. */
int learnt_has(struct db *db, const char *address, const char *fingerprint,
    bool *has, struct err *e);

/* Of a key: the first address that it was learnt for; as learnt_used. */
int learnt_by_key(
    struct db *db, const char *fingerprint, struct learnt *out, struct err *e);

#endif
