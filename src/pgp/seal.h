/*
 * seal.h - signs and encrypts what leaves: once, and then a copy for each.
 */
#ifndef PGP_SEAL_H
#define PGP_SEAL_H

#include "pgp/fanout.h"
#include "pgp/keyring.h"

struct seal_request {
	const char *signer; /* fingerprint of the team key */
	const struct key *const *recipient; /* their facts and records */
	size_t recipients;
	/* Records that the ring holds beside the recipients' own, which are
	 * loaded run by run; the signer's is one of them. NULL: all that is
	 * needed is loaded already, and stays. */
	const struct buf *const *kept;
	size_t kepts;
	const struct buf *payload; /* MIME entity, CRLF, with hp="cipher" */
	bool apart; /* no two may share a session key (RED, named, Bcc) */
};

/* One ciphertext of gpg's, and what it consists of. */
struct seal_message {
	struct buf binary;
	struct fanout fanout; /* borrows from binary */
};

/* One recipient's: a session key packet of one message, and its data. */
struct seal_copy {
	size_t message; /* index into struct sealed's message */
	size_t key; /* index into that one's fanout.key */
};

struct sealed {
	struct seal_message *message;
	size_t messages;
	struct seal_copy *copy; /* one for each recipient, in order */
	size_t copies;
};

/*
 * Into how many runs of gpg the sealing of that many bytes for that many
 * recipients is cheapest divided. gpg reads its ring from the start for each
 * recipient: 70 ms for 1,000 of them, 7 s for 10,000. A run more costs 6 ms and
 * the payload once more. 1,000 recipients of 10 kB: 3 runs, 338 ms instead of
 * 383; of 5 MB: one. All ciphertexts together stay below 32 MB, or one's size.
 */
size_t seal_runs(size_t recipients, size_t bytes);

/*
 * Signs and encrypts the payload (OpenPGP combined, RFC 3156 section 6.2; v4,
 * MDC, AES-256, SHA-512, uncompressed): in as few runs of gpg as are cheap
 * (seal_runs; one where kept is NULL), unless apart is set or two recipients'
 * subkeys have one key id. What a copy is made of
 * names no other recipient's key. ERR_DATA where a key cannot be encrypted to
 * (the text names it), and then there is no copy at all. out is to be freed in
 * every case: seal_free.
 */
int seal(struct keyring *k, const struct seal_request *r, struct sealed *out,
    struct err *e);
void seal_free(struct sealed *s);

/* Appends an armoured detached signature over the payload (SHA-512). */
int seal_sign(struct keyring *k, const char *signer, const struct buf *payload,
    struct buf *out, struct err *e);

/* Appends text (UTF-8 with LF) with a signature around it, as RFC 9580 section
 * 7 has it: what stays readable, and verifiable, wherever it is put. */
int seal_clearsign(struct keyring *k, const char *signer,
    const struct buf *text, struct buf *out, struct err *e);

/* Encrypts a small secret to one key without a signature; for the vault. */
int seal_secret(struct keyring *k, const char *fingerprint, const void *data,
    size_t len, struct buf *out, struct err *e);

/* Opens what seal_secret made, under the same rules as pgp_open. */
int seal_open_secret(struct keyring *k, const void *data, size_t len,
    struct buf *out, struct err *e);

#endif
