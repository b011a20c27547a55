/*
 * regrouping.h - merge, move, split and undo with all that follows from them:
 * who may, the record, the terms of each case, and what waits in one is judged
 * anew. The one way of the command and of a staff member's mail.
 */
#ifndef WORKER_REGROUPING_H
#define WORKER_REGROUPING_H

#include "cases/regroup.h"
#include "config/config.h"

#define REGROUPING_MAX 1000 /* cases or messages of one act, ours */
#define REGROUPING_TITLE 1000 /* bytes of a title, ours */

/* All of it inside the caller's transaction, which wakes the queue after. */
struct regrouping {
	struct regroup act; /* its first six fields are the caller's */
	const struct config *config; /* borrowed, as all pointers here */
	const char *actor; /* of the audit log */
	int64_t contact; /* in whose name */
	int64_t leads; /* whose roles count: who proved to be there */
};

/* What it holds; g itself is the caller's. */
void regrouping_free(struct regrouping *g);

/* As regroup.h has them; ERR_DENIED too where TLP:RED would come to people whom
 * only PoC and deputies may name. */
int regrouping_merge(struct regrouping *g, int64_t into, const int64_t *from,
    size_t count, struct err *e);
int regrouping_move(struct regrouping *g, int64_t to, const int64_t *message,
    size_t count, struct err *e);

/* Of the messages of one case; title: NULL for the first one's subject. */
int regrouping_split(struct regrouping *g, int64_t cases, const char *title,
    const int64_t *message, size_t count, struct err *e);
int regrouping_undo(
    struct regrouping *g, int64_t cases, int64_t audit, struct err *e);

#endif
