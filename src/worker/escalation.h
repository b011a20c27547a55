/*
 * escalation.h - mail from outside that nobody has seen, or answered: it goes
 * to those on the rota, and where that helps nothing to PoC and deputies. In a
 * flood they are told of some each hour, and the others wait for their turn.
 */
#ifndef WORKER_ESCALATION_H
#define WORKER_ESCALATION_H

#include "worker/ring.h"

#define ESCALATION_HOURLY 20 /* messages that people are told of */

/* For a message that was just filed, in that transaction. */
int escalation_arm(
    struct worker *w, int64_t message, int64_t cases, bool owed, struct err *e);

/* Of ALARM_UNSEEN and ALARM_UNANSWERED; as in ring.h. */
int escalation_read(struct ring *r, struct err *e);
int escalation_still(struct ring *r, struct err *e);

#endif
