/*
 * attempts.h - rows that workers try until one of them is done with it: columns
 * attempts and next_attempt_at of the table that has them.
 *
 * An attempt is counted when it starts, so that one which takes its worker with
 * it counts; one that ended takes itself away again.
 */
#ifndef STORE_ATTEMPTS_H
#define STORE_ATTEMPTS_H

#include <stdint.h>

#include "store/db.h"

/* Of one table; made by ATTEMPTS alone. */
struct attempts {
	const char *start, *release, *delay, *clock_set; /* SQL */
	int64_t pause; /* seconds after an attempt that failed */
};

/* table, and key, the column that names a row, are string constants. */
#define ATTEMPTS(table, key, seconds)                                          \
	{                                                                      \
		.start = "UPDATE " table " SET attempts = attempts + 1"        \
			 " WHERE " key " = ?",                                 \
		.release = "UPDATE " table                                     \
			   " SET attempts = max(attempts - 1, 0)"              \
			   " WHERE " key " = ?",                               \
		.delay = "UPDATE " table " SET next_attempt_at = ?"            \
			 " WHERE " key " = ?",                                 \
		.clock_set = "UPDATE " table " SET next_attempt_at = 0"        \
			     " WHERE next_attempt_at > ?",                     \
		.pause = (seconds)                                             \
	}

/* One more attempt. */
int attempts_start(
    struct db *db, const struct attempts *a, int64_t id, struct err *e);

/* It ended, or does not count. */
int attempts_release(
    struct db *db, const struct attempts *a, int64_t id, struct err *e);

/* Again after the pause; now is in seconds since the epoch. */
int attempts_delay(struct db *db, const struct attempts *a, int64_t id,
    int64_t now, struct err *e);

/* What waits for longer than the pause does so by another clock: it is due.
 * Times that somebody chose are in other columns, and stay. */
int attempts_clock_set(
    struct db *db, const struct attempts *a, int64_t now, struct err *e);

#endif
