/*
 * handover.h - one person of the team hands over to another: cases, roles, the
 * place on the rota; what the first had verified; and whom they knew. Owns the
 * tables handover, handover_case and handover_notice.
 *
 * Until a time both have the roles and the place; then the first keeps no more
 * than to be an observer. What one person alone was trusted with (RED, a
 * reader's name) is not handed over: TLP 2.0 makes it theirs.
 */
#ifndef CASES_HANDOVER_H
#define CASES_HANDOVER_H

#include <jansson.h>

#include "cases/outgoing.h"
#include "store/db.h"
#include "store/vault.h"

#define HANDOVER_STATEMENTS 200 /* mails of each of them that are looked at */

struct handover {
	int64_t id;
	int64_t old; /* contacts */
	int64_t new;
	int64_t cases; /* in which the answers of their contacts are */
	int64_t at; /* seconds since the epoch, UTC */
	int64_t until;
	int64_t ended_at; /* 0: not yet */
};

/*
 * Writes it down, and does all of it but what ends at h->until: h->id is set,
 * *moved counts the cases. by: the contact who acts. A handover by which new
 * was to leave is over, and takes nothing. Inside a transaction.
 */
int handover_begin(struct db *db, struct vault *v, struct handover *h,
    int64_t by, size_t *moved, struct err *e);

/* old loses roles and place. Inside a transaction. */
int handover_end(struct db *db, int64_t now, const struct handover *h,
    const char *actor, struct err *e);

/* Ends those that are due, each in a transaction of its own. */
int handover_end_due(struct db *db, int64_t now, struct err *e);

/* The next time at which one ends, or 0. */
int handover_next(struct db *db, int64_t now, int64_t *at, struct err *e);

/* By its id; *out is filled. ERR_NOINPUT: there is none. */
int handover_get(
    struct db *db, int64_t id, struct handover *out, struct err *e);

/* The ids of all, newest first; the caller's array. */
int handover_list(struct db *db, int64_t **id, size_t *count, struct err *e);

/* What both write to the team in a signed mail in clear, lines with LF. */
int handover_sentence(
    struct db *db, const struct handover *h, char **out, struct err *e);

/*
 * The last mail of who (old or new) since then that says so under TLP:CLEAR,
 * signed as a whole with their key and not encrypted, so that others can check
 * it; 0: there is none.
 */
int handover_statement(struct db *db, struct vault *v, const struct handover *h,
    int64_t who, int64_t *message, struct err *e);

/*
 * Whom old knew: who takes part in their cases, whose key they verified, to
 * whom they wrote; an array of *count contacts, the caller's.
 */
int handover_contacts(struct db *db, const struct handover *h,
    int64_t **contact, size_t *count, struct err *e);

/* Remembers the notice that goes to a contact. Inside a transaction. */
int handover_notified(
    struct db *db, int64_t id, int64_t contact, int64_t message, struct err *e);

/* Whether one does. */
int handover_has_notice(
    struct db *db, int64_t id, int64_t contact, bool *has, struct err *e);

/*
 * The object of `contact handover status --json`, but for the statements; the
 * caller's.
 */
int handover_json(
    struct db *db, const struct handover *h, json_t **out, struct err *e);

#endif
