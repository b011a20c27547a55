#include "worker/indexer.h"

#include <stdlib.h>

#include "base/log.h"
#include "cases/indexing.h"
#include "queue/index_job.h"

#define INDEXER_ENTRIES 500 /* of the audit log, in one batch */
#define INDEXER_MS 100 /* a mail that comes waits for the batch to end */

int
indexer_run(struct worker *w, struct err *e)
{
	struct indexing b = {.most = INDEXER_ENTRIES, .ms = INDEXER_MS};
	char *path = config_spool(w->config, INDEX_FILE);
	struct index *x = NULL;
	int64_t since = clock_monotonic_us(), cpu = clock_cpu_us();
	int rc;

	b.now = clock_now(&w->clock);
	rc = index_open(&x, path, w->vault, e);
	if (rc == 0)
		rc = indexing_follow(x, w->db, w->vault, &b, e);
	index_close(x);
	free(path);
	if (rc == -1)
		return -1;
	if (b.messages > 0 || b.forgotten > 0)
		log_debug(
		    "indexed: messages=%zu forgotten=%zu us=%lld cpu=%lld",
		    b.messages, b.forgotten,
		    (long long)(clock_monotonic_us() - since),
		    (long long)(clock_cpu_us() - cpu));
	return index_job_done(w->db, b.mark, e);
}
