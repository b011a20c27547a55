/*
 * resemblance.h - whether a sender is taken for somebody we know, by an index
 * of all contacts that is made when it is first asked, and anew when people
 * have changed.
 */
#ifndef WORKER_RESEMBLANCE_H
#define WORKER_RESEMBLANCE_H

#include "policy/identity.h"
#include "worker/worker.h"

/*
 * Adds what lookalike.h finds to s, which identity_judge filled. head is the
 * one judged, from its folded address, contact whose address that is or 0.
 */
int resemblance_judge(struct worker *w, const struct head *head,
    const char *from, int64_t contact, struct sender *s, struct err *e);

#endif
