/*
 * hands.h - workers and delivering processes, and what each has in hand.
 *
 * A hand has one thing at a time, and stays taken until what became of that is
 * written down.
 */
#ifndef QUEUE_HANDS_H
#define QUEUE_HANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cases/draft.h"
#include "process/ipc.h"
#include "queue/job.h"

struct hand {
	struct ipc *ipc; /* NULL: gone, until a new one comes */
	unsigned number;
	int64_t id; /* message, case or delivery; 0: free */
	enum job job;
	int64_t since; /* clock_monotonic_ms, of a job: when it got it */
	bool late; /* it is being ended for that */
	bool large; /* the message of that job is (JOB_LARGE) */
	bool archive; /* it is one of an archive's (JOB_LAST) */
	/* of a delivery */
	char *recipient; /* by SMTP, or NULL */
	enum draft_lane lane;
	bool verp; /* its return path is its own (verp.h) */
	/* what became of id */
	bool lost; /* the channel broke while it had id */
	bool done; /* result says it */
	struct err result;
	bool reached; /* with done: the way to the server was open */
};

struct hands {
	struct hand *hand;
	size_t count;
};

void hands_free(struct hands *l); /* its fields */

/* A new channel to a hand, which replaces the old one. */
void hands_connect(struct hands *l, unsigned number, struct ipc *ipc);

/* True while any of them has something; has that. */
bool hands_busy(const struct hands *l);
bool hands_have(const struct hands *l, int64_t id);

/* One that is free, borrowed; NULL: none is. */
struct hand *hands_open(const struct hands *l);

/* The channel is broken; what it had is booked as such later. */
void hand_lose(struct hand *h);

/* Notes a result; false where the hand has no such thing. */
bool hand_result(
    struct hand *h, int64_t id, const struct err *result, bool reached);

/* It has something whose fate is known. */
bool hand_is_over(const struct hand *h);

/* It is free again. */
void hand_clear(struct hand *h);

#endif
