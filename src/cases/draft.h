/*
 * draft.h - what leaves: one sealed text, and its copies for each recipient.
 *
 * Owns the table draft, and is the one way by which a row reaches the table
 * delivery: every copy carries the gate's decision with its rule and reason.
 */
#ifndef CASES_DRAFT_H
#define CASES_DRAFT_H

#include "noroshi.h"
#include "base/splice.h"
#include "pgp/keyring.h"
#include "store/db.h"

/* In the order in which copies leave. */
enum draft_lane {
	DRAFT_URGENT, /* of a critical case, or an urgent advisory */
	DRAFT_USUAL,
	DRAFT_MANY, /* of a text with more than DRAFT_FEW copies */
	DRAFT_LANES
};

#define DRAFT_FEW 20 /* copies */

struct draft_copy {
	char *recipient; /* address */
	int64_t contact; /* 0: nobody we know */
	struct noroshi_answer answer;
	char *reason; /* the gate's sentence */
	char encrypted_to[KEY_FINGERPRINT]; /* "": to no key */
	char *file; /* its sealed bytes in spool/out; NULL while not sealed */
	struct buf splice; /* what of that file is this copy's, and what comes
			      beside it (base/splice.h); empty: all of it */
};

struct draft {
	char *kind; /* "copy" of a message for the team, "notice", "ask" for a
		       release ... */
	int64_t message; /* what it is a copy of, or speaks of */
	char *rfc_message_id;
	char *language; /* "en", "ja" */
	enum noroshi_tlp label;
	int64_t recall; /* seconds in which its author may cancel it */
	struct draft_copy *copy;
	size_t copies;
};

/*
 * Adds a copy, whose answer and reason the caller fills; borrowed from d until
 * the next one is added.
 */
struct draft_copy *draft_add(
    struct draft *d, const char *recipient, int64_t contact);

/* Frees its fields; d itself is the caller's. */
void draft_free(struct draft *d);

/*
 * 1: the message has a delivery of that kind to the recipient which is not held
 * (it left, will leave, or was cancelled), so there must be no second one; 0:
 * it has none; -1: failed.
 */
int draft_settled(struct db *db, int64_t message, const char *kind,
    const char *recipient, struct err *e);

/* The Message-ID under which that message left first, the caller's; NULL: it
 * has not. */
int draft_first_id(struct db *db, int64_t message, char **out, struct err *e);

/*
 * Writes the draft and a delivery for each copy: allowed ones queued (they
 * must be sealed), held ones held. A delivery of the same message to the same
 * recipient that was held is the one that goes on, under its own id. A refused
 * copy gets no row; whoever judged it writes that into the audit log. In the
 * commit's transaction.
 */
int draft_insert(struct db *db, int64_t now, const struct draft *d,
    const char *transport, struct err *e);

/* Held copies of what is refused by now wait for nobody any more. */
int draft_refused(struct db *db, int64_t message, struct err *e);

#endif
