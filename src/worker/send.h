/*
 * send.h - what becomes of a message that is to leave: floor, gate, seal,
 * deliveries. What its author is told of it is in send_tell.h.
 */
#ifndef WORKER_SEND_H
#define WORKER_SEND_H

#include "cases/message.h"
#include "worker/worker.h"

/*
 * Processes an outgoing message (direction "out"). One refusal stops it whole;
 * a hold holds all its copies until it is approved, then it comes here again.
 * Copies to outsiders wait for the recall window. Errors as in pipeline.h.
 */
int send_process(struct worker *w, struct message *m, struct err *e);

/* Ends the work on one that cannot be sent: recorded, its state is failed. */
int send_fail(
    struct worker *w, struct message *m, const char *reason, struct err *e);

#endif
