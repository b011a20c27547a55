#include "queue/held.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "queue/untold.h"
#include "store/audit.h"
#include "store/restored.h"

const struct attempts held_attempts = ATTEMPTS("held", "message", HELD_PAUSE);

/* A delivery that waits for a person, and no copy for the team. */
#define HELD_OPEN                                                              \
	" EXISTS (SELECT 1 FROM draft d JOIN delivery v ON v.draft = d.id"     \
	" WHERE d.message = h.message AND v.state = 'held'"                    \
	" AND v.rule <> '" RESTORED_RULE "'"                                   \
	" AND d.kind NOT IN ('copy', 'notice', 'ask'))"

#define HELD_AT                                                                \
	" max(min(coalesce(h.remind_at, h.expires_at),"                        \
	" h.expires_at), h.next_attempt_at)"

int
held_get(struct db *db, int64_t message, struct held *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct held){.since = 0};
	if (db_query(db, &row, e,
		"SELECT h.content, h.since, coalesce(h.remind_at, 0),"
		" h.expires_at," HELD_OPEN " FROM held h WHERE h.message = ?",
		"i", message) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	if (strlen(db_text(row, 0)) == SPOOL_SHA - 1)
		memcpy(out->content, db_text(row, 0), SPOOL_SHA);
	out->since = db_int(row, 1);
	out->remind_at = db_int(row, 2);
	out->expires_at = db_int(row, 3);
	out->open = db_int(row, 4) != 0;
	db_end(row);
	return 1;
}

int
held_begin(struct db *db, int64_t message, const char *content, int64_t now,
    int64_t lasts, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO held (message, content, since, remind_at, expires_at)"
	    " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (message) DO UPDATE SET"
	    " content = ?2, since = ?3, remind_at = ?4, expires_at = ?5,"
	    " attempts = 0, next_attempt_at = 0",
	    "isiii", message, content, now, now + lasts / 2, now + lasts);
}

int
held_remind(struct db *db, int64_t now, struct err *e)
{
	return db_run(db, e,
	    "UPDATE held SET remind_at = ? WHERE EXISTS (SELECT 1 FROM draft d"
	    " JOIN delivery v ON v.draft = d.id AND v.state = 'held'"
	    " WHERE d.message = held.message)",
	    "i", now);
}

int
held_shift(struct db *db, int64_t seconds, struct err *e)
{
	return db_run(db, e,
	    "UPDATE held SET since = since + ?1, remind_at = remind_at + ?1,"
	    " expires_at = expires_at + ?1",
	    "i", seconds);
}

void
held_row_free(struct held_row *row, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(row[i].rule);
	free(row);
}

int
held_rows(struct db *db, int64_t message, struct held_row **out, size_t *count,
    struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT v.rule, v.encrypted_to IS NULL FROM delivery v"
		" JOIN draft d ON d.id = v.draft WHERE d.message = ?"
		" AND v.state = 'held' AND v.rule <> '" RESTORED_RULE "'"
		" AND d.kind NOT IN ('copy', 'notice', "
		"'ask')"
		" ORDER BY v.id",
		"i", message) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		(*out)[(*count)++] =
		    (struct held_row){.rule = xstrdup(db_text(row, 0)),
			.plain = db_int(row, 1) != 0};
	}
	if (rc == 0)
		return 0;
	held_row_free(*out, *count);
	*out = NULL;
	*count = 0;
	return -1;
}

int
held_reminded(struct db *db, int64_t message, struct err *e)
{
	return db_run(db, e,
	    "UPDATE held SET remind_at = NULL, attempts = 0 WHERE message = ?",
	    "i", message);
}

int
held_cancel(struct db *db, int64_t message, const char *why, int64_t *count,
    struct err *e)
{
	if (db_run(db, e,
		"UPDATE delivery SET state = 'cancelled', last_error = ?"
		" WHERE state = 'held' AND rule <> '" RESTORED_RULE "'"
		" AND draft IN (SELECT id FROM draft WHERE message = ? AND "
		"kind NOT IN ('copy', 'notice', 'ask'))",
		"si", why, message) == -1)
		return -1;
	*count = db_changed(db);
	return 0;
}

int
held_due(struct db *db, int64_t now, struct due *out, size_t max, size_t *count,
    struct err *e)
{
	struct db_row *row;

	*count = 0;
	if (db_query(db, &row, e,
		"SELECT h.message, h.attempts FROM held h WHERE" HELD_AT
		" <= ? AND" HELD_OPEN " ORDER BY h.message LIMIT ?",
		"ii", now, (int64_t)max) == -1)
		return -1;
	return due_read(row, out, count, e);
}

int
held_next(struct db *db, int64_t now, int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e,
	    "SELECT min(" HELD_AT ") FROM held h WHERE" HELD_AT
	    " > ? AND" HELD_OPEN,
	    "i", now);
}

static int
held_give_up(struct db *db, int64_t message, int64_t now, const char *reason,
    struct err *e)
{
	struct audit_entry entry = {
	    .actor = "queue", .event = "hold.not-told", .message = message};
	struct held held;
	int64_t count = 0;
	int rc = held_get(db, message, &held, e);

	if (rc != 1)
		return rc;
	if (held_reminded(db, message, e) == -1)
		return -1;
	if (held.expires_at <= now &&
	    (held_cancel(db, message, HELD_EXPIRED, &count, e) == -1 ||
		untold_rejected(db, message, 0, NULL, e) == -1))
		return -1;
	if (count > 0)
		entry.event = "hold.expired";
	entry.detail = json_pack(
	    "{s:s, s:I}", "not_told", reason, "cancelled", (json_int_t)count);
	return audit_add(db, now, &entry, e);
}

int
held_abandon(struct db *db, int64_t message, int64_t now, const char *reason,
    struct err *e)
{
	if (db_begin(db, e) == -1)
		return -1;
	if (held_give_up(db, message, now, reason, e) == 0 &&
	    db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return err_in(e, "the hold of message %lld", (long long)message);
}
