/*
 * erase.h - the end of a case's text: its keys are destroyed, what they sealed
 * is removed. Numbers, hashes, times, addresses and the audit log stay. Owns
 * the table erasure, and alone empties rows of other nouns, so that all that
 * goes stands on one page.
 */
#ifndef CASES_ERASE_H
#define CASES_ERASE_H

#include "store/db.h"
#include "store/spool.h"
#include "store/vault.h"

#define ERASE_REASON_MAX 200 /* bytes */

/* Who asked for it and why, and whether it is done. */
struct erasure {
	char *reason; /* without content of the case */
	char *asked_as; /* "user:NAME", or "retention" */
	int64_t asked_by; /* contact */
	int64_t asked_at;
	int64_t erased_by; /* contact */
	int64_t erased_at; /* 0: it waits for a second person */
	int64_t entry; /* of the audit log; 0: it waits */
};
void erasure_free(struct erasure *x); /* its fields */

/* 1: out is filled, the caller's; 0: nobody asked for it; -1: failed. */
int erasure_get(
    struct db *db, int64_t cases, struct erasure *out, struct err *e);

/* Notes that by asks for it; replaces an earlier request. In a transaction. */
int erasure_ask(
    struct db *db, int64_t cases, const struct erasure *x, struct err *e);

/* Takes a request back; one that was carried out stays. */
int erasure_withdraw(struct db *db, int64_t cases, struct err *e);

/* True in *erased where the case's key is destroyed. */
int erase_is_done(struct db *db, int64_t cases, bool *erased, struct err *e);

/*
 * ERR_DENIED with the reason where the case is not closed, is under legal hold,
 * was merged into another (it goes with that), has mail that waits, or shares a
 * key with another case.
 */
int erase_may(struct db *db, int64_t cases, struct err *e);

/*
 * Destroys the case's keys and all that the database has of its text; *keys
 * gets their numbers, an array of *count, the caller's. Inside a transaction;
 * afterwards erase_files, db_scrub.
 */
int erase_case(struct db *db, struct vault *v, int64_t cases, int64_t **keys,
    size_t *count, struct err *e);

/* Notes that it is done: by whom, when, and the newest audit entry. */
int erasure_done(
    struct db *db, int64_t cases, int64_t by, int64_t now, struct err *e);

/* Removes the sealed files of an erased case; again is fine. Outside a
 * transaction. */
int erase_files(struct db *db, struct spool *s, int64_t cases, struct err *e);

#endif
