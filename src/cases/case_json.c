#include "cases/case_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/case_link.h"
#include "cases/deadline.h"
#include "cases/duty.h"
#include "cases/handling.h"
#include "store/value.h"

static int
case_json_participants(struct db *db, int64_t id, json_t *list, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT contact, address, name FROM case_participant"
		" WHERE cases = ? ORDER BY added_at, address",
		"i", id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(
		    list, json_pack("{s:o, s:s, s:s?}", "contact",
			      value_column(row, 0), "address", db_text(row, 1),
			      "name", db_text(row, 2)));
	return rc;
}

static int
case_json_messages(struct db *db, int64_t id, json_t *list, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT id FROM message WHERE cases = ? ORDER BY id", "i",
		id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(list, json_integer(db_int(row, 0)));
	return rc;
}

static int
case_json_tags(struct db *db, int64_t id, json_t *list, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT tag FROM case_tag WHERE cases = ? ORDER BY tag", "i",
		id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(list, json_string(db_text(row, 0)));
	return rc;
}

static int
case_json_affected(struct db *db, int64_t id, json_t *list, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT address FROM case_affected WHERE cases = ?"
		" ORDER BY address",
		"i", id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(list, json_string(db_text(row, 0)));
	return rc;
}

static int
case_json_readers(struct db *db, int64_t id, json_t *list, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT contact FROM case_reader WHERE cases = ?"
		" ORDER BY contact",
		"i", id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(list, json_integer(db_int(row, 0)));
	return rc;
}

int
case_json_notes(struct db *db, struct vault *v, const struct case_file *c,
    json_t *list, struct err *e)
{
	struct db_row *row;
	struct buf text;
	int rc;

	if (v == NULL || c->title == NULL)
		return 0;
	if (db_query(db, &row, e,
		"SELECT id, author, at, text_sealed FROM case_note"
		" WHERE cases = ? ORDER BY id",
		"i", c->id) == -1)
		return -1;
	buf_init_secret(&text, 1 << 22);
	while ((rc = db_step(row, e)) == 1) {
		const void *sealed;
		char context[48];
		size_t len;

		sealed = db_blob(row, 3, &len);
		case_context(context, "note", db_int(row, 0));
		buf_clear(&text);
		if (vault_unseal(v, c->vault_key, context, sealed, len, &text,
			e) == -1) {
			db_end(row);
			rc = -1;
			break;
		}
		json_array_append_new(list,
		    json_pack("{s:o, s:o, s:s%}", "author",
			value_column(row, 1), "at", value_time(db_int(row, 2)),
			"text", buf_str(&text), text.len));
	}
	buf_free(&text);
	return rc;
}

/* The highest label of what is in the case, where nobody set its own; never
 * below what its category asks for. */
static int
case_json_label(
    struct db *db, const struct case_file *c, json_t **out, struct err *e)
{
	enum noroshi_tlp label = c->label, one;
	bool found = c->has_label;
	struct case_file own = *c; /* its strings stay c's */
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT DISTINCT label FROM message WHERE cases = ?"
		" AND label IS NOT NULL AND untrusted = 0",
		"i", c->id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		if (c->has_label || !noroshi_tlp_parse(db_text(row, 0), &one))
			continue;
		if (!found || one > label)
			label = one;
		found = true;
	}
	own.has_label = found;
	own.label = label;
	case_floor(&own);
	*out = own.has_label ? json_string(noroshi_tlp_name(own.label))
			     : json_null();
	return rc;
}

/* What a case has, each under its name. */
static int
case_json_lists(struct db *db, struct vault *v, const struct case_file *c,
    json_t *out, struct err *e)
{
	static const struct {
		const char *name;
		int (*add)(
		    struct db *db, int64_t id, json_t *list, struct err *e);
	} list[] = {{"participants", case_json_participants},
	    {"messages", case_json_messages}, {"tags", case_json_tags},
	    {"affected", case_json_affected}, {"readers", case_json_readers}};
	const struct deadline_filter clocks = {.cases = c->id};
	json_t *notes = json_array();
	json_t *label = NULL, *deadlines = NULL, *owed = NULL, *unseen = NULL;
	json_t *links = NULL;
	int rc = 0;

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]) && rc == 0; i++) {
		json_t *one = json_array();

		json_object_set_new(out, list[i].name, one);
		rc = list[i].add(db, c->id, one, e);
	}
	json_object_set_new(out, "notes", notes);
	if (rc == -1 || case_json_notes(db, v, c, notes, e) == -1 ||
	    case_json_label(db, c, &label, e) == -1)
		return -1;
	json_object_set_new(out, "tlp", label);
	if (deadline_json(db, v, clock_now(NULL), &clocks, &deadlines, e) == -1)
		return -1;
	json_object_set_new(out, "deadlines", deadlines);
	if (duty_json(db, c->id, &owed, &unseen, e) == -1)
		return -1;
	json_object_set_new(out, "owed_messages", owed);
	json_object_set_new(out, "unseen", unseen);
	if (case_link_list(db, c->id, &links, e) == -1)
		return -1;
	json_object_set_new(out, "links", links);
	return handling_json(db, v, c, out, e);
}

int
case_json(
    struct db *db, struct vault *v, int64_t id, json_t **out, struct err *e)
{
	struct case_file c = {0};
	int rc;

	if (case_get(db, v, id, &c, e) == -1)
		return -1;
	*out = json_pack("{s:s, s:s?, s:s, s:o, s:s, s:s?, s:n, s:b, s:o, s:o}",
	    "id", c.name, "title", c.title, "state", c.state, "owner",
	    value_id(c.owner), "priority", c.priority, "category", c.category,
	    "tlp", "owed", (int)c.owed, "opened_at", value_time(c.opened_at),
	    "closed_at", value_time(c.closed_at));
	rc = *out == NULL ? err_set(e, ERR_BUG, "case as JSON")
			  : case_json_lists(db, v, &c, *out, e);
	if (rc == -1) {
		json_decref(*out);
		*out = NULL;
	}
	case_free(&c);
	return rc;
}
