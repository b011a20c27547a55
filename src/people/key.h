/*
 * key.h - the keys the gateway knows: facts, material and keybox record, so
 * that gpg is never asked on the way of a message. Owns key and subkey.
 */
#ifndef PEOPLE_KEY_H
#define PEOPLE_KEY_H

#include "pgp/keyring.h"
#include "store/db.h"

/*
 * Stores a key, replacing an older copy of it; *fresh tells whether it was
 * unknown. team marks the team's own and former keys, for good. A copy from
 * before a revocation that is known changes nothing: what was revoked stays
 * so. Messages that were judged without it are judged again (wanted.h). Inside
 * a transaction.
 */
int key_store(struct db *db, int64_t now, const struct key *k, bool team,
    bool *fresh, struct err *e);

/*
 * By primary or subkey fingerprint, or 16-digit key id (upper or lower case);
 * the caller's to key_free. ERR_NOINPUT where none; with a key id that fits
 * several keys, the one bound to a contact, else ERR_DATA.
 */
int key_get(struct db *db, const char *id, struct key *out, struct err *e);

/* All team keys, or all keys. *out: array of *count, key_free each, free. */
int key_list(struct db *db, bool team_only, struct key **out, size_t *count,
    struct err *e);

#endif
