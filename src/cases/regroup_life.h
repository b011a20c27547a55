/* regroup_life.h - what runs in a case and goes with its messages: the alarms
 * of mail that waits, deadlines, handling, holds, pages. */
#ifndef CASES_REGROUP_LIFE_H
#define CASES_REGROUP_LIFE_H

#include "cases/regroup.h"

/* The alarms of a message that lies in another case now wait with that. */
int regroup_life_message(
    struct db *db, int64_t message, int64_t cases, struct err *e);

/* All that runs in from runs in r->cases; r->before gets what undoes it. */
int regroup_life_merge(struct regroup *r, int64_t from, struct err *e);

/* A message goes from there to r->cases: with the deadlines whose beginning it
 * shows, and under the same legal hold. */
int regroup_life_follow(
    struct regroup *r, int64_t message, int64_t from, struct err *e);

/*
 * What a touched case owes is what its messages are owed, and one that owes an
 * answer is open. What somebody asked to erase was another case: the request
 * ends.
 */
int regroup_life_settle(struct regroup *r, int64_t cases, struct err *e);

/* Undoes regroup_life_merge and regroup_life_follow. */
int regroup_life_back(struct regroup *r, struct err *e);

#endif
