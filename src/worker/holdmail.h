/*
 * holdmail.h - what is held goes to those who may release it: what would leave
 * and to whom, why it waits, and how to answer (approve.h reads the answers).
 *
 * Each gets a letter of their own under their verified key, with an address to
 * answer to that is bound to message, person and content. Its author gets none.
 * RED is shown only to PoC and deputies who are readers of all it holds; who is
 * not is told that it waits.
 */
#ifndef WORKER_HOLDMAIL_H
#define WORKER_HOLDMAIL_H

#include "cases/draft.h"
#include "queue/held.h"
#include "worker/clearance.h"
#include "worker/worker.h"

enum holdmail_kind { HOLDMAIL_ASKS, HOLDMAIL_REMINDS, HOLDMAIL_ENDED };

struct holdmail {
	struct held held; /* as it is now, if there is a row */
	bool begins; /* a new hold, or one of changed content */
	int64_t *reader; /* contacts that were shown it */
	size_t readers;
	struct strs untold; /* names of who has no usable, verified key */
};

void holdmail_free(struct holdmail *h); /* its fields */

/*
 * Seals the letters of a message that the gate holds, and adds them to *draft,
 * an array of *drafts, which stay the caller's. None where it is not held, or
 * where this content was announced before. Outside any transaction.
 */
int holdmail_make(struct worker *w, const struct clearance *c,
    struct draft **draft, size_t *drafts, struct holdmail *out, struct err *e);

/* The hold's row, its readers and its record, in the transaction that writes
 * the drafts. */
int holdmail_commit(struct worker *w, const struct clearance *c,
    const struct holdmail *h, struct err *e);

/*
 * The job of a hold that is due: reminds at half time, cancels at its end and
 * tells so; hands the message to be judged anew where it would not be held now.
 * Errors as in pipeline.h.
 */
int holdmail_due(struct worker *w, int64_t message, struct err *e);

/* What a person's address for a hold is made for (token.h); the caller's. */
char *holdmail_who(int64_t contact, const char *content);

#endif
