/*
 * alarm.h - what has to happen at a time: the one table of timed tasks, and
 * the job of a worker that each of them is. Owns the table alarm.
 *
 * A task is named by its kind, the id of what it is about, and a stage, so that
 * one thing may have several; the kind says in its own file what is told, and
 * whether it is still so (worker/alarm.h).
 */
#ifndef CASES_ALARM_H
#define CASES_ALARM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/attempts.h"
#include "store/db.h"
#include "store/due.h"

#define ALARM_PAUSE 60 /* seconds after an attempt that failed */

/* Kinds; ref is the id of what follows each. */
#define ALARM_EMBARGO "embargo" /* a case */
#define ALARM_ASSIGNED "assigned" /* a case */
#define ALARM_SERVICE "service" /* a case; stages are service.h's terms */
#define ALARM_TERMS "terms" /* the last case whose terms were set anew */
#define ALARM_UNSEEN "unseen" /* a message; stages "rota", "heads" */
#define ALARM_UNANSWERED "unanswered" /* the same */
#define ALARM_ABSENT "absent" /* a contact */
#define ALARM_RETENTION "retention" /* when it told last (worker/disposal.h)   \
				     */
#define ALARM_DEADLINE "deadline" /* a stage of one (cases/deadline.h) */

struct alarm {
	int64_t id;
	char *kind;
	int64_t ref;
	char *stage; /* "" where there is but one */
	int64_t cases; /* 0: it is not a case's */
	int64_t at; /* seconds since the epoch */
};

/* Frees its fields; a itself is the caller's. */
void alarm_free(struct alarm *a);

/*
 * Sets one, or moves it to another time. One of a case waits while that is
 * closed; cases 0: never. All of these inside the caller's transaction, which
 * wakes the queue (spool_wake) once committed.
 */
int alarm_set(struct db *db, const char *kind, int64_t ref, const char *stage,
    int64_t cases, int64_t at, struct err *e);

/* Sets the only one of its kind, with ref 0, unless there is one. */
int alarm_begin(struct db *db, const char *kind, int64_t at, struct err *e);

/* Takes it away, or with stage NULL all of that thing. None is fine. */
int alarm_clear(struct db *db, const char *kind, int64_t ref, const char *stage,
    struct err *e);

/* What it is about lies in another case now. */
int alarm_follow(
    struct db *db, const char *kind, int64_t ref, int64_t cases, struct err *e);

/* When it is to ring; 0: it is not set. */
int alarm_at(struct db *db, const char *kind, int64_t ref, const char *stage,
    int64_t *at, struct err *e);

/* 1: *out is the caller's to alarm_free; 0: there is none any more. */
int alarm_get(struct db *db, int64_t id, struct alarm *out, struct err *e);

/*
 * It rang, in the transaction that says so: gone, where it still is what it
 * was. db_changed tells whether.
 */
int alarm_rang(struct db *db, const struct alarm *a, struct err *e);

/* Up to max that are due at now, earliest first; none of a closed case. */
int alarm_due(struct db *db, int64_t now, struct due *out, size_t max,
    size_t *count, struct err *e);

/* The next time at which one gets due, or 0. */
int alarm_next(struct db *db, int64_t now, int64_t *at, struct err *e);

extern const struct attempts alarm_attempts;

/* No worker can tell it: recorded as KIND.not-told, and given up. */
int alarm_abandon(
    struct db *db, int64_t id, int64_t now, const char *reason, struct err *e);

#endif
