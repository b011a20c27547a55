/*
 * consent.h - what a source allowed us by signed mail: that content of its goes
 * to somebody, under a label. Owns the tables consent and consent_to.
 *
 * A consent never lets anything go by itself: it turns what the gate refuses
 * into a hold (doc/ARCHITECTURE.md).
 */
#ifndef CASES_CONSENT_H
#define CASES_CONSENT_H

#include "base/strs.h"
#include "cases/message.h"

struct consent {
	int64_t id;
	int64_t contact; /* the source */
	int64_t message; /* the signed mail that says so */
	int64_t cases; /* what of the source's is in this case; 0: that mail */
	enum noroshi_tlp label; /* the least that it goes under */
	int64_t until; /* seconds since the epoch; 0: no end */
	char *conditions; /* one line, or NULL */
	struct strs to; /* addresses, folded, or "community:NAME" */
	int64_t at;
};
void consent_free(struct consent *c); /* its fields */

/*
 * Writes c (id, contact, cases and at are set here) with its conditions sealed
 * under the message's key. ERR_DENIED unless the message came in with evidence
 * "signature" of a contact. Inside the caller's transaction.
 */
int consent_add(struct db *db, struct vault *v, int64_t now, struct consent *c,
    struct err *e);

/* All of them in order; *out is an array of *count, the caller's. Of one whose
 * key was destroyed the conditions are NULL. */
int consent_list(struct db *db, struct vault *v, struct consent **out,
    size_t *count, struct err *e);

/* Whom a copy is for. */
struct consent_who {
	const struct strs *address; /* folded; all that are theirs */
	const char *community; /* name of the list that it goes by, or NULL */
};

/*
 * 1: a consent of its source covers that stored message for who at now; *label
 * is the lowest that any of them names. 0: none does. -1: failed.
 */
int consent_covers(struct db *db, int64_t now, int64_t message,
    const struct consent_who *who, enum noroshi_tlp *label, struct err *e);

#endif
