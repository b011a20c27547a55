#include "queue/untold.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "store/audit.h"

const struct attempts untold_attempts =
    ATTEMPTS("untold", "message", UNTOLD_PAUSE);

#define UNTOLD_REASON_MAX (1U << 20) /* bytes of a sealed reason */

int
untold_failed(struct db *db, int64_t delivery, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO untold (message, delivery) SELECT d.message, v.id"
	    " FROM delivery v JOIN draft d ON d.id = v.draft"
	    " JOIN outgoing o ON o.message = d.message WHERE v.id = ?"
	    " AND d.kind = o.kind AND o.author IS NOT NULL",
	    "i", delivery);
}

int
untold_delayed(struct db *db, int64_t message, int64_t before, int64_t delivery,
    struct err *e)
{
	int64_t told;

	if (db_get_int(db, &told, 0, e,
		"SELECT EXISTS (SELECT 1 FROM delivery v JOIN draft d"
		" ON d.id = v.draft WHERE d.message = ? AND v.delay_told <> 0)",
		"i", message) == -1)
		return -1;
	if (told)
		return 0;
	if (db_run(db, e,
		"INSERT INTO untold (message, delivery, delayed)"
		" SELECT d.message, v.id, 1 FROM delivery v"
		" JOIN draft d ON d.id = v.draft"
		" JOIN outgoing o ON o.message = d.message WHERE d.message = ?"
		" AND (v.id = ? OR (v.state = 'queued' AND v.attempts > 0"
		" AND max(v.created_at, v.recall_until) <= ?))"
		" AND d.kind = o.kind AND o.author IS NOT NULL",
		"iii", message, delivery, before) == -1)
		return -1;
	return db_run(db, e,
	    "UPDATE delivery SET delay_told = 1 WHERE draft IN"
	    " (SELECT id FROM draft WHERE message = ?)",
	    "i", message);
}

int
untold_rejected(struct db *db, int64_t message, int64_t by,
    const struct buf *reason_sealed, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO untold (message, by, reason_sealed)"
	    " SELECT message, NULLIF(?1, 0), ?2 FROM outgoing"
	    " WHERE message = ?3 AND author IS NOT NULL"
	    " AND (author <> ?1 OR came_as IS NOT NULL)",
	    "ibi", by, reason_sealed, message);
}

int
untold_due(struct db *db, int64_t now, struct due *out, size_t max,
    size_t *count, struct err *e)
{
	struct db_row *row;

	*count = 0;
	if (db_query(db, &row, e,
		"SELECT message, max(attempts) FROM untold WHERE NOT EXISTS"
		" (SELECT 1 FROM delivery v JOIN draft d ON d.id = v.draft"
		" WHERE d.message = untold.message AND v.state = 'queued'"
		" AND v.attempts = 0 AND coalesce(v.next_attempt_at, 0) <= ?1)"
		" GROUP BY message HAVING max(next_attempt_at) <= ?1"
		" ORDER BY min(id) LIMIT ?2",
		"ii", now, (int64_t)max) == -1)
		return -1;
	return due_read(row, out, count, e);
}

int
untold_next(struct db *db, int64_t now, int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e,
	    "SELECT max(next_attempt_at) FROM untold GROUP BY message"
	    " HAVING max(next_attempt_at) > ?"
	    " ORDER BY max(next_attempt_at) LIMIT 1",
	    "i", now);
}

int
untold_abandon(struct db *db, int64_t message, int64_t now, const char *reason,
    struct err *e)
{
	struct audit_entry entry = {
	    .actor = "queue", .event = "author.not-told", .message = message};

	if (db_begin(db, e) == -1)
		return -1;
	entry.detail = json_pack("{s:s}", "reason", reason);
	if (db_run(db, e, "DELETE FROM untold WHERE message = ?", "i",
		message) == -1)
		json_decref(entry.detail);
	else if (audit_add(db, now, &entry, e) == 0 && db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return err_in(
	    e, "telling the author of message %lld", (long long)message);
}

void
untold_free(struct untold *u, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(u[i].recipient);
		free(u[i].error);
		free(u[i].by);
		buf_free(&u[i].reason_sealed);
	}
	free(u);
}

static void
untold_read(struct untold *u, struct db_row *row)
{
	size_t len;
	const void *sealed = db_blob(row, 4, &len);

	*u = (struct untold){.id = db_int(row, 0),
	    .recipient = xstrdup_null(db_text(row, 1)),
	    .error = xstrdup_null(db_text(row, 2)),
	    .rejected = db_int(row, 5) != 0,
	    .delayed = db_int(row, 6) != 0,
	    .by = xstrdup_null(db_text(row, 3))};
	buf_init(&u->reason_sealed, UNTOLD_REASON_MAX);
	if (sealed != NULL)
		buf_put(&u->reason_sealed, sealed, len);
}

int
untold_list(struct db *db, int64_t message, struct untold **out, size_t *count,
    struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT u.id, v.recipient, v.last_error, c.name,"
		" u.reason_sealed, u.delivery IS NULL, u.delayed FROM untold u"
		" LEFT JOIN delivery v ON v.id = u.delivery AND CASE u.delayed"
		" WHEN 0 THEN v.state = 'failed' ELSE v.state = 'queued'"
		" OR (v.state = 'sent' AND v.last_error IS NOT NULL) END"
		" LEFT JOIN contact c ON c.id = u.by"
		" WHERE u.message = ? ORDER BY u.id",
		"i", message) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		untold_read(&(*out)[(*count)++], row);
	}
	if (rc == 0)
		return 0;
	untold_free(*out, *count);
	*out = NULL;
	*count = 0;
	return -1;
}

int
untold_clear(struct db *db, int64_t message, int64_t last, struct err *e)
{
	return db_run(db, e, "DELETE FROM untold WHERE message = ? AND id <= ?",
	    "ii", message, last);
}
