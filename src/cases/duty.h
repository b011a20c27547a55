/*
 * duty.h - what a message from outside asks of the team: that somebody sees it
 * and, most often, that somebody answers. Owns the table duty.
 *
 * A conversation is one outside party in one case: an answer to that party
 * settles all that they are owed there, and nothing of anybody else's. A case
 * owes an answer (cases.owed) while one of its messages does.
 */
#ifndef CASES_DUTY_H
#define CASES_DUTY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

struct duty {
	bool owed; /* an answer, and nobody has settled that */
	int64_t seen_at; /* seconds since the epoch; 0: nobody has */
	int64_t seen_by; /* contact */
	int64_t settled_at; /* answered, or said that there is none; 0: no */
	int64_t settled_by; /* contact; 0: not known */
};

/* All of these inside the caller's transaction. A message came; twice is
 * fine. */
int duty_add(struct db *db, int64_t message, bool owed, struct err *e);

/* 1; 0: nobody has to do anything about that message; -1. */
int duty_get(struct db *db, int64_t message, struct duty *out, struct err *e);

/* The contact has seen it, or all of the case that they may read. The first
 * look counts; db_changed tells whether it was one. */
int duty_seen(struct db *db, int64_t message, int64_t contact, int64_t now,
    struct err *e);
int duty_seen_case(
    struct db *db, int64_t cases, int64_t contact, int64_t now, struct err *e);

/* Something left for a party of the case. */
struct duty_answer {
	int64_t cases;
	int64_t answers; /* message, or 0 */
	int64_t contact; /* whom it goes to, 0: no contact */
	const char *address; /* the same, folded */
	int64_t by; /* contact who wrote it */
};
int duty_answered(
    struct db *db, const struct duty_answer *a, int64_t now, struct err *e);

/* One message, or all of a case, gets no (other) answer: somebody said why.
 * db_changed tells how many waited for one. */
int duty_settle(
    struct db *db, int64_t message, int64_t by, int64_t now, struct err *e);
int duty_settle_case(
    struct db *db, int64_t cases, int64_t by, int64_t now, struct err *e);

/* Whether the case owes any, since when the oldest waits (0: none does). */
int duty_owes(struct db *db, int64_t cases, int64_t *since, struct err *e);

/* People were told that it waits; of how many they were since a time. */
int duty_told(struct db *db, int64_t message, int64_t now, struct err *e);
int duty_told_since(
    struct db *db, int64_t since, int64_t *count, struct err *e);

/* Arrays with the ids of its messages that are owed an answer, and that nobody
 * has seen; the caller's. */
int duty_json(struct db *db, int64_t cases, json_t **owed, json_t **unseen,
    struct err *e);

#endif
