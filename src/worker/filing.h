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

#endif
