/*
 * pipeline.h - the way of one message through a worker: read and judge, claim,
 * seal, commit (doc/ARCHITECTURE.md).
 */
#ifndef WORKER_PIPELINE_H
#define WORKER_PIPELINE_H

#include "worker/worker.h"

/*
 * Processes a received message to its end. What was claimed before a crash
 * keeps its claim; what was committed is not done again. ERR_DATA: it must be
 * quarantined; ERR_TEMP: later; ERR_BUG: this process must end.
 */
int pipeline_process(struct worker *w, int64_t id, struct err *e);

/* Puts a message into quarantine: bytes kept, the team told why. */
int pipeline_quarantine(
    struct worker *w, int64_t id, const char *reason, struct err *e);

#endif
