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

int
index_job_due(
    struct db *db, struct index_job *j, int64_t now, bool *due, struct err *e)
{
	struct audit_change *list;
	int64_t done, upto;
	size_t count;

	*due = false;
	if (j->wait_until > now)
		return 0;
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
	*due = count > 0;
	if (!*due)
		j->seen = upto;
	return 0;
}

int
index_job_done(struct db *db, int64_t mark, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO meta (name, value) VALUES ('indexed', ?1)"
	    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	    "i", mark);
}
