#include "queue/job.h"

#include "store/audit.h"

static int
job_walk(struct db_row *row, struct job_due *out, size_t max, size_t *count,
    struct err *e)
{
	int rc;

	while ((rc = db_step(row, e)) == 1) {
		if (*count == max) {
			db_end(row);
			return 0;
		}
		out[(*count)++] = (struct job_due){.id = db_int(row, 0),
		    .attempts = db_int(row, 1),
		    .size = db_int(row, 2),
		    .archive = db_int(row, 3) == JOB_LAST};
	}
	return rc;
}

int
job_due(struct db *db, int64_t now, int64_t below, struct job_due *out,
    size_t max, size_t *count, struct err *e)
{
	struct db_row *row;

	*count = 0;
	/* Three questions, as each is answered in the order of the index. */
	if (db_query(db, &row, e,
		"SELECT id, attempts, size, next_attempt_at FROM message"
		" WHERE state = 'received' AND next_attempt_at > 0"
		" AND next_attempt_at <= ? AND size < ?"
		" ORDER BY next_attempt_at, id LIMIT ?",
		"iii", now, below, (int64_t)max) == -1 ||
	    job_walk(row, out, max, count, e) == -1)
		return -1;
	for (int64_t at = 0; at >= JOB_LAST && *count < max; at--)
		if (db_query(db, &row, e,
			"SELECT id, attempts, size, next_attempt_at"
			" FROM message WHERE state = 'received'"
			" AND next_attempt_at = ? AND size < ?"
			" ORDER BY id LIMIT ?",
			"iii", at, below, (int64_t)max) == -1 ||
		    job_walk(row, out, max, count, e) == -1)
			return -1;
	return 0;
}

int
job_next(struct db *db, int64_t now, int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e,
	    "SELECT next_attempt_at FROM message WHERE state = 'received'"
	    " AND next_attempt_at > ? ORDER BY next_attempt_at LIMIT 1",
	    "i", now);
}

int
job_start(struct db *db, int64_t id, struct err *e)
{
	return db_run(db, e,
	    "UPDATE message SET attempts = attempts + 1 WHERE id = ?", "i", id);
}

int
job_end(struct db *db, int64_t id, bool *left, struct err *e)
{
	if (db_run(db, e,
		"UPDATE message SET attempts = 0, delays = 0"
		" WHERE id = ? AND state <> 'received'",
		"i", id) == -1)
		return -1;
	*left = db_changed(db) == 0;
	return 0;
}

int
job_delay(struct db *db, int64_t id, int64_t now, struct err *e)
{
	int64_t delays, pause = JOB_DELAY_MIN;

	if (db_get_int(db, &delays, 0, e,
		"SELECT delays FROM message WHERE id = ?", "i", id) == -1)
		return -1;
	for (int64_t i = 0; i < delays && pause < JOB_DELAY_MAX; i++)
		pause *= 2;
	if (pause > JOB_DELAY_MAX)
		pause = JOB_DELAY_MAX;
	return db_run(db, e,
	    "UPDATE message SET attempts = max(attempts - 1, 0),"
	    " delays = delays + 1, next_attempt_at = ?"
	    " WHERE id = ? AND state = 'received'",
	    "ii", now + pause, id);
}

int
job_clock_set(struct db *db, int64_t now, struct err *e)
{
	return db_run(db, e,
	    "UPDATE message SET next_attempt_at = 0"
	    " WHERE state = 'received' AND next_attempt_at > ?",
	    "i", now + JOB_DELAY_MAX);
}

int
job_release(struct db *db, int64_t id, struct err *e)
{
	return db_run(db, e,
	    "UPDATE message SET attempts = max(attempts - 1, 0)"
	    " WHERE id = ? AND state = 'received'",
	    "i", id);
}

int
job_abandon(
    struct db *db, int64_t id, int64_t now, const char *reason, struct err *e)
{
	struct audit_entry entry = {
	    .actor = "queue", .event = "message.quarantined", .message = id};

	if (db_begin(db, e) == -1)
		return -1;
	entry.detail = json_pack("{s:s}", "reason", reason);
	if (db_run(db, e,
		"UPDATE message SET state = 'quarantined', step = 'done'"
		" WHERE id = ? AND state = 'received'",
		"i", id) == -1)
		json_decref(entry.detail);
	else if (audit_add(db, now, &entry, e) == 0 && db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return err_in(e, "quarantine of message %lld", (long long)id);
}
