/*
 * handed.h - what people of the team learn of each other: a case was given to
 * them, or somebody's mailbox says that they are away.
 */
#ifndef WORKER_HANDED_H
#define WORKER_HANDED_H

#include "worker/passage.h"
#include "worker/ring.h"

/* Of ALARM_ASSIGNED and ALARM_ABSENT; as in ring.h. */
int handed_read_assigned(struct ring *r, struct err *e);
int handed_read_absent(struct ring *r, struct err *e);

/* A mail of staff tells whether they are there. In the commit's
 * transaction. */
int handed_presence(struct passage *p, struct err *e);

#endif
