/*
 * index_job.h - when the search index (cases/index.h) has to follow the audit
 * log, and the job of a worker that this is.
 *
 * Row 'indexed' of table meta: the entry up to which the index has followed. It
 * is a copy, which the queue can read, of what the index itself says.
 */
#ifndef QUEUE_INDEX_JOB_H
#define QUEUE_INDEX_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

/* What a hand has in hand then: no message, no case. */
#define INDEX_JOB_ID (INT64_C(1) << 62)

#define INDEX_JOB_PAUSE 60 /* seconds after an attempt that failed */

/*
 * What comes together is indexed together: to begin a batch costs more than to
 * index a mail. Nobody waits for it, since who searches indexes what is not.
 */
#define INDEX_JOB_REST 2 /* seconds that what is to be indexed may wait */
#define INDEX_JOB_MANY 500 /* entries of the audit log that wait no longer */

/* What the queue remembers; zeros at its start. */
struct index_job {
	int64_t seen; /* the entry up to which there is nothing to index */
	int64_t since; /* when something to index was seen; 0: there is none */
	int64_t wait_until; /* after an attempt that failed */
};

/* path: of the index. One that is absent is to be filled from the beginning. */
int index_job_init(struct db *db, const char *path, struct err *e);

/* Whether there is something to index (*waiting), and whether at now (*due);
 * in a hurry, it does not wait for more. */
int index_job_due(struct db *db, struct index_job *j, int64_t now, bool hurry,
    bool *waiting, bool *due, struct err *e);

/* When what waits gets due, after now; 0: it is, or nothing waits. */
int64_t index_job_next(const struct index_job *j, int64_t now);

/* A worker has it now: what is left afterwards is looked up anew. */
void index_job_given(struct index_job *j);

/* The index has followed up to mark. In a transaction of its own. */
int index_job_done(struct db *db, int64_t mark, struct err *e);

#endif
