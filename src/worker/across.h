/*
 * across.h - whether a letter would carry something from one conversation of a
 * case into another (cases/conversation.h): who takes part in it, or what they
 * wrote. Not where its author joined them, nor for a list.
 */
#ifndef WORKER_ACROSS_H
#define WORKER_ACROSS_H

#include "cases/conversation.h"
#include "worker/clearance.h"

struct across {
	struct conversations of; /* of the case */
	bool seen; /* two of To and Cc, which have begun one each, would see
		      each other; not under RED, which names nobody else */
};

int across_load(struct db *db, const struct clearance *c, struct across *out,
    struct err *e);
void across_free(struct across *a); /* its fields */

/*
 * True where c quotes or attaches a message, at AMBER or above, of another
 * conversation than r has begun.
 */
bool across_quotes(const struct across *a, const struct clearance *c,
    const struct recipient *r);

#endif
