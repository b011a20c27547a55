/*
 * verdict.h - what OpenPGP says of a message, part by part, in plain facts.
 */
#ifndef PGP_VERDICT_H
#define PGP_VERDICT_H

#include "message/mail.h"
#include "pgp/keyring.h"

enum encryption {
	ENCRYPTION_NONE,
	ENCRYPTION_WHOLE, /* all that is shown came out of one sound decryption
			   */
	ENCRYPTION_PART,
	ENCRYPTION_FAILED /* something encrypted could not be opened soundly */
};

enum signature_status {
	SIGNATURE_GOOD,
	SIGNATURE_BAD,
	SIGNATURE_EXPIRED, /* the signature or its key had expired */
	SIGNATURE_REVOKED,
	SIGNATURE_NO_KEY,
	SIGNATURE_ERROR /* weak algorithm, future date, unreadable ... */
};

const char *encryption_name(enum encryption e); /* noroshi(1) section JSON */
const char *signature_status_name(enum signature_status s);

struct signature {
	char fingerprint[KEY_FINGERPRINT]; /* of the primary key; "" unknown */
	char key_id[KEY_ID]; /* as the signature names it */
	enum signature_status status;
	bool whole; /* covers every part that is shown, and as it is shown: not
		       as a ciphertext that was opened later */
	uint32_t part; /* everything within this part is covered */
	int64_t created; /* seconds since the epoch, UTC */
	char why[96]; /* one line: what keeps it from being good; or "" */
	char replay[65]; /* lower-case hex SHA-256 over signer, created and
			    content: the same for one signature however it is
			    armoured, framed (detached, clear-signed, inside a
			    message) or sent again. "" where the signer is not
			    known or the content is not what was signed. */
};

struct part_verdict {
	bool encrypted; /* came out of a sound decryption */
	bool shown; /* content a reader is shown: text or attachment */
	bool apart; /* decrypted, beside content that was not inside with it,
		       or from an encrypted file: an object of its own, never
		       quoted or passed on, though the mail be encrypted as a
		       whole */
	bool container; /* a cryptographic wrapper, not content itself */
	bool detached_text; /* stands beside a signed or encrypted block in the
			       same text part, covered by nothing */
};

struct verdict {
	enum encryption encryption;
	struct signature *signature;
	size_t signatures;
	struct part_verdict *part; /* one for each part of the mail's table */
	size_t parts;
	uint32_t payload; /* part whose header is the protected one, or
			     PART_NONE: only where a whole layer stands around
			     all that is shown, and the part says that its
			     header is (hp=, protected-headers=) */
	struct strs missing; /* fingerprints or key ids of unknown signers */
	struct strs recipients; /* key ids the ciphertexts name; 0...: hidden */
	struct strs warnings; /* words, noroshi(1) section JSON */
	struct strs failures; /* one line for a person each: why it failed */
};

/* Frees what is in it; v itself is the caller's. */
void verdict_free(struct verdict *v);

#endif
