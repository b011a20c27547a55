/*
 * kbx.h - GnuPG's keybox: a header record and one record for each key.
 *
 * A record that gpg made at import holds its own checks of the key's
 * self-signatures; keeping it whole saves gpg from doing them again.
 */
#ifndef PGP_KBX_H
#define PGP_KBX_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "pgp/keyring.h"

#define KBX_SUM 20 /* bytes of the SHA-1 checksum that ends a record */
#define KBX_SUBKEYS_MAX 64

/* One key or subkey of a record. */
struct kbx_key {
	char fingerprint[KEY_FINGERPRINT]; /* upper case */
	char key_id[KEY_ID];
	unsigned algorithm; /* RFC 9580 section 9.1 */
	unsigned bits; /* of an RSA or DSA key; else 0 */
	int64_t created; /* seconds since the epoch, UTC */
};

/* Appends the header record that a keybox starts with. */
void kbx_header(struct buf *out, int64_t now);

/*
 * Walks the key records of a keybox from *at (0 at first); the record is
 * borrowed from file.
 */
int kbx_next(const struct buf *file, size_t *at, const unsigned char **record,
    size_t *len, struct err *e);

/* Checks one record; *out is an array of its keys, the primary one first. */
int kbx_keys(const void *record, size_t len, struct kbx_key **out,
    size_t *count, struct err *e);

/* Appends the record's key as OpenPGP packets, without gpg's trust packets. */
int kbx_material(
    const void *record, size_t len, struct buf *out, struct err *e);

#endif
