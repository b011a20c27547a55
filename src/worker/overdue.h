/*
 * overdue.h - the terms of a case that have passed (cases/service.h): its owner
 * is told, else those on the rota, else PoC and deputies.
 */
#ifndef WORKER_OVERDUE_H
#define WORKER_OVERDUE_H

#include "worker/ring.h"

/* Of ALARM_SERVICE; as in ring.h. It rings again after as much work. */
int overdue_read(struct ring *r, struct err *e);

#endif
