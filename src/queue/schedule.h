/*
 * schedule.h - who has what in hand, and who gets what next.
 *
 * A hand is one worker or one delivering process. It has one thing at a time,
 * and stays taken until what became of that is written down.
 */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "process/ipc.h"
#include "queue/job.h"
#include "queue/verp.h"
#include "store/db.h"
#include "store/spool.h"

#define SCHEDULE_QUARANTINES 3 /* tries, then the queue does it itself */

struct hand {
	struct ipc *ipc; /* NULL: gone, until a new one comes */
	unsigned number;
	int64_t id; /* message or delivery; 0: free */
	enum job job;
	bool lost; /* the channel broke while it had id */
	bool done; /* result says what became of id */
	struct err result;
	bool verp; /* a delivery's return path is its own (verp.h) */
	bool reached; /* with done: the way to the server was open */
};

struct hands {
	struct hand *hand;
	size_t count;
};

/* A message whose next job is to be quarantined, and why. */
struct mark {
	int64_t id;
	unsigned tries;
	char *reason;
};

struct schedule {
	const struct config *config;
	struct db *db;
	struct spool *spool;
	struct verp verp;
	struct hands workers;
	struct hands delivers;
	struct mark *mark;
	size_t marks;
};

void schedule_free(struct schedule *s);

/* A new channel to a hand, which replaces the old one. */
void hands_connect(struct hands *l, unsigned number, struct ipc *ipc);

/* The channel is broken; what it had is booked as such later. */
void hand_lose(struct hand *h);

/* Notes a result; false where the hand has no such thing. */
bool hand_result(
    struct hand *h, int64_t id, const struct err *result, bool reached);

/* True while any of them has something. */
bool hands_busy(const struct hands *l);

/* Writes down all results that have come. -1: the rest has to wait. */
int schedule_book(struct schedule *s, int64_t now, struct err *e);

/* Gives what is due to those that are free. */
int schedule_hand_out(struct schedule *s, int64_t now, struct err *e);

/* *idle: nothing is due, nothing in hand. *next: when something gets due, or
 * 0. */
int schedule_look(
    struct schedule *s, int64_t now, bool *idle, int64_t *next, struct err *e);

/* What workers have now is not theirs to answer for: we are leaving. */
void schedule_release(struct schedule *s);

#endif
