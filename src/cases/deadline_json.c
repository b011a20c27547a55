#include "cases/deadline.h"

#include <string.h>

#include "cases/case.h"
#include "store/value.h"

#define JSON_RECEIPT 8192 /* bytes */

/* NULL where the key of its case was destroyed. */
static json_t *
json_receipt(struct vault *v, const struct db_row *row, int column, int64_t key,
    int64_t step)
{
	struct buf text;
	char context[48];
	const void *sealed;
	size_t len;
	json_t *value;

	if (v == NULL || db_is_null(row, column))
		return json_null();
	sealed = db_blob(row, column, &len);
	case_context(context, "receipt", step);
	buf_init_secret(&text, JSON_RECEIPT);
	value = vault_unseal(v, key, context, sealed, len, &text, NULL) == 0
		    ? json_stringn(buf_str(&text), text.len)
		    : json_null();
	buf_free(&text);
	return value;
}

/* The words behind "name:" of the stage. */
static const char *
json_limit(const char *rule)
{
	const char *colon = strchr(rule, ':');

	if (colon == NULL)
		return rule;
	return colon + 1 + strspn(colon + 1, " ");
}

static const char *
json_state(const struct db_row *row)
{
	if (!db_is_null(row, 9))
		return "done";
	if (!db_is_null(row, 10))
		return "stopped";
	return db_is_null(row, 7) ? "waiting" : "running";
}

static json_t *
json_step(struct vault *v, int64_t now, const struct db_row *row)
{
	int64_t due = db_int(row, 8), done = db_int(row, 9);
	bool open = db_is_null(row, 9) && db_is_null(row, 10);

	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:b, s:b,"
	    " s:o, s:o, s:o, s:o, s:o}",
	    "case", db_text(row, 0), "rule", db_text(row, 1), "stage",
	    db_text(row, 2), "law", db_text(row, 3), "to", db_text(row, 4),
	    "limit", json_limit(db_text(row, 5)), "condition",
	    db_is_null(row, 16) ? json_null() : json_string(db_text(row, 16)),
	    "started_at", value_column_time(row, 6), "state", json_state(row),
	    "from_at", value_column_time(row, 7), "due_at",
	    value_column_time(row, 8), "overdue",
	    (int)(open && due != 0 && due < now), "late",
	    (int)(done != 0 && due != 0 && due < done), "done_at",
	    value_column_time(row, 9), "stopped_at", value_column_time(row, 10),
	    "evidence", value_column(row, 11), "message", value_column(row, 12),
	    "receipt",
	    json_receipt(v, row, 13, db_int(row, 14), db_int(row, 15)));
}

int
deadline_json(struct db *db, struct vault *v, int64_t now,
    const struct deadline_filter *f, json_t **out, struct err *e)
{
	struct db_row *row;
	json_t *list = json_array();
	int rc;

	*out = NULL;
	rc = db_query(db, &row, e,
	    "SELECT c.name, d.rule, s.name, d.law, d.recipient, s.rule,"
	    " d.started_at, s.from_at, s.due_at, s.done_at, s.stopped_at,"
	    " d.evidence, s.proof, s.receipt_sealed, c.vault_key, s.id,"
	    " d.condition FROM deadline_stage s"
	    " JOIN deadline d ON d.id = s.deadline"
	    " JOIN cases c ON c.id = d.cases WHERE (?1 = 0 OR d.cases = ?1)"
	    " AND (?2 = 0 OR (s.done_at IS NULL AND s.stopped_at IS NULL))"
	    " AND (?3 = 0 OR (s.done_at IS NULL AND s.stopped_at IS NULL AND"
	    " s.due_at < ?4)) ORDER BY s.due_at IS NULL, s.due_at, d.id,"
	    " s.position",
	    "iiii", f->cases, (int64_t)f->open, (int64_t)f->overdue, now);
	while (rc != -1 && (rc = db_step(row, e)) == 1)
		json_array_append_new(list, json_step(v, now, row));
	if (rc == -1) {
		json_decref(list);
		return -1;
	}
	*out = list;
	return 0;
}
