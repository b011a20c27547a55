/*
 * wanted.h - the keys that messages were judged without, and the messages that
 * are to be judged again because one of them came. Owns tables wanted, again.
 *
 * A row of again is written with the key or the binding that it is for, and
 * goes with the new judgement: so a death in between judges neither twice nor
 * never.
 */
#ifndef PEOPLE_WANTED_H
#define PEOPLE_WANTED_H

#include "base/strs.h"
#include "pgp/keyring.h"
#include "store/attempts.h"
#include "store/db.h"
#include "store/due.h"

#define WANTED_MAX 64 /* keys of one kind that are noted of one message */
#define WANTED_PAUSE 60 /* seconds after an attempt that failed */

/*
 * Replaces what is noted of a message: fingerprints or key ids (either case)
 * of signers that are unknown, or bound to no contact; and, where something
 * stayed closed, the key ids that it names. An id of zeros, and closed without
 * any id, stand for every secret key. Inside a transaction.
 */
int wanted_set(struct db *db, int64_t message, const struct strs *signers,
    bool closed, const struct strs *recipients, struct err *e);

/*
 * A key was stored; with secret its secret half came too. Or a key was bound to
 * a contact. Who was judged without it is to be judged again. Inside the
 * transaction that stores or binds it.
 */
int wanted_arrived(
    struct db *db, const struct key *k, bool secret, struct err *e);
int wanted_bound(struct db *db, const char *fingerprint, struct err *e);

/* A message is to be judged again if anything is noted of it: keys changed
 * while it was being judged. Inside a transaction. */
int wanted_again(struct db *db, int64_t message, struct err *e);

/* Up to max messages to be judged again that are due at now, lowest first. */
int wanted_due(struct db *db, int64_t now, struct due *out, size_t max,
    size_t *count, struct err *e);

/* The next time at which one gets due, or 0. */
int wanted_next(struct db *db, int64_t now, int64_t *at, struct err *e);

extern const struct attempts wanted_attempts;

/* It was judged again; db_changed tells whether it was still to be. In the
 * transaction that writes the new judgement. */
int wanted_done(struct db *db, int64_t message, struct err *e);

/* No worker can judge it again: recorded as message.not-judged-again. */
int wanted_abandon(struct db *db, int64_t message, int64_t now,
    const char *reason, struct err *e);

#endif
