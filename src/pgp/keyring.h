/*
 * keyring.h - a process's GPGME context, its ring of keys and its agent.
 *
 * pgp/ is the only folder that knows GPGME. A keyring is one context whose
 * engine (the limiting wrapper) and home folder are set once. The ring holds
 * only the keys that the next operation needs: pubring.kbx is rewritten from
 * key blobs that were made when the key was imported. Trust is ours
 * (fingerprint to contact), never gpg's. The folder's S.gpg-agent is an Assuan
 * redirection to the agent's socket; the ring never starts an agent.
 */
#ifndef PGP_KEYRING_H
#define PGP_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"

#define KEY_FINGERPRINT 65 /* bytes: 64 hex digits (v6) and the NUL */
#define KEY_ID 17 /* bytes: 16 hex digits and the NUL */
#define KEY_MATERIAL_MAX (4U << 20) /* bytes of one key as imported */

struct subkey {
	char fingerprint[KEY_FINGERPRINT]; /* upper case */
	char key_id[KEY_ID]; /* upper case */
	int64_t created; /* seconds since the epoch, UTC */
	int64_t expires; /* 0: never */
	bool revoked;
	bool can_encrypt; /* by its flags, whatever the time is */
	bool can_sign;
	char algorithm[32]; /* "ed25519", "rsa3072", "cv25519" ... */
	unsigned bits;
};

/* What a key says of itself. The primary key is subkey[0]. */
struct key {
	char fingerprint[KEY_FINGERPRINT]; /* the primary key's */
	struct strs user_ids; /* safe UTF-8, one line each */
	struct strs addresses; /* of the user ids, domain in lower case */
	bool revoked;
	int64_t created;
	int64_t expires; /* 0: never */
	struct subkey *subkey;
	size_t subkeys;
	bool secret; /* a secret part came with it */
	struct buf material; /* minimal binary export: no foreign signatures */
	struct buf blob; /* the keybox record, for keyring_load */
};

/* Frees what is in it; k itself is the caller's, and empty afterwards. */
void key_free(struct key *k);

/* What keeps a key from being encrypted to at a time; 0 bits: nothing. */
enum key_problem {
	KEY_EXPIRED = 1,
	KEY_REVOKED = 2,
	KEY_CANNOT_ENCRYPT = 4, /* no live encryption subkey */
	KEY_WEAK = 8, /* RSA or DSA below 2048 bits */
	KEY_EXPIRING = 16 /* within 30 days; no obstacle, a warning */
};
unsigned key_problems(const struct key *k, int64_t now);

struct keyring;

struct keyring_options {
	const char *ring; /* folder of this ring, made if absent (0700) */
	const char *agent_socket; /* the agent's socket; NULL: no secret keys */
	const char *wrapper; /* the limiting gpg wrapper */
	int64_t deadline; /* seconds of one run of gpg */
	int64_t memory; /* bytes of address space for gpg */
};

/*
 * Makes the ring's folder ready, and this process the one that orphaned gpgs
 * are given to (children.h). The options are copied; *out is the caller's to
 * keyring_close.
 */
int keyring_open(
    struct keyring **out, const struct keyring_options *o, struct err *e);
void keyring_close(struct keyring *k);

/*
 * A new mail begins: all that gpg does with it shares one allowance of
 * processor time, beyond what its size honestly needs.
 */
void keyring_allow(struct keyring *k);

/* What gpg calls its version, "2.2.40"; borrowed. NULL where it did not say. */
const char *keyring_gpg_version(const struct keyring *k);

/*
 * The ring holds exactly these keys afterwards. blob[i] is a struct key's blob.
 * Nothing is written where the ring holds just these already.
 */
int keyring_load(struct keyring *k, const struct buf *const *blob, size_t count,
    struct err *e);

/*
 * Reads key material (binary or armoured, one key or several) into facts,
 * minimal export and keybox record, through a scratch folder inside the ring's.
 * Foreign certifications are stripped (CVE-2019-13050). Secret keys go to the
 * agent only where secret is set; otherwise their public half alone is read.
 * *out is an array of *count keys, the caller's: key_free each, then free.
 * ERR_DATA: no key in there, or one GnuPG 2.2 cannot use (the text says why).
 */
int keyring_import(struct keyring *k, const void *data, size_t len, bool secret,
    struct key **out, size_t *count, struct err *e);

/*
 * Makes an Ed25519/Cv25519 key without passphrase for "name <address>" through
 * the agent, and its revocation certificate in the ring's folder.
 */
int keyring_generate(struct keyring *k, const char *name, const char *address,
    struct key *out, struct err *e);

/* Armoured form of minimal key material, appended to out. */
void key_armour(const struct key *k, struct buf *out);

/*
 * Returns 1 where the agent answers and holds the secret half of any subkey of
 * the keys loaded, 0 where it holds none (or there is no agent), -1 with
 * ERR_TEMP where it does not answer.
 */
int keyring_agent(struct keyring *k, struct err *e);

#endif
