#include "cases/handover.h"

#include <stdlib.h>
#include <string.h>

#include "cases/case.h"
#include "cases/regroup.h"
#include "people/contact.h"
#include "store/value.h"

/* The rest of a walk, each row made into a value by make. */
static int
json_walk(struct db_row *row, json_t *(*make)(const struct db_row *row),
    json_t *list, struct err *e)
{
	int rc;

	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(list, make(row));
	return rc;
}

static json_t *
json_first(const struct db_row *row)
{
	return value_column(row, 0);
}

static json_t *
json_name(const struct db_row *row)
{
	return json_string(db_text(row, 0));
}

static int
json_cases(struct db *db, const struct handover *h, json_t *list, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT c.name FROM handover_case h JOIN cases c"
		" ON c.id = h.cases WHERE h.handover = ? ORDER BY c.id",
		"i", h->id) == -1)
		return -1;
	return json_walk(row, json_name, list, e);
}

/* What waits for a person's word, as far as old has to do with it. */
static int
json_held(struct db *db, const struct handover *h, json_t *list, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT DISTINCT o.message FROM outgoing o JOIN message m"
		" ON m.id = o.message JOIN draft d ON d.message = o.message"
		" JOIN delivery v ON v.draft = d.id AND v.state = 'held'"
		" WHERE o.author = ?1 OR m.cases IN (SELECT cases FROM"
		" handover_case WHERE handover = ?2) ORDER BY o.message",
		"ii", h->old, h->id) == -1)
		return -1;
	return json_walk(row, json_first, list, e);
}

static json_t *
json_verification(const struct db_row *row)
{
	return json_pack("{s:o, s:s, s:s, s:s, s:o}", "contact",
	    value_column(row, 0), "name", db_text(row, 1), "fingerprint",
	    db_text(row, 2), "verified", db_text(row, 3), "verified_at",
	    value_column_time(row, 4));
}

/* Those that stand on old's word alone; one who verifies anew ends that. */
static int
json_verifications(
    struct db *db, const struct handover *h, json_t *list, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT k.contact, c.name, k.key, k.verified, k.verified_at"
		" FROM contact_key k JOIN contact c ON c.id = k.contact"
		" WHERE k.verified_by = ? AND k.verified <> 'none'"
		" AND c.removed_at IS NULL ORDER BY k.contact, k.position",
		"i", h->old) == -1)
		return -1;
	return json_walk(row, json_verification, list, e);
}

/* What there was between old's cases and a contact. */
static int
json_history(struct db *db, int64_t contact, json_t *out, struct err *e)
{
	struct db_row *row;
	json_t *cases = json_array();
	int rc;

	json_object_set_new(out, "cases", cases);
	if (db_query(db, &row, e,
		"SELECT c.name FROM cases c JOIN case_participant p"
		" ON p.cases = c.id WHERE p.contact = ? ORDER BY c.id",
		"i", contact) == -1 ||
	    json_walk(row, json_name, cases, e) == -1 ||
	    db_query(db, &row, e,
		"SELECT count(*), min(at), max(at) FROM ("
		" SELECT received_at AS at FROM message"
		" WHERE sender_contact = ?1 AND direction = 'in'"
		" UNION ALL SELECT v.sent_at FROM delivery v JOIN draft d"
		" ON d.id = v.draft JOIN outgoing o ON o.message = d.message"
		" WHERE v.contact = ?1 AND v.state = 'sent')",
		"i", contact) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1) {
		json_object_set_new(out, "messages", value_column(row, 0));
		json_object_set_new(out, "first_at", value_column_time(row, 1));
		json_object_set_new(out, "last_at", value_column_time(row, 2));
	}
	db_end(row);
	return rc == -1 ? -1 : 0;
}

