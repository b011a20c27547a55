#include "queue/embargo.h"

#include "store/audit.h"

#define EMBARGO_OPEN                                                           \
	" told = 0 AND embargo_until > 0 AND EXISTS (SELECT 1 FROM cases c"    \
	" WHERE c.id = case_bound.cases AND c.state <> 'closed')"

int
embargo_due(struct db *db, int64_t now, struct embargo_due *out, size_t max,
    size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*count = 0;
	if (db_query(db, &row, e,
		"SELECT cases, attempts FROM case_bound WHERE" EMBARGO_OPEN
		" AND max(embargo_until, next_attempt_at) <= ?"
		" ORDER BY embargo_until LIMIT ?",
		"ii", now, (int64_t)max) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		out[(*count)++] = (struct embargo_due){
		    .cases = db_int(row, 0), .attempts = db_int(row, 1)};
	return rc;
}

int
embargo_next(struct db *db, int64_t now, int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e,
	    "SELECT min(max(embargo_until, next_attempt_at)) FROM case_bound"
	    " WHERE" EMBARGO_OPEN
	    " AND max(embargo_until, next_attempt_at) > ?",
	    "i", now);
}

int
embargo_start(struct db *db, int64_t cases, struct err *e)
{
	return db_run(db, e,
	    "UPDATE case_bound SET attempts = attempts + 1 WHERE cases = ?",
	    "i", cases);
}

int
embargo_release(struct db *db, int64_t cases, struct err *e)
{
	return db_run(db, e,
	    "UPDATE case_bound SET attempts = max(attempts - 1, 0)"
	    " WHERE cases = ?",
	    "i", cases);
}

int
embargo_delay(struct db *db, int64_t cases, int64_t now, struct err *e)
{
	return db_run(db, e,
	    "UPDATE case_bound SET next_attempt_at = ? WHERE cases = ?", "ii",
	    now + EMBARGO_PAUSE, cases);
}

int
embargo_told(struct db *db, int64_t cases, struct err *e)
{
	return db_run(db, e,
	    "UPDATE case_bound SET told = 1, attempts = 0 WHERE cases = ?"
	    " AND told = 0",
	    "i", cases);
}

int
embargo_abandon(struct db *db, int64_t cases, int64_t now, const char *reason,
    struct err *e)
{
	struct audit_entry entry = {
	    .actor = "queue", .event = "embargo.not-told", .cases = cases};

	if (db_begin(db, e) == -1)
		return -1;
	entry.detail = json_pack("{s:s}", "reason", reason);
	if (embargo_told(db, cases, e) == -1)
		json_decref(entry.detail);
	else if (audit_add(db, now, &entry, e) == 0 && db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return err_in(e, "the embargo of case %lld", (long long)cases);
}
