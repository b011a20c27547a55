/*
 * lifted.h - an embargo that has ended: a note in its case, and a mail to the
 * case's owner, else to PoC and deputies. Nothing leaves by itself.
 */
#ifndef WORKER_LIFTED_H
#define WORKER_LIFTED_H

#include "worker/ring.h"

/* Of ALARM_EMBARGO; as in ring.h. */
int lifted_read(struct ring *r, struct err *e);
int lifted_still(struct ring *r, struct err *e);

#endif
