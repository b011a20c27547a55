#include "cases/advisory_status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/message.h"
#include "cases/outgoing.h"
#include "people/community.h"
#include "store/value.h"

/* What is put together, and its members by contact. */
struct status {
	struct db *db;
	struct advisory of;
	struct community community;
	json_t *members; /* array, in the order of their deliveries */
	json_t *by_contact; /* object: the same ones, by the contact's id */
};

static void
status_free(struct status *s)
{
	community_free(&s->community);
	json_decref(s->members);
	json_decref(s->by_contact);
}

static json_t *
status_of(const struct status *s, int64_t contact)
{
	char id[24];

	(void)snprintf(id, sizeof(id), "%lld", (long long)contact);
	return json_object_get(s->by_contact, id);
}

/* Takes member. */
static void
status_add(struct status *s, int64_t contact, json_t *member)
{
	char id[24];

	(void)snprintf(id, sizeof(id), "%lld", (long long)contact);
	json_object_set(s->by_contact, id, member);
	json_array_append_new(s->members, member);
}

static json_t *
status_delivery(const struct db_row *row)
{
	return json_pack("{s:o, s:s?, s:s, s:o, s:s, s:s?, s:s, s:s, s:s, s:s?,"
			 " s:o, s:n, s:n, s:b, s:[]}",
	    "contact", value_column(row, 0), "name", db_text(row, 1), "address",
	    db_text(row, 2), "delivery", value_column(row, 3), "state",
	    db_text(row, 4), "encrypted_to", db_text(row, 5), "language",
	    db_text(row, 6), "rule", db_text(row, 7), "reason", db_text(row, 8),
	    "last_error", db_text(row, 9), "sent_at",
	    value_column_time(row, 10), "answer", "answered_at", "unproven", 0,
	    "answers");
}

static int
status_deliveries(struct status *s, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(s->db, &row, e,
		"SELECT v.contact, c.name, v.recipient, v.id, v.state,"
		" v.encrypted_to, d.language, v.rule, v.reason, v.last_error,"
		" v.sent_at FROM draft d JOIN delivery v ON v.draft = d.id"
		" LEFT JOIN contact c ON c.id = v.contact"
		" WHERE d.message = ? AND d.kind = 'advisory' ORDER BY v.id",
		"i", s->of.message) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		status_add(s, db_int(row, 0), status_delivery(row));
	return rc;
}

/* Who belongs to the community now and has no copy of any kind. */
static int
status_others(struct status *s, const char *state, struct err *e)
{
	for (size_t i = 0; i < s->community.members; i++) {
		struct contact c;

		if (status_of(s, s->community.member[i]) != NULL)
			continue;
		if (contact_get(s->db, s->community.member[i], &c, e) == -1)
			return -1;
		status_add(s, c.id,
		    json_pack("{s:I, s:s?, s:s?, s:n, s:s, s:n, s:n, s:n, s:n,"
			      " s:n, s:n, s:n, s:n, s:b, s:[]}",
			"contact", (json_int_t)c.id, "name", c.name, "address",
			c.addresses.count > 0 ? c.addresses.item[0] : NULL,
			"delivery", "state", state, "encrypted_to", "language",
			"rule", "reason", "last_error", "sent_at", "answer",
			"answered_at", "unproven", 0, "answers"));
		contact_free(&c);
	}
	return 0;
}

static int
status_answers(struct status *s, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(s->db, &row, e,
		"SELECT contact, word, proven, at, message, revision"
		" FROM advisory_answer WHERE number = ? ORDER BY at, id",
		"i", s->of.number) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		json_t *m = status_of(s, db_int(row, 0));
		bool proven = db_int(row, 2) != 0;

		if (m == NULL)
			continue;
		json_array_append_new(json_object_get(m, "answers"),
		    json_pack("{s:s, s:b, s:o, s:o, s:o}", "answer",
			db_text(row, 1), "proven", (int)proven, "at",
			value_column_time(row, 3), "message",
			value_column(row, 4), "revision",
			value_column(row, 5)));
		if (!proven) {
			json_object_set_new(m, "unproven", json_true());
			continue;
		}
		json_object_set_new(m, "answer", json_string(db_text(row, 1)));
		json_object_set_new(
		    m, "answered_at", value_column_time(row, 3));
	}
	return rc;
}

static void
status_count(json_t *sums, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(sums, name));

	json_object_set_new(sums, name, json_integer(n + 1));
}

