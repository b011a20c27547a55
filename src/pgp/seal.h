/*
 * seal.h - signs and encrypts what leaves, one copy for each recipient.
 */
#ifndef PGP_SEAL_H
#define PGP_SEAL_H

#include "pgp/keyring.h"

/* Header fields that stand outside and inside; see message/compose.h. */
struct seal_request {
	const char *signer; /* fingerprint of the team key */
	const char *const *recipient; /* fingerprints of primary keys */
	size_t recipients;
	const struct buf *payload; /* MIME entity, CRLF, with hp="cipher" */
};

/* One recipient's ciphertext. */
struct seal_copy {
	struct buf armour; /* an OpenPGP message for that recipient alone */
	char encrypted_to[KEY_FINGERPRINT]; /* primary key */
};

/*
 * Signs and encrypts the payload (OpenPGP combined, RFC 3156 section 6.2; v4,
 * MDC, AES-256, SHA-512, uncompressed). *out is an array of one copy for each
 * recipient in order, the caller's: seal_free. The keys must be loaded.
 * No copy names another recipient's key. ERR_DATA where a key cannot be
 * encrypted to (the text names it), and then there is no copy at all.
 */
int seal(struct keyring *k, const struct seal_request *r,
    struct seal_copy **out, struct err *e);
void seal_free(struct seal_copy *copy, size_t count);

/* Appends an armoured detached signature over the payload (SHA-512). */
int seal_sign(struct keyring *k, const char *signer, const struct buf *payload,
    struct buf *out, struct err *e);

/* Encrypts a small secret to one key without a signature; for the vault. */
int seal_secret(struct keyring *k, const char *fingerprint, const void *data,
    size_t len, struct buf *out, struct err *e);

/* Opens what seal_secret made, under the same rules as pgp_open. */
int seal_open_secret(struct keyring *k, const void *data, size_t len,
    struct buf *out, struct err *e);

#endif
