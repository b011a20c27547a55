/*
 * lifted.h - an embargo that has ended: a note in its case, and a mail to the
 * case's owner, else to PoC and deputies. Nothing leaves by itself.
 */
#ifndef WORKER_LIFTED_H
#define WORKER_LIFTED_H

#include "worker/worker.h"

/*
 * The job of an embargo that is due (queue/embargo.h). Who has no usable key,
 * and everybody where the case has no message, learns it by the note alone.
 * Errors as in pipeline.h.
 */
int lifted_tell(struct worker *w, int64_t cases, struct err *e);

#endif
