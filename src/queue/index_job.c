#include "queue/index_job.h"

#include <stdlib.h>
#include <unistd.h>

#include "store/audit.h"

int
index_job_init(struct db *db, const char *path, struct err *e)
{
	if (access(path, F_OK) == 0)
		return 0;
	return index_job_done(db, 0, e);
}

/* Looks for entries behind those that were seen; since says what it found. */
static int
index_job_look(struct db *db, struct index_job *j, int64_t now, struct err *e)
{
	struct audit_change *list;
	int64_t done, upto;
	size_t count;

	if (db_get_int(db, &done, 0, e,
		"SELECT CAST(value AS INTEGER) FROM meta"
		" WHERE name = 'indexed'",
		"") == -1)
		return -1;
	if (j->seen < done)
		j->seen = done;
	if (audit_changes(db, j->seen, 1, &list, &count, &upto, e) == -1)
		return -1;
	free(list);
	if (count == 0)
		j->seen = upto;
	else
		j->since = now;
	return 0;
}

int
index_job_due(struct db *db, struct index_job *j, int64_t now, bool hurry,
    bool *waiting, bool *due, struct err *e)
{
	int64_t last;

	*waiting = *due = false;
	if (j->wait_until > now + INDEX_JOB_PAUSE) /* the clock went back */
		j->wait_until = now + INDEX_JOB_PAUSE;
	if (j->wait_until > now)
		return 0;
	if (j->since == 0 && index_job_look(db, j, now, e) == -1)
		return -1;
	if (j->since > now) /* the clock went back */
		j->since = now;
	*waiting = j->since != 0;
	if (!*waiting || hurry || now >= j->since + INDEX_JOB_REST) {
		*due = *waiting;
		return 0;
	}
	if (db_get_int(db, &last, 0, e, "SELECT max(id) FROM audit", "") == -1)
		return -1;
	*due = last - j->seen >= INDEX_JOB_MANY;
	return 0;
}

int64_t
index_job_next(const struct index_job *j, int64_t now)
{
	if (j->wait_until > now)
		return j->wait_until;
	/* What is due waits for a worker, not for a time. */
	return j->since == 0 || j->since + INDEX_JOB_REST <= now
		   ? 0
		   : j->since + INDEX_JOB_REST;
}

void
index_job_given(struct index_job *j)
{
	j->since = 0;
}

int
index_job_done(struct db *db, int64_t mark, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO meta (name, value) VALUES ('indexed', ?1)"
	    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	    "i", mark);
}
