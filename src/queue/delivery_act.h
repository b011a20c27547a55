/*
 * delivery_act.h - what people do to one delivery by hand. Table delivery.
 */
#ifndef QUEUE_DELIVERY_ACT_H
#define QUEUE_DELIVERY_ACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strs.h"
#include "store/db.h"

/* One delivery as a person sees it. */
struct delivery_facts_of {
	int64_t id;
	int64_t message; /* the draft's cause */
	char *recipient;
	char *kind; /* the draft's */
	char *state;
	char *rule;
	char *label; /* the draft's */
	bool in_clear; /* no key was found for it */
};

void delivery_facts_of_free(struct delivery_facts_of *d);

/* ERR_NOINPUT where there is no such delivery. */
int delivery_facts_read(
    struct db *db, int64_t id, struct delivery_facts_of *out, struct err *e);

/* One delivery of a text that came back. */
struct delivery_returned {
	int64_t id;
	char *recipient;
	int64_t message; /* the draft's cause */
	int64_t cases; /* of that message; 0: none */
	bool team; /* a copy or notice for one of the team */
	bool verp; /* it was sent with a return path of its own (verp.h) */
};

void delivery_returned_free(struct delivery_returned *d, size_t count);

/*
 * The deliveries of the draft that went out under that Message-ID; *out is an
 * array of *count, the caller's. None where it is not one of ours.
 */
int delivery_returned(struct db *db, const char *rfc_message_id,
    struct delivery_returned **out, size_t *count, struct err *e);

/* The same of that delivery alone. */
int delivery_returned_one(struct db *db, int64_t id,
    struct delivery_returned **out, size_t *count, struct err *e);

/*
 * What a bounce says of a delivery that was sent: with failed it has failed
 * for good, and its author is to be told (untold.h), and doctor names the
 * contact (people/bouncing.h); else it is only noted.
 * *changed: it was in a state for that. Inside a transaction.
 */
int delivery_bounced(struct db *db, int64_t id, bool failed, int64_t now,
    const char *why, bool *changed, struct err *e);

/* Adds "ID recipient" of each held copy of the message that would leave in
 * clear, for want of a key. */
int delivery_plain(
    struct db *db, int64_t message, struct strs *out, struct err *e);

/* True in *queued where it is still to be sent, or is being sent. */
int delivery_is_queued(struct db *db, int64_t id, bool *queued, struct err *e);

/* True in *named where a delivery has that file of spool/out. */
int delivery_names_file(
    struct db *db, const char *file, bool *named, struct err *e);

enum delivery_act {
	DELIVERY_REJECT, /* every held row of its message: cancelled */
	DELIVERY_CANCEL, /* queued or held, not handed out yet: cancelled */
	DELIVERY_RETRY /* failed, or waiting for a retry: due now */
};

/* ERR_DATA where its state does not allow the act. Inside a transaction. */
int delivery_act(struct db *db, int64_t id, enum delivery_act act, int64_t now,
    struct err *e);

/*
 * Cancels a member's copies of a community's mail that are held or have not
 * been handed out: they have left it, or get nothing for now. Inside a
 * transaction.
 */
int delivery_forget_member(struct db *db, int64_t community, int64_t contact,
    int64_t now, struct err *e);

/*
 * A message's copies that their recall window still keeps: how many there are,
 * and, inside a transaction, cancelled for that reason.
 */
int delivery_recallable(
    struct db *db, int64_t message, int64_t now, int64_t *count, struct err *e);
int delivery_recall(struct db *db, int64_t message, int64_t now,
    const char *why, int64_t *count, struct err *e);

/*
 * Holds all that is queued, by the rule of a restore, with its file; and lets
 * what that rule holds leave now: of one id, or (0) all. Inside a transaction.
 * *count: how many.
 */
int delivery_restored(struct db *db, int64_t *count, struct err *e);
int delivery_release(
    struct db *db, int64_t id, int64_t now, int64_t *count, struct err *e);

/*
 * A copy failed for good: bounced, or refused by a server. Where it was a
 * member's and the last that the community allows, *community and *contact
 * (else 0) tell who gets no more. Inside a transaction.
 */
int delivery_member_failed(struct db *db, int64_t id, int64_t now,
    int64_t *community, int64_t *contact, struct err *e);

/*
 * What people wrote in that case and has not left by now is held, and handed to
 * a worker to be judged anew; *count: how many messages. What had been released
 * waits for as long as what is held for the first time, not until an end that
 * an earlier hold had. Inside a transaction; the caller wakes the queue
 * afterwards.
 */
int delivery_rejudge(
    struct db *db, int64_t cases, int64_t now, int64_t *count, struct err *e);

/*
 * A copy that is due, and was sealed to a key that cannot be used any more
 * (expired, revoked, or unknown by now), is held, and its message judged anew;
 * *held tells so. Mail of people alone: team copies go as they are.
 */
int delivery_unkey(
    struct db *db, int64_t id, int64_t now, bool *held, struct err *e);

#endif
