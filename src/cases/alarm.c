#include "cases/alarm.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "store/audit.h"

const struct attempts alarm_attempts = ATTEMPTS("alarm", "id", ALARM_PAUSE);

#define ALARM_OPEN                                                             \
	" NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = alarm.cases"          \
	" AND c.state = 'closed')"

void
alarm_free(struct alarm *a)
{
	free(a->kind);
	free(a->stage);
	*a = (struct alarm){0};
}

int
alarm_set(struct db *db, const char *kind, int64_t ref, const char *stage,
    int64_t cases, int64_t at, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO alarm (kind, ref, stage, cases, at)"
	    " VALUES (?, ?, ?, NULLIF(?, 0), ?)"
	    " ON CONFLICT (kind, ref, stage) DO UPDATE SET at = excluded.at,"
	    " cases = excluded.cases, attempts = 0, next_attempt_at = 0"
	    " WHERE at <> excluded.at OR cases IS NOT excluded.cases",
	    "sisii", kind, ref, stage, cases, at);
}

int
alarm_begin(struct db *db, const char *kind, int64_t at, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO alarm (kind, ref, stage, at) SELECT ?1, 0, '', ?2"
	    " WHERE NOT EXISTS (SELECT 1 FROM alarm WHERE kind = ?1)",
	    "si", kind, at);
}

int
alarm_clear(struct db *db, const char *kind, int64_t ref, const char *stage,
    struct err *e)
{
	return db_run(db, e,
	    "DELETE FROM alarm WHERE kind = ?1 AND ref = ?2"
	    " AND (?3 IS NULL OR stage = ?3)",
	    "sis", kind, ref, stage);
}

int
alarm_follow(
    struct db *db, const char *kind, int64_t ref, int64_t cases, struct err *e)
{
	return db_run(db, e,
	    "UPDATE alarm SET cases = NULLIF(?, 0) WHERE kind = ? AND ref = ?",
	    "isi", cases, kind, ref);
}

int
alarm_at(struct db *db, const char *kind, int64_t ref, const char *stage,
    int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e,
	    "SELECT at FROM alarm WHERE kind = ? AND ref = ? AND stage = ?",
	    "sis", kind, ref, stage);
}

int
alarm_get(struct db *db, int64_t id, struct alarm *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct alarm){0};
	if (db_query(db, &row, e,
		"SELECT id, kind, ref, stage, cases, at FROM alarm"
		" WHERE id = ?",
		"i", id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*out = (struct alarm){.id = db_int(row, 0),
	    .kind = xstrdup(db_text(row, 1)),
	    .ref = db_int(row, 2),
	    .stage = xstrdup(db_text(row, 3)),
	    .cases = db_int(row, 4),
	    .at = db_int(row, 5)};
	db_end(row);
	return 1;
}

int
alarm_rang(struct db *db, const struct alarm *a, struct err *e)
{
	return db_run(db, e, "DELETE FROM alarm WHERE id = ? AND at = ?", "ii",
	    a->id, a->at);
}

int
alarm_due(struct db *db, int64_t now, struct due *out, size_t max,
    size_t *count, struct err *e)
{
	struct db_row *row;

	*count = 0;
	if (db_query(db, &row, e,
		"SELECT id, attempts FROM alarm"
		" WHERE max(at, next_attempt_at) <= ? AND" ALARM_OPEN
		" ORDER BY max(at, next_attempt_at), id LIMIT ?",
		"ii", now, (int64_t)max) == -1)
		return -1;
	return due_read(row, out, count, e);
}

int
alarm_next(struct db *db, int64_t now, int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e,
	    "SELECT max(at, next_attempt_at) FROM alarm"
	    " WHERE max(at, next_attempt_at) > ? AND" ALARM_OPEN
	    " ORDER BY max(at, next_attempt_at) LIMIT 1",
	    "i", now);
}

static int
alarm_give_up(struct db *db, const struct alarm *a, int64_t now,
    const char *reason, struct err *e)
{
	char *event = xasprintf("%s.not-told", a->kind);
	struct audit_entry entry = {
	    .actor = "queue", .event = event, .cases = a->cases};
	int rc = alarm_rang(db, a, e);

	if (rc == 0) {
		entry.detail = json_pack("{s:I, s:s, s:s}", "ref",
		    (json_int_t)a->ref, "stage", a->stage, "reason", reason);
		rc = audit_add(db, now, &entry, e);
	}
	free(event);
	return rc;
}

int
alarm_abandon(
    struct db *db, int64_t id, int64_t now, const char *reason, struct err *e)
{
	struct alarm a = {0};
	int rc;

	if (db_begin(db, e) == -1)
		return -1;
	rc = alarm_get(db, id, &a, e);
	if (rc == 1)
		rc = alarm_give_up(db, &a, now, reason, e);
	if (rc == 0)
		rc = db_commit(db, e);
	if (rc == -1)
		db_rollback(db);
	alarm_free(&a);
	return rc == -1 ? err_in(e, "alarm %lld", (long long)id) : 0;
}
