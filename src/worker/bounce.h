/*
 * bounce.h - a report that mail of ours did not arrive (RFC 3461 to 3464, RFC
 * 6522), and the deliveries it speaks of.
 *
 * What a report may change is what its sender has seen. One that came to a
 * copy's own return path, or names its ENVID, speaks of that copy alone
 * (queue/verp.h). Without that it may speak of copies that left without, by a
 * Message-ID that we made, which is random.
 */
#ifndef WORKER_BOUNCE_H
#define WORKER_BOUNCE_H

#include "cases/thread.h"
#include "message/dsn.h"
#include "queue/delivery_act.h"
#include "worker/reading.h"
#include "worker/worker.h"

/* One delivery, and the report's word on it. */
struct bounce_hit {
	int64_t delivery;
	const char *recipient; /* as it was written to; borrowed */
	const struct dsn_recipient *said; /* borrowed */
	bool counts; /* who says so has seen that copy */
};

struct bounce {
	bool read; /* there is one */
	int64_t copy; /* the delivery whose token it has; 0: none */
	char *message_id; /* of what came back; NULL: not told */
	struct dsn dsn;
	struct delivery_returned *returned; /* all of that draft's */
	size_t count;
	struct bounce_hit *hit;
	size_t hits;
};

void bounce_free(struct bounce *b); /* its fields */

/*
 * What a message of kind bounce says; asks the parser, not the database. One
 * that is no report of RFC 3464 names what came back at most.
 */
int bounce_read(const struct reading *r, struct bounce *out, struct err *e);

/* Looks for the token of a copy in what it was sent to, and in its ENVID. */
int bounce_prove(struct worker *w, const struct reading *r, int64_t message,
    struct bounce *b, struct err *e);

/*
 * A report may be here before the queue has written down that its copy left:
 * waits for that, outside any transaction. ERR_TEMP where it takes too long.
 */
int bounce_await(struct worker *w, const struct reading *r, int64_t message,
    struct bounce *b, struct err *e);

/*
 * Finds the draft and the deliveries meant: by the addresses of the report, or
 * the only one there is. count 0: it is none of ours.
 */
int bounce_find(struct db *db, struct bounce *b, struct err *e);

/* The case of what came back, untrusted; false: it is none of ours. */
bool bounce_thread(const struct bounce *b, struct thread *out);

/* The team's readers whose own copies came back: they get none of this. */
void bounce_gone(const struct bounce *b, struct strs *out);

/*
 * Books it: failed, or only noted where it was delayed, of which the author
 * learns (tell_delay). Calls audit with ctx for each delivery that changed.
 * Inside the commit's transaction.
 */
int bounce_book(struct worker *w, const struct bounce *b,
    int (*audit)(void *ctx, json_t *detail, struct err *e), void *ctx,
    struct err *e);

#endif
