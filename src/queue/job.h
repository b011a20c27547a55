/*
 * job.h - which messages are due for a worker, and what became of the attempt.
 *
 * Columns state, attempts, next_attempt_at and delays of table message. An
 * attempt is written down before a worker gets the message, so that one that
 * kills workers is known even if everything dies with it.
 */
#ifndef QUEUE_JOB_H
#define QUEUE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

/* What a worker is asked to do with a message (IPC_JOB). */
enum job {
	JOB_PROCESS,
	JOB_QUARANTINE, /* keep the bytes, tell the team; with a reason */
	JOB_TELL, /* tell its author what did not arrive (untold.h) */
	JOB_AGAIN, /* judge it again: a key came (people/wanted.h) */
	JOB_HOLD, /* remind of it, or end its hold (held.h) */
	JOB_ALARM, /* an alarm's, not a message's (cases/alarm.h) */
	JOB_INDEX /* nobody's: fill the search index (index_job.h) */
};

/*
 * Bytes from which on a message is large: it takes a worker a second or more,
 * so one worker has such a one at a time, and small mail passes by.
 */
#define JOB_LARGE (INT64_C(16) << 20)

#define JOB_DELAY_MIN 5 /* seconds, after the first "try again later" */
#define JOB_DELAY_MAX 3600 /* seconds */

/*
 * next_attempt_at of what has time: out of an archive (store/envelope.h). One
 * such message is in a worker at a time, as what a mail belongs to hangs on
 * those before it: who was written to, and under which number.
 */
#define JOB_LAST (-1)

/* A message that is due. */
struct job_due {
	int64_t id;
	int64_t attempts; /* starts in a worker that were not ended */
	int64_t size; /* bytes */
	bool archive; /* has time (JOB_LAST) */
};

/*
 * Up to max messages of less than below bytes that are due at now, those that
 * waited for a retry first, then by id, then those of archives. Those that are
 * in a worker are among them.
 */
int job_due(struct db *db, int64_t now, int64_t below, struct job_due *out,
    size_t max, size_t *count, struct err *e);

/* The next time at which one gets due, or 0. */
int job_next(struct db *db, int64_t now, int64_t *at, struct err *e);

/* One more attempt; committed when it returns. */
int job_start(struct db *db, int64_t id, struct err *e);

/* The attempt ended well. *left: the message is still not processed. */
int job_end(struct db *db, int64_t id, bool *left, struct err *e);

/* The attempt is to be made again later, and does not count. */
int job_delay(struct db *db, int64_t id, int64_t now, struct err *e);

/* What waits for longer than any delay does so by another clock: it is due. */
int job_clock_set(struct db *db, int64_t now, struct err *e);

/* The attempt was broken off by us, and does not count. */
int job_release(struct db *db, int64_t id, struct err *e);

/* No worker can even quarantine it: done here, its bytes stay in spool/new. */
int job_abandon(
    struct db *db, int64_t id, int64_t now, const char *reason, struct err *e);

#endif
