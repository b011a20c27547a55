/*
 * disposal.h - the reminder that closed cases have been kept for long enough
 * (ALARM_RETENTION): PoC and deputies learn of them on the next working day,
 * and every retention_remind days while they are there. Nothing is erased by
 * itself: to destroy is a person's act.
 */
#ifndef WORKER_DISPOSAL_H
#define WORKER_DISPOSAL_H

#include "worker/ring.h"

/* ref of the alarm is the time of the last reminder, 0: none yet. */
int disposal_read(struct ring *r, struct err *e);
int disposal_still(struct ring *r, struct err *e);

#endif
