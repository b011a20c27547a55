/*
 * chore.h - what a worker does beside judging mail: one table of the kinds,
 * each with where its rows are and what becomes of an attempt.
 */
#ifndef QUEUE_CHORE_H
#define QUEUE_CHORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/hands.h"
#include "store/attempts.h"
#include "store/db.h"
#include "store/due.h"

struct chore {
	enum job job;
	const char *what; /* for the log */
	bool once; /* an error that time does not mend ends it at once */
	int (*due)(struct db *db, int64_t now, struct due *out, size_t max,
	    size_t *count, struct err *e);
	int (*next)(struct db *db, int64_t now, int64_t *at, struct err *e);
	const struct attempts *attempts;
	int (*abandon)(struct db *db, int64_t id, int64_t now,
	    const char *reason, struct err *e);
};

/* In the order in which they are handed out; NULL: no more. */
const struct chore *chore_nth(size_t n);

/* NULL: the job is a message's first judgement. */
const struct chore *chore_of(enum job job);

/*
 * Writes down what became of the attempt in h. One that died with it is given
 * again at once, and that attempt stands; who ended well left no row, or one
 * that is due at another time.
 */
int chore_book(const struct chore *c, struct db *db, const struct hand *h,
    int64_t now, struct err *e);

#endif
