/* indexer.h - fills the search index (cases/index.h), a little at a time. */
#ifndef WORKER_INDEXER_H
#define WORKER_INDEXER_H

#include "worker/worker.h"

/*
 * One batch, short enough for mail that comes meanwhile. The queue learns from
 * table meta whether more is to be done (queue/index_job.h).
 */
int indexer_run(struct worker *w, struct err *e);

#endif
