/* schedule.h - which worker gets what next. */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "queue/dispatch.h"
#include "queue/hands.h"
#include "queue/index_job.h"
#include "store/db.h"
#include "store/spool.h"

#define SCHEDULE_QUARANTINES 3 /* tries, then the queue does it itself */
#define SCHEDULE_LATE 10 /* times gpg.deadline, that a job may take */

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
	struct hands workers;
	struct dispatch dispatch;
	struct index_job index;
	struct mark *mark;
	size_t marks;
};

void schedule_free(struct schedule *s);

/* Writes down all results that have come. -1: the rest has to wait. */
int schedule_book(struct schedule *s, int64_t now, struct err *e);

/* Gives what is due to those that are free. */
int schedule_hand_out(struct schedule *s, int64_t now, struct err *e);

/* *idle: nothing is due, nothing in hand. *next: when something gets due, or
 * 0. */
int schedule_look(
    struct schedule *s, int64_t now, bool *idle, int64_t *next, struct err *e);

/*
 * A worker that has its job for longer than any may take, since it or what it
 * waits for stands still; each is returned once. NULL: there is none.
 */
const struct hand *schedule_late(struct schedule *s);

/* clock_monotonic_ms of when the next one is, or 0. */
int64_t schedule_late_at(const struct schedule *s);

/* What workers have now is not theirs to answer for: we are leaving. */
void schedule_release(struct schedule *s);

#endif
