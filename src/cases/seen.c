#include "cases/seen.h"

#include "cases/message.h"
#include "store/value.h"

int
seen_opened(struct db *db, int64_t message, const char *actor, bool *opened,
    struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM audit WHERE message = ?"
		" AND event = 'message.read' AND actor = ?",
		"is", message, actor) == -1)
		return -1;
	*opened = n > 0;
	return 0;
}

/* The rest of a walk, each row made into an object by make. */
static int
seen_walk(struct db_row *row, json_t *(*make)(const struct db_row *row),
    json_t *list, struct err *e)
{
	int rc;

	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(list, make(row));
	return rc;
}

static json_t *
seen_copy(const struct db_row *row)
{
	return json_pack("{s:s, s:s, s:o, s:s, s:o, s:s?}", "kind",
	    db_text(row, 0), "recipient", db_text(row, 1), "contact",
	    value_column(row, 2), "state", db_text(row, 3), "at",
	    value_column_time(row, 4), "encrypted_to", db_text(row, 5));
}

/* Acknowledgements and notices tell nothing of what it says. */
static int
seen_copies(struct db *db, int64_t message, json_t *list, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT d.kind, v.recipient, v.contact, v.state,"
		" COALESCE(v.sent_at, v.created_at), v.encrypted_to"
		" FROM draft d JOIN delivery v ON v.draft = d.id"
		" WHERE d.message = ? AND d.kind NOT IN"
		" ('acknowledgement', 'notice') ORDER BY v.id",
		"i", message) == -1)
		return -1;
	return seen_walk(row, seen_copy, list, e);
}

static json_t *
seen_act(const struct db_row *row)
{
	return json_pack("{s:s, s:s, s:o, s:o}", "event", db_text(row, 0),
	    "actor", db_text(row, 1), "contact", value_column(row, 2), "at",
	    value_column_time(row, 3));
}

static int
seen_reads(struct db *db, int64_t message, json_t *list, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT event, actor, contact, at FROM audit"
		" WHERE message = ? AND event = 'message.read' ORDER BY id",
		"i", message) == -1)
		return -1;
	return seen_walk(row, seen_act, list, e);
}

/* A case that is exported takes the messages along that it has then, and names
 * them; an older entry does not. */
static int
seen_exports(struct db *db, int64_t message, json_t *list, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT a.event, a.actor, a.contact, a.at FROM audit a,"
		" message m WHERE m.id = ?1 AND a.event LIKE '%export%'"
		" AND (a.message = ?1 OR (a.message IS NULL AND iif("
		"json_type(a.detail, '$.messages') = 'array', ?1 IN (SELECT"
		" value FROM json_each(a.detail, '$.messages')), a.cases ="
		" m.cases AND a.at >= m.received_at))) ORDER BY a.id",
		"i", message) == -1)
		return -1;
	return seen_walk(row, seen_act, list, e);
}

static json_t *
seen_quote(const struct db_row *row)
{
	return json_pack("{s:o, s:s, s:o, s:s, s:o}", "message",
	    value_column(row, 0), "recipient", db_text(row, 1), "contact",
	    value_column(row, 2), "state", db_text(row, 3), "at",
	    value_column_time(row, 4));
}

static int
seen_quotes(struct db *db, int64_t message, json_t *list, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT m.id, v.recipient, v.contact, v.state,"
		" COALESCE(v.sent_at, v.created_at) FROM message m,"
		" json_each(m.facts, '$.quotes') q, draft d, delivery v"
		" WHERE m.direction = 'out' AND q.value = ?"
		" AND d.message = m.id AND v.draft = d.id AND d.kind NOT IN"
		" ('ask', 'notice')"
		" ORDER BY v.id",
		"i", message) == -1)
		return -1;
	return seen_walk(row, seen_quote, list, e);
}

static json_t *
seen_answer(const struct db_row *row)
{
	return json_pack("{s:o, s:s?, s:o, s:o}", "message",
	    value_column(row, 0), "address", db_text(row, 1), "contact",
	    value_column(row, 2), "at", value_column_time(row, 3));
}

static int
seen_answers(struct db *db, int64_t message, json_t *list, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT id, sender_address, sender_contact, received_at"
		" FROM message WHERE parent = ? AND direction = 'in'"
		" ORDER BY id",
		"i", message) == -1)
		return -1;
	return seen_walk(row, seen_answer, list, e);
}

int
seen_json(struct db *db, int64_t message, json_t **out, struct err *e)
{
	static const struct {
		const char *name;
		int (*fill)(struct db *db, int64_t message, json_t *list,
		    struct err *e);
	} parts[] = {{"delivered", seen_copies}, {"opened", seen_reads},
	    {"exported", seen_exports}, {"quoted", seen_quotes},
	    {"answered", seen_answers}};
	struct message m;
	int rc = 0;

	*out = NULL;
	if (message_get(db, message, &m, e) == -1)
		return -1;
	message_free(&m);
	*out = json_pack("{s:I}", "message", (json_int_t)message);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && rc == 0;
	     i++) {
		json_t *list = json_array();

		rc = parts[i].fill(db, message, list, e);
		json_object_set_new(*out, parts[i].name, list);
	}
	if (rc == -1) {
		json_decref(*out);
		*out = NULL;
	}
	return rc;
}
