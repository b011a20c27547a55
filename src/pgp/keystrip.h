/*
 * keystrip.h - a stranger's key before gpg sees it: what others signed on it
 * goes, and what is left is little (certificate flooding, CVE-2019-13050).
 *
 * Nothing is verified here; gpg does that with what is left.
 */
#ifndef PGP_KEYSTRIP_H
#define PGP_KEYSTRIP_H

#include "pgp/keyring.h"

#define KEYSTRIP_MAX 65536 /* bytes that are left of one key */
#define KEYSTRIP_COMPONENTS 32 /* user ids and subkeys that are kept */
#define KEYSTRIP_SIGNATURES 8 /* on the key and on each of those */

/*
 * Reads the first public key in data (binary, v4) and appends what is kept:
 * the key, its user ids and subkeys, and those signatures on them that name
 * the key itself as their issuer. Attributes (photographs) go. fingerprint is
 * the primary key's, upper case; *used, where not NULL, is the bytes that were
 * read. ERR_DATA where there is none, or it is no v4 key, or over KEYSTRIP_MAX.
 * Linear in len.
 */
int keystrip(const void *data, size_t len, struct buf *out,
    char fingerprint[KEY_FINGERPRINT], size_t *used, struct err *e);

#endif
