/*
 * page.h - somebody is to look at a case now, by a way that carries no content:
 * a pager, a text message. Owns the table page.
 *
 * Whoever finds a case urgent writes a row; the queue asks the supervisor to
 * run the operator's command (process/pager.h), one for all that waits and not
 * more often than the configuration says. What it is told is the number of the
 * most urgent case, its priority, and how many wait.
 */
#ifndef CASES_PAGE_H
#define CASES_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "store/db.h"

#define PAGE_PAUSE                                                             \
	60 /* seconds after the first failure; then twice as long              \
	    */
#define PAGE_PAUSE_MAX 3600
#define PAGE_ATTEMPTS 20 /* then it is given up */

/*
 * Asks for a page about a case, where page.on names its priority or the reason
 * why: "opened", "unseen", one constant word. Nothing where page.command is not
 * set, or such a page waits already. Inside the caller's transaction, who wakes
 * the queue.
 */
int page_wanted(struct db *db, const struct config *config, int64_t now,
    int64_t cases, const char *priority, const char *why, struct err *e);

/*
 * What waits about a case waits about another; moved, an array, gets the ids.
 * A reason that the other one has already is not said twice. And back, where
 * it waits still.
 */
int page_move(
    struct db *db, int64_t from, int64_t to, json_t *moved, struct err *e);
int page_move_back(struct db *db, int64_t from, int64_t to, const json_t *moved,
    struct err *e);

struct page {
	int64_t id; /* the last one of those that wait; 0: nothing is due */
	int64_t count; /* cases that they speak of */
	char *name; /* of the most urgent one, "EX-2026-0001" */
	char *priority;
};

void page_free(struct page *p); /* its fields */

/* What is due at now, pause seconds after the last; p->id 0: nothing is. */
int page_due(
    struct db *db, int64_t now, int64_t pause, struct page *p, struct err *e);

/* The next time at which something is, or 0. */
int page_next(
    struct db *db, int64_t now, int64_t pause, int64_t *at, struct err *e);

/* It left; all up to id are done. Its own transaction. */
int page_done(struct db *db, int64_t now, const struct page *p, struct err *e);

/* It failed, and is tried again, or given up. Its own transaction. */
int page_failed(struct db *db, int64_t now, const struct page *p,
    const char *error, struct err *e);

#endif
