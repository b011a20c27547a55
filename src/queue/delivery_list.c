#include "queue/delivery_list.h"

#include "store/value.h"

#define DELIVERY_SELECT                                                        \
	"SELECT d.id, f.message, c.name, d.recipient, d.contact, f.label,"     \
	" d.state, d.reason, d.rule, d.encrypted_to, d.attempts,"              \
	" d.next_attempt_at, d.last_error, f.kind, d.created_at, d.sent_at,"   \
	" o.author"                                                            \
	" FROM delivery d JOIN draft f ON f.id = d.draft"                      \
	" LEFT JOIN message m ON m.id = f.message"                             \
	" LEFT JOIN cases c ON c.id = m.cases"                                 \
	" LEFT JOIN outgoing o ON o.message = f.message"

static json_t *
delivery_object(const struct db_row *row)
{
	return json_pack(
	    "{s:o, s:o, s:s?, s:s, s:o, s:s, s:s, s:s, s:s, s:s?, s:o, s:o,"
	    " s:s?, s:s, s:o, s:o, s:o}",
	    "id", value_column(row, 0), "message", value_column(row, 1), "case",
	    db_text(row, 2), "recipient", db_text(row, 3), "contact",
	    value_column(row, 4), "tlp", db_text(row, 5), "state",
	    db_text(row, 6), "reason", db_text(row, 7), "rule", db_text(row, 8),
	    "encrypted_to", db_text(row, 9), "attempts", value_column(row, 10),
	    "next_attempt_at", value_column_time(row, 11), "last_error",
	    db_text(row, 12), "kind", db_text(row, 13), "created_at",
	    value_column_time(row, 14), "sent_at", value_column_time(row, 15),
	    "author", value_column(row, 16));
}

int
delivery_json(struct db *db, int64_t id, json_t **out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	if (db_query(db, &row, e, DELIVERY_SELECT " WHERE d.id = ?", "i", id) ==
	    -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 0)
		return err_set(
		    e, ERR_NOINPUT, "there is no delivery %lld", (long long)id);
	if (rc == -1)
		return -1;
	*out = delivery_object(row);
	db_end(row);
	return *out == NULL ? err_set(e, ERR_BUG, "delivery as JSON") : 0;
}

int
delivery_json_list(struct db *db, enum delivery_which which, const char *state,
    json_t **out, struct err *e)
{
	json_t *list;
	struct db_row *row;
	int rc;

	*out = NULL;
	if (db_query(db, &row, e,
		DELIVERY_SELECT
		" WHERE (?1 IS NULL OR d.state = ?1) AND (?2 = 1"
		" OR (?2 = 0 AND (f.kind <> 'ask' OR d.state = 'failed'))"
		" OR (?2 = 2 AND f.kind NOT IN ('copy', 'notice', 'ask')"
		" AND EXISTS (SELECT 1 FROM approval a"
		" WHERE a.message = f.message AND a.role = 'self')))"
		" ORDER BY d.id",
		"si", state, (int64_t)which) == -1)
		return -1;
	list = json_array();
	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(list, delivery_object(row));
	if (rc == -1) {
		json_decref(list);
		return -1;
	}
	*out = list;
	return 0;
}