/* A copy that was sent reached its reader, as far as anybody knows. */
static json_t *
status_sums(const struct status *s)
{
	static const char *const names[] = {"members", "held", "queued", "sent",
	    "failed", "cancelled", "refused", "none", "not_reached", "ack",
	    "affected", "not-affected", "question", "unanswered", "unproven"};
	json_t *sums = json_object();
	const json_t *m;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_set_new(sums, names[i], json_integer(0));
	json_array_foreach(s->members, i, m)
	{
		const char *state =
		    json_string_value(json_object_get(m, "state"));
		const char *answer =
		    json_string_value(json_object_get(m, "answer"));

		status_count(sums, "members");
		status_count(sums, state);
		if (strcmp(state, "sent") != 0)
			status_count(sums, "not_reached");
		status_count(sums, answer == NULL ? "unanswered" : answer);
		if (json_is_true(json_object_get(m, "unproven")))
			status_count(sums, "unproven");
	}
	return sums;
}

/* The newest revision that says something. */
static int
status_find(struct status *s, int64_t number, struct err *e)
{
	struct advisory *list;
	size_t count;

	if (advisory_list(s->db, number, &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (!list[i].notice)
			s->of = list[i];
	free(list);
	return s->of.number == 0 || number == 0
		   ? err_set(e, ERR_NOINPUT, "there is no advisory %lld",
			 (long long)number)
		   : 0;
}

static int
status_community(struct status *s, struct err *e)
{
	struct community *list;
	size_t count;

	if (community_list(s->db, &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (list[i].id == s->of.community) {
			s->community = list[i];
			list[i] = (struct community){0};
		}
		community_free(&list[i]);
	}
	free(list);
	return 0;
}

static json_t *
status_object(
    const struct status *s, const struct message *m, const char *state)
{
	char *name = advisory_name(&s->of);
	json_t *out =
	    json_pack("{s:I, s:I, s:s, s:I, s:s?, s:s?, s:s, s:o, s:O,"
		      " s:o}",
		"number", (json_int_t)s->of.number, "revision",
		(json_int_t)s->of.revision, "name", name, "message",
		(json_int_t)s->of.message, "community", s->community.name,
		"tlp", m->label, "state",
		s->of.cancelled_at != 0 ? "cancelled" : state, "cancelled_at",
		s->of.cancelled_at == 0 ? json_null()
					: value_time(s->of.cancelled_at),
		"members", s->members, "sums", status_sums(s));

	free(name);
	return out;
}

int
advisory_status(struct db *db, int64_t number, json_t **out, struct err *e)
{
	struct status s = {.db = db};
	struct message m = {0};
	const char *state;
	int rc = -1;

	*out = NULL;
	s.members = json_array();
	s.by_contact = json_object();
	if (status_find(&s, number, e) == -1 || status_community(&s, e) == -1 ||
	    message_get(db, s.of.message, &m, e) == -1 ||
	    outgoing_state(db, s.of.message, &state, e) == -1 ||
	    status_deliveries(&s, e) == -1 ||
	    status_others(
		&s, strcmp(state, "refused") == 0 ? state : "none", e) == -1 ||
	    status_answers(&s, e) == -1)
		goto out;
	*out = status_object(&s, &m, state);
	rc = *out == NULL ? err_set(e, ERR_BUG, "an advisory as JSON") : 0;
out:
	message_free(&m);
	status_free(&s);
	return rc;
}

static int
status_line(
    struct db *db, const struct advisory *a, json_t *list, struct err *e)
{
	struct status s = {.db = db, .of = *a};
	struct message m = {0};
	const char *state;
	char *name;
	int rc = -1;

	if (status_community(&s, e) == -1 ||
	    message_get(db, a->message, &m, e) == -1 ||
	    outgoing_state(db, a->message, &state, e) == -1)
		goto out;
	name = advisory_name(a);
	json_array_append_new(
	    list, json_pack("{s:I, s:I, s:s, s:I, s:s?, s:s?, s:s, s:b, s:o}",
		      "number", (json_int_t)a->number, "revision",
		      (json_int_t)a->revision, "name", name, "message",
		      (json_int_t)a->message, "community", s.community.name,
		      "tlp", m.label, "state",
		      a->cancelled_at != 0 ? "cancelled" : state, "notice",
		      (int)a->notice, "asked_at", value_time(m.received_at)));
	free(name);
	rc = 0;
out:
	message_free(&m);
	status_free(&s);
	return rc;
}

int
advisory_list_json(struct db *db, json_t **out, struct err *e)
{
	struct advisory *a;
	size_t count;
	json_t *list;
	int rc = 0;

	*out = NULL;
	if (advisory_list(db, 0, &a, &count, e) == -1)
		return -1;
	list = json_array();
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = status_line(db, &a[i], list, e);
	free(a);
	if (rc == -1)
		json_decref(list);
	else
		*out = list;
	return rc;
}
