/*
 * untold.h - table untold: what authors still have to be told of their mail,
 * and the job of a worker that this is.
 *
 * A row is written with what it tells of, and goes with the notice's draft:
 * so a death in between tells neither twice nor never.
 */
#ifndef QUEUE_UNTOLD_H
#define QUEUE_UNTOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/attempts.h"
#include "store/db.h"
#include "store/due.h"

#define UNTOLD_PAUSE 60 /* seconds after an attempt that failed */

/*
 * A delivery failed for good. Nothing where it is none of an answer or an
 * advisory that a person wrote. Inside a transaction.
 */
int untold_failed(struct db *db, int64_t delivery, struct err *e);

/*
 * The message is still being tried: its copies that were made by before and
 * were tried in vain are to be told, and the delivery (0: none) of which
 * another server says so. Nothing where that was done once. Inside a
 * transaction.
 */
int untold_delayed(struct db *db, int64_t message, int64_t before,
    int64_t delivery, struct err *e);

/*
 * The contact by rejected the message, for a reason that is sealed (NULL:
 * none). Nothing where they wrote it themselves at a terminal. Inside a
 * transaction.
 */
int untold_rejected(struct db *db, int64_t message, int64_t by,
    const struct buf *reason_sealed, struct err *e);

/* Up to max messages, whose authors have to be told, that are due at now: of
 * those that go to many none before each copy was tried, so that one notice
 * tells of all. */
int untold_due(struct db *db, int64_t now, struct due *out, size_t max,
    size_t *count, struct err *e);

/* The next time at which one gets due, or 0. */
int untold_next(struct db *db, int64_t now, int64_t *at, struct err *e);

extern const struct attempts untold_attempts;

/* No worker can tell it: recorded as author.not-told, and given up. */
int untold_abandon(struct db *db, int64_t message, int64_t now,
    const char *reason, struct err *e);

/* One thing to tell. */
struct untold {
	int64_t id;
	char *recipient; /* whose delivery failed, or NULL */
	char *error; /* with recipient: why */
	bool delayed; /* with recipient: it is still being tried */
	bool rejected; /* the whole message */
	char *by; /* with rejected: name of who did, or NULL */
	struct buf reason_sealed; /* empty: none */
};

void untold_free(struct untold *u, size_t count);

/*
 * All that is to be told of a message, oldest first; *out is an array of
 * *count, the caller's. What was tried again meanwhile is neither rejected
 * nor has a recipient.
 */
int untold_list(struct db *db, int64_t message, struct untold **out,
    size_t *count, struct err *e);

/* Takes away the rows up to last. In the transaction that writes the notice;
 * db_changed tells whether they were still there. */
int untold_clear(struct db *db, int64_t message, int64_t last, struct err *e);

#endif
