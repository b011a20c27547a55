/*
 * record.h - what is written of a judged message: deliveries, audit entries and
 * what it ordered. All of it inside the one transaction of the outcome
 * (outcome.h), which the caller begins and commits; nothing here is sealed or
 * asked of the gate.
 */
#ifndef WORKER_RECORD_H
#define WORKER_RECORD_H

#include "worker/passage.h"

/* All that follows from p, with the copies n that were made of it. 0 or -1. */
int record_outcome(struct passage *p, const struct notices *n, struct err *e);

/*
 * The team's copies alone: their deliveries, the decisions on them, who has
 * read the message by them. 0 or -1.
 */
int record_copies(struct passage *p, const struct notices *n, struct err *e);

/*
 * Notes the keys that the message was judged without; it is judged again where
 * one may have come meanwhile. 0 or -1.
 */
int record_want(struct passage *p, struct err *e);

#endif
