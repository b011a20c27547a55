/*
 * dispatch.h - which copy goes to which delivering process, and what became of
 * it.
 *
 * Urgent copies come before others, and those of mail to many come last: of
 * several processes one is never given to them. So an urgent copy waits for one
 * that is under way at most.
 */
#ifndef QUEUE_DISPATCH_H
#define QUEUE_DISPATCH_H

#include "queue/destination.h"
#include "queue/hands.h"
#include "queue/verp.h"
#include "store/spool.h"

struct dispatch {
	const struct config *config;
	struct db *db; /* borrowed, as all above */
	struct spool *spool;
	struct hands hands;
	struct verp verp;
	struct destinations to;
	int64_t blocked; /* clock_monotonic_ms of when one that is due and has
			    to wait may leave; 0: none has */
};

int dispatch_open(struct dispatch *d, const struct config *c, struct db *db,
    struct spool *spool, struct err *e);
void dispatch_free(struct dispatch *d); /* its fields */

/* Writes down all results that have come, in one commit. -1: they wait. */
int dispatch_book(struct dispatch *d, struct err *e);

/* Gives what is due to processes that are free. */
int dispatch_hand_out(struct dispatch *d, int64_t now, struct err *e);

/* *due: a copy is due, though it may have to wait. *next: when one gets due or
 * need not wait any more, or 0. */
int dispatch_look(
    struct dispatch *d, int64_t now, bool *due, int64_t *next, struct err *e);

#endif