/* The notice to a contact, and what came back: signed counts. */
static int
json_notice(struct db *db, const struct handover *h, int64_t contact,
    json_t *out, struct err *e)
{
	const char *state = NULL;
	int64_t notice, answer, proven, cases;

	if (regroup_survivor(db, h->cases, &cases, e) == -1 ||
	    db_get_int(db, &notice, 0, e,
		"SELECT message FROM handover_notice WHERE handover = ?"
		" AND contact = ?",
		"ii", h->id, contact) == -1 ||
	    (notice != 0 && outgoing_state(db, notice, &state, e) == -1) ||
	    db_get_int(db, &answer, 0, e,
		"SELECT id FROM message WHERE cases = ? AND direction = 'in'"
		" AND sender_contact = ? AND id > ? AND kind NOT IN"
		" ('bounce', 'auto-reply', 'spam') ORDER BY"
		" json_extract(facts, '$.sender.evidence') = 'signature' DESC,"
		" id LIMIT 1",
		"iii", cases, contact, notice) == -1 ||
	    db_get_int(db, &proven, 0, e,
		"SELECT json_extract(facts, '$.sender.evidence') = 'signature'"
		" FROM message WHERE id = ?",
		"i", answer) == -1)
		return -1;
	json_object_set_new(out, "notice", value_id(notice));
	json_object_set_new(
	    out, "state", state == NULL ? json_null() : json_string(state));
	if (notice == 0)
		answer = 0;
	json_object_set_new(out, "answer", value_id(answer));
	json_object_set_new(out, "acknowledged",
	    answer == 0 ? json_null()
			: json_string(proven != 0 ? "signed" : "unproven"));
	return 0;
}

static int
json_contact(struct db *db, const struct handover *h, int64_t id, json_t *list,
    struct err *e)
{
	struct contact c = {0};
	json_t *one;

	if (contact_get(db, id, &c, e) == -1)
		return -1;
	one = json_pack("{s:I, s:s, s:s?, s:s}", "contact", (json_int_t)id,
	    "name", c.name, "organisation", c.organisation, "class",
	    class_name(c.class));
	contact_free(&c);
	json_array_append_new(list, one);
	if (json_history(db, id, one, e) == -1)
		return -1;
	return json_notice(db, h, id, one, e);
}

static int
json_contacts(
    struct db *db, const struct handover *h, json_t *list, struct err *e)
{
	int64_t *id = NULL;
	size_t count;
	int rc = 0;

	if (handover_contacts(db, h, &id, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = json_contact(db, h, id[i], list, e);
	free(id);
	return rc;
}

/* How many contacts have something there: that word, or (NULL) not null. */
static json_t *
json_count(const json_t *contacts, const char *name, const char *word)
{
	const json_t *one;
	json_int_t n = 0;
	size_t i;

	json_array_foreach(contacts, i, one)
	{
		const json_t *v = json_object_get(one, name);
		const char *text = json_string_value(v);

		n += word == NULL ? !json_is_null(v)
				  : text != NULL && strcmp(text, word) == 0;
	}
	return json_integer(n);
}

int
handover_json(
    struct db *db, const struct handover *h, json_t **out, struct err *e)
{
	static const struct {
		const char *name;
		int (*fill)(struct db *db, const struct handover *h,
		    json_t *list, struct err *e);
	} parts[] = {{"cases", json_cases}, {"held", json_held},
	    {"verifications", json_verifications}, {"contacts", json_contacts}};
	struct case_file c = {0};
	const json_t *contacts;
	int rc;

	*out = NULL;
	if (case_get(db, NULL, h->cases, &c, e) == -1)
		return -1;
	*out = json_pack("{s:I, s:I, s:I, s:s, s:o, s:o, s:o}", "id",
	    (json_int_t)h->id, "old", (json_int_t)h->old, "new",
	    (json_int_t)h->new, "case", c.name, "at", value_time(h->at),
	    "until", value_time(h->until), "ended_at", value_time(h->ended_at));
	case_free(&c);
	rc = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && rc == 0;
	     i++) {
		json_t *list = json_array();

		json_object_set_new(*out, parts[i].name, list);
		rc = parts[i].fill(db, h, list, e);
	}
	if (rc == -1) {
		json_decref(*out);
		*out = NULL;
		return -1;
	}
	contacts = json_object_get(*out, "contacts");
	json_object_set_new(
	    *out, "notified", json_count(contacts, "notice", NULL));
	json_object_set_new(*out, "acknowledged",
	    json_count(contacts, "acknowledged", "signed"));
	json_object_set_new(
	    *out, "unproven", json_count(contacts, "acknowledged", "unproven"));
	return 0;
}
