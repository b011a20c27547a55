/*
 * overdue.h - the terms of a case (cases/service.h): when four fifths of one
 * have passed, and when all of it has, its owner is told, else those on the
 * rota, else PoC and deputies.
 */
#ifndef WORKER_OVERDUE_H
#define WORKER_OVERDUE_H

#include "worker/ring.h"

/* Of ALARM_SERVICE; as in ring.h. Past its end it rings again after as
 * much work. */
int overdue_read(struct ring *r, struct err *e);
int overdue_still(struct ring *r, struct err *e);

/* Of ALARM_TERMS: nobody is told. */
int overdue_read_renewal(struct ring *r, struct err *e);
int overdue_renew(struct ring *r, struct err *e);

#endif
