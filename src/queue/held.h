/*
 * held.h - table held: messages that wait for people who may release them,
 * until when, and the job of a worker that reminding and ending them is.
 *
 * The row is written with the hold itself and stays; a hold lasts while one of
 * the message's deliveries is held. So nothing can be held and never end.
 */
#ifndef QUEUE_HELD_H
#define QUEUE_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/attempts.h"
#include "store/db.h"
#include "store/due.h"
#include "store/spool.h"

#define HELD_PAUSE 60 /* seconds after an attempt that failed */
#define HELD_EXPIRED "nobody released it in time"

struct held {
	char content[SPOOL_SHA]; /* outgoing_sum that people were told of */
	int64_t since; /* seconds since the epoch */
	int64_t remind_at; /* 0: they were reminded */
	int64_t expires_at;
	bool open; /* a delivery is still held */
};

/* 1: there is a row; 0: there is none; -1: failed. */
int held_get(struct db *db, int64_t message, struct held *out, struct err *e);

/* Begins the hold, or begins it anew for changed content. lasts: seconds.
 * Inside the transaction that holds. */
int held_begin(struct db *db, int64_t message, const char *content, int64_t now,
    int64_t lasts, struct err *e);

/* All that is held is reminded of at now: who may release it has changed. */
int held_remind(struct db *db, int64_t now, struct err *e);

/* Time that a restored gateway did not live counts for no hold. */
int held_shift(struct db *db, int64_t seconds, struct err *e);

/* One held delivery, as who may release it is asked. */
struct held_row {
	char *rule;
	bool plain; /* it would leave unencrypted */
};
void held_row_free(struct held_row *row, size_t count);

/* Those of a message; *out is an array of *count, the caller's. */
int held_rows(struct db *db, int64_t message, struct held_row **out,
    size_t *count, struct err *e);

/* They were reminded. Inside the transaction that says so. */
int held_reminded(struct db *db, int64_t message, struct err *e);

/* Every held delivery of the message is cancelled, for that reason. *count:
 * how many there were. Inside a transaction. */
int held_cancel(struct db *db, int64_t message, const char *why, int64_t *count,
    struct err *e);

/* Up to max messages with a reminder or an end that is due at now. */
int held_due(struct db *db, int64_t now, struct due *out, size_t max,
    size_t *count, struct err *e);

/* The next time at which one gets due, or 0. */
int held_next(struct db *db, int64_t now, int64_t *at, struct err *e);

extern const struct attempts held_attempts;

/*
 * No worker can do it: what was due is recorded as done, an end that was due
 * cancels the copies, and the author is told by way of untold.h.
 */
int held_abandon(struct db *db, int64_t message, int64_t now,
    const char *reason, struct err *e);

#endif
