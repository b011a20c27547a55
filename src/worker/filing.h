/*
 * filing.h - the claim: which case a message belongs to, and its facts, in one
 * short transaction.
 */
#ifndef WORKER_FILING_H
#define WORKER_FILING_H

#include "worker/passage.h"

/*
 * A reply may overtake, in another worker, the message that it answers. It
 * waits a little for that one's claim, or they would open two cases.
 */
int filing_await(struct passage *p, struct err *e);

/* Threads, opens or joins a case, and writes the facts; one that was claimed
 * before a crash keeps its case. */
int filing_claim(struct passage *p, struct err *e);

/*
 * For a message that is judged again: its row as it is now, with new facts,
 * label and content in memory; it keeps its case. Inside a transaction, which
 * writes no more than which signatures were seen.
 */
int filing_again(struct passage *p, struct err *e);

/* Its sender takes part where that is trusted now. In the transaction of the
 * new judgement. */
int filing_rejoin(struct passage *p, struct err *e);

/* Whether the case is the one that the message opened. */
int filing_opened(struct passage *p, bool *opened, struct err *e);

#endif
