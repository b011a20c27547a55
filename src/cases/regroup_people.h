/* regroup_people.h - who and what goes with messages into another case. */
#ifndef CASES_REGROUP_PEOPLE_H
#define CASES_REGROUP_PEOPLE_H

#include <jansson.h>

#include "store/db.h"

/*
 * Adds to the case to what from has of participants, affected parties, readers,
 * tags, reference numbers, acknowledged addresses and ticks. added gets a member for
 * each table, with what was not there before.
 */
int regroup_people_copy(
    struct db *db, int64_t from, int64_t to, json_t *added, struct err *e);

/* Takes away again what added says. */
int regroup_people_remove(
    struct db *db, int64_t cases, const json_t *added, struct err *e);

/* Those participants of from who wrote the message or got it from us. */
int regroup_people_follow(struct db *db, int64_t message, int64_t from,
    int64_t to, json_t *added, struct err *e);

/*
 * Those of from who wrote or got the message, which has gone by now, and have
 * nothing left there, take no part in it any more: {contact, address, name,
 * at} of each is added to left.
 */
int regroup_people_leave(
    struct db *db, int64_t message, int64_t from, json_t *left, struct err *e);

/* They take part again. */
int regroup_people_return(
    struct db *db, int64_t cases, const json_t *left, struct err *e);

#endif
