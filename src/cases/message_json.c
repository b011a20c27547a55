#include "cases/message_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cases/outgoing.h"
#include "store/value.h"

/* A borrowed value of one of two documents, or fallback (taken). */
static void
message_json_set(
    json_t *out, const char *name, const json_t *from, json_t *fallback)
{
	json_t *value = json_object_get(from, name);

	if (value != NULL) {
		json_object_set(out, name, value);
		json_decref(fallback);
	} else {
		json_object_set_new(out, name, fallback);
	}
}

static json_t *
message_case_name(struct db *db, int64_t cases, struct err *e)
{
	struct db_row *row;
	json_t *name;

	if (cases == 0)
		return json_null();
	if (db_query(db, &row, e, "SELECT name FROM cases WHERE id = ?", "i",
		cases) == -1)
		return NULL;
	if (db_step(row, e) != 1)
		return json_null();
	name = json_string(db_text(row, 0));
	db_end(row);
	return name;
}

static json_t *
message_json_default(const char *what)
{
	if (strcmp(what, "sender") == 0)
		return json_pack("{s:n, s:n, s:s, s:s, s:n, s:n, s:b}",
		    "contact", "organisation", "class", "public", "evidence",
		    "none", "resembles", "ascii", "constituency", 0);
	if (strcmp(what, "classification") == 0)
		return json_pack("{s:s, s:n, s:n, s:s, s:[]}", "kind", "report",
		    "category", "rsit", "priority", "normal", "rules");
	return json_pack("{s:s, s:s, s:s}", "label", "AMBER", "effective",
	    "AMBER", "source", "default");
}

/* What was attached, without its bytes. */
static json_t *
message_json_attachments(const struct message *m)
{
	json_t *list =
	    json_deep_copy(json_object_get(m->content, "attachments"));

	for (size_t i = 0; i < json_array_size(list); i++) {
		(void)json_object_del(json_array_get(list, i), "data");
		(void)json_object_del(json_array_get(list, i), "blob");
		(void)json_object_del(json_array_get(list, i), "of");
	}
	return list == NULL ? json_array() : list;
}

int
message_json(struct db *db, const struct message *m, bool with_text,
    json_t **out, struct err *e)
{
	static const char *const lists[] = {
	    "to", "cc", "signatures", "warnings"};
	static const char *const rare[] = {
	    "bcc", "quarantine", "replay_of", "judged_again", "nth", "ours"};
	static const char *const objects[] = {
	    "sender", "classification", "tlp"};
	char time[CLOCK_RFC3339];
	const char *state = m->state;
	char *left = NULL;
	json_t *j, *name;

	*out = NULL;
	if (strcmp(m->direction, "out") == 0 &&
	    (outgoing_state(db, m->id, &state, e) == -1 ||
		outgoing_rfc_id(db, m->id, &left, e) == -1))
		return -1;
	name = message_case_name(db, m->cases, e);
	if (name == NULL) {
		free(left);
		return -1;
	}
	j = json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:s?, s:s, s:o, s:b}",
	    "id", (json_int_t)m->id, "direction", m->direction, "sha256",
	    m->sha256, "received_at", clock_rfc3339(m->received_at, time),
	    "source", m->source, "size", (json_int_t)m->size, "message_id",
	    m->rfc_message_id != NULL ? m->rfc_message_id : left, "state",
	    state, "case", name, "untrusted", (int)m->untrusted);
	free(left);
	if (j == NULL)
		return err_set(e, ERR_BUG, "message as JSON");
	json_object_set_new(j, "in_reply_to_message", value_id(m->parent));
	message_json_set(j, "from", m->facts, json_null());
	message_json_set(j, "date", m->facts, json_null());
	message_json_set(j, "encryption", m->facts, json_string("none"));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		message_json_set(j, lists[i], m->facts, json_array());
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		message_json_set(
		    j, objects[i], m->facts, message_json_default(objects[i]));
	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++)
		if (json_object_get(m->facts, rare[i]) != NULL)
			message_json_set(j, rare[i], m->facts, json_null());
	message_json_set(j, "subject", m->content, json_null());
	json_object_set_new(j, "attachments", message_json_attachments(m));
	message_json_set(j, "indicators", m->content, json_array());
	message_json_set(j, "products", m->content, json_array());
	if (with_text)
		message_json_set(j, "text", m->content, json_string(""));
	*out = j;
	return 0;
}
