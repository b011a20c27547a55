/* regroup_inside.h - what regroup.c and regroup_undo.c have in common. */
#ifndef CASES_REGROUP_INSIDE_H
#define CASES_REGROUP_INSIDE_H

#include "cases/regroup.h"

/* The member of that name, or fresh in its place; fresh is taken. Borrowed. */
json_t *regroup_member(json_t *of, const char *name, json_t *fresh);

/* A member for a case. */
json_t *regroup_of(json_t *of, int64_t cases, json_t *fresh);

/* State, label, embargo and what else an act may change of a case; the
 * caller's. */
int regroup_state(struct db *db, int64_t cases, json_t **out, struct err *e);

/* ERR_TEMP for a message in a worker's hands: it would be written where it
 * was. */
int regroup_idle(struct db *db, int64_t message, struct err *e);

/* The case is closed, and leads to into. */
int regroup_end(struct regroup *r, int64_t from, int64_t into, struct err *e);

#endif
