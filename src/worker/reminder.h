/*
 * reminder.h - a deadline's time runs (cases/deadline.h): who answers for the
 * case is told at half of it, who is on duty too at four fifths, and PoC and
 * deputies too when it is over.
 */
#ifndef WORKER_REMINDER_H
#define WORKER_REMINDER_H

#include "worker/ring.h"

/* Of ALARM_DEADLINE; as in ring.h. */
int reminder_read(struct ring *r, struct err *e);
int reminder_still(struct ring *r, struct err *e);

#endif
