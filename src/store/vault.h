/*
 * vault.h - text at rest is sealed, under a key for each case.
 *
 * A master key (32 random bytes, encrypted to the team's OpenPGP key in
 * gnupg/vault.pgp) wraps the case keys (table vault_key); a case key seals
 * values (XChaCha20-Poly1305-IETF, libsodium; nonce in front; the context is
 * authenticated). Destroying a case's key destroys its text. The master key is
 * in locked memory, wiped on close, and never written anywhere in clear.
 */
#ifndef STORE_VAULT_H
#define STORE_VAULT_H

#include "base/buf.h"
#include "base/err.h"
#include "store/db.h"

#define VAULT_KEY 32 /* bytes */

struct vault;

/*
 * Makes a vault of the unwrapped master key, which is copied: wipe your own.
 * The database is borrowed until vault_close. ERR_TEMP where there is no
 * memory that stays out of swap.
 */
int vault_open(struct vault **out, struct db *db,
    const unsigned char master[VAULT_KEY], struct err *e);

/* Wipes the keys. NULL is fine. */
void vault_close(struct vault *v);

/*
 * Whether the master key is the one that wrapped the database's newest key.
 * Where there is no such key to tell by, false.
 */
int vault_fits(struct vault *v, bool *fits, struct err *e);

/* The master key itself, for vault_kept.h alone; borrowed. */
const unsigned char *vault_master(const struct vault *v);

/* Makes a new key; *id is its row. */
int vault_key_create(struct vault *v, int64_t *id, struct err *e);

/*
 * Seals value under key id, bound to context (e.g. "message.content:12").
 * ERR_NOINPUT where the key was destroyed.
 */
int vault_seal(struct vault *v, int64_t key, const char *context,
    const void *value, size_t len, struct buf *out, struct err *e);

/*
 * Appends the opened value to out, which should be secret (buf_init_secret).
 * ERR_DATA where it was changed or belongs to another context, ERR_NOINPUT
 * where the key was destroyed.
 */
int vault_unseal(struct vault *v, int64_t key, const char *context,
    const void *sealed, size_t len, struct buf *out, struct err *e);

/* The key is gone for good; what it sealed can never be read again. */
int vault_key_destroy(struct vault *v, int64_t key, struct err *e);

/* The rows of destroyed keys, in order: an array of *count, the caller's. */
int vault_keys_destroyed(
    struct db *db, int64_t **id, size_t *count, struct err *e);

/* As vault_key_destroy without a vault, for a database that is brought back:
 * a key that it does not know is fine. *changed: it was not destroyed. */
int vault_key_forget(struct db *db, int64_t key, bool *changed, struct err *e);

/*
 * A hash (BLAKE2b, libsodium) under a key of the vault's, for tokens and blind
 * look-ups: purpose, a constant, separates uses.
 */
void vault_hash(struct vault *v, const char *purpose, const void *data,
    size_t len, unsigned char out[32]);

#endif
