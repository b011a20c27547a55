/*
 * embargo.h - embargoes that have ended, and the job of a worker that telling
 * the team of it is: nothing leaves by itself then, somebody has to decide.
 *
 * Columns told, attempts and next_attempt_at of table case_bound.
 */
#ifndef QUEUE_EMBARGO_H
#define QUEUE_EMBARGO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

#define EMBARGO_PAUSE 60 /* seconds after an attempt that failed */

/* A case whose embargo has ended, which nobody was told of. */
struct embargo_due {
	int64_t cases;
	int64_t attempts; /* starts in a worker that were not ended */
};

/* Up to max of them that are due at now; none of a case that is closed. */
int embargo_due(struct db *db, int64_t now, struct embargo_due *out, size_t max,
    size_t *count, struct err *e);

/* The next time at which one gets due, or 0. */
int embargo_next(struct db *db, int64_t now, int64_t *at, struct err *e);

/* One more attempt; the attempt does not count; again later. */
int embargo_start(struct db *db, int64_t cases, struct err *e);
int embargo_release(struct db *db, int64_t cases, struct err *e);
int embargo_delay(struct db *db, int64_t cases, int64_t now, struct err *e);

/* It was told: inside the transaction that says so. db_changed tells whether
 * it was still to be told. */
int embargo_told(struct db *db, int64_t cases, struct err *e);

/* No worker can tell it: recorded as embargo.not-told, and given up. */
int embargo_abandon(struct db *db, int64_t cases, int64_t now,
    const char *reason, struct err *e);

#endif
