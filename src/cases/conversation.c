#include "cases/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/message.h"
#include "people/contact.h"

/* One address outside the team, and which group it is in. */
struct voice {
	char *address; /* folded */
	int64_t contact; /* 0: nobody we know */
	int64_t organisation; /* 0: none */
	bool participates;
	size_t group; /* the lowest index of those it is with */
};

struct voices {
	struct db *db;
	int64_t cases;
	struct voice *item;
	size_t count;
	struct conversations *out;
};

void
conversations_free(struct conversations *l)
{
	for (size_t i = 0; i < l->count; i++) {
		strs_free(&l->item[i].people);
		free(l->item[i].message);
	}
	free(l->item);
	*l = (struct conversations){0};
}

static struct voice *
voice_of(const struct voices *v, const char *address)
{
	for (size_t i = 0; i < v->count; i++)
		if (strcmp(v->item[i].address, address) == 0)
			return &v->item[i];
	return NULL;
}

static void
voices_unite(struct voices *v, const struct voice *a, const struct voice *b)
{
	size_t keep = a->group < b->group ? a->group : b->group;
	size_t gone = a->group < b->group ? b->group : a->group;

	for (size_t i = 0; i < v->count && keep != gone; i++)
		if (v->item[i].group == gone)
			v->item[i].group = keep;
}

/*
 * The voice of an address, made where there is none yet: *out is NULL for the
 * team's own, and behind the limit. Valid until the next one is made.
 */
static int
voice_make(struct voices *v, const char *address, bool participates,
    struct voice **out, struct err *e)
{
	struct voice one = {.participates = participates, .group = v->count};
	struct db_row *row;
	bool staff = false;
	int rc;

	*out = voice_of(v, address);
	if (*out != NULL || v->count >= CONVERSATION_PEOPLE)
		return 0;
	if (db_query(v->db, &row, e,
		"SELECT c.id, coalesce(c.organisation, 0), c.class"
		" FROM contact_address a JOIN contact c ON c.id = a.contact"
		" WHERE a.address = ? AND c.removed_at IS NULL",
		"s", address) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1) {
		one.contact = db_int(row, 0);
		one.organisation = db_int(row, 1);
		staff = strcmp(db_text(row, 2), class_name(CLASS_STAFF)) == 0;
		db_end(row);
	}
	if (rc == -1 || staff)
		return rc == -1 ? -1 : 0;
	one.address = xstrdup(address);
	v->item = xgrow(v->item, v->count, sizeof(*v->item));
	v->item[v->count++] = one;
	*out = &v->item[v->count - 1];
	for (size_t i = 0; i + 1 < v->count; i++) {
		const struct voice *x = &v->item[i];

		if ((one.contact != 0 && x->contact == one.contact) ||
		    (one.organisation != 0 &&
			x->organisation == one.organisation))
			voices_unite(v, x, *out);
	}
	return 0;
}

static int
voices_take_part(struct voices *v, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(v->db, &row, e,
		"SELECT address FROM case_participant WHERE cases = ?"
		" ORDER BY added_at, address LIMIT ?",
		"ii", v->cases, (int64_t)CONVERSATION_PEOPLE) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		struct voice *one;

		if (voice_make(v, db_text(row, 0), true, &one, e) == -1) {
			db_end(row);
			return -1;
		}
	}
	return rc;
}

/* The folded addresses of To, Cc or Bcc in a message's facts. */
static void
voices_listed(const json_t *facts, const char *field, struct strs *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(facts, field), i, one)
	{
		const char *text =
		    json_string_value(json_object_get(one, "address"));
		char *fold = text == NULL ? NULL : contact_address_fold(text);

		if (fold != NULL)
			strs_add_once(out, fold);
		free(fold);
	}
}

/* A mail of theirs that went to others of the case too, who are known there:
 * a trusted one, as anybody can write any Cc. */
static int
voices_came(struct voices *v, const struct message *m, struct err *e)
{
	struct strs to = {0};
	struct voice *from;

	if (m->sender_address == NULL)
		return 0;
	if (voice_make(v, m->sender_address, false, &from, e) == -1)
		return -1;
	if (from == NULL || m->untrusted)
		return 0;
	voices_listed(m->facts, "to", &to);
	voices_listed(m->facts, "cc", &to);
	for (size_t i = 0; i < to.count; i++) {
		const struct voice *one = voice_of(v, to.item[i]);

		if (one != NULL)
			voices_unite(v, from, one);
	}
	strs_free(&to);
	return 0;
}

/* What was held or refused was said to nobody. */
static int
voices_has_left(struct db *db, int64_t message, bool *left, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT EXISTS (SELECT 1 FROM draft d JOIN delivery y"
		" ON y.draft = d.id WHERE d.message = ? AND d.kind IN"
		" ('answer', 'facts') AND y.state IN ('queued', 'sent'))",
		"i", message) == -1)
		return -1;
	*left = n != 0;
	return 0;
}

/* What we wrote to several, which left. */
static int
voices_left(struct voices *v, const struct message *m, struct err *e)
{
	struct strs to = {0};
	const char *first = NULL;
	bool left;
	int rc;

	if (voices_has_left(v->db, m->id, &left, e) == -1)
		return -1;
	voices_listed(m->facts, "to", &to);
	voices_listed(m->facts, "cc", &to);
	rc = 0;
	for (size_t i = 0; i < to.count && rc == 0 && left; i++) {
		struct voice *one;

		rc = voice_make(v, to.item[i], false, &one, e);
		if (rc == 0 && one != NULL && first != NULL)
			voices_unite(v, voice_of(v, first), one);
		if (rc == 0 && one != NULL && first == NULL)
			first = to.item[i];
	}
	strs_free(&to);
	return rc;
}

/* Goes over the case's messages in order. */
static int
voices_each(struct voices *v,
    int (*each)(struct voices *v, const struct message *m, struct err *e),
    struct err *e)
{
	const struct message_filter f = {.cases = v->cases};
	int64_t *id = NULL;
	size_t count = 0;
	int rc = message_list(v->db, &f, &id, &count, e);

	for (size_t i = 0; i < count && rc == 0; i++) {
		struct message m;

		rc = message_get(v->db, id[i], &m, e);
		if (rc == 0)
			rc = each(v, &m, e);
		message_free(&m);
	}
	free(id);
	return rc;
}

static int
voices_unite_by(struct voices *v, const struct message *m, struct err *e)
{
	return strcmp(m->direction, "in") == 0 ? voices_came(v, m, e)
					       : voices_left(v, m, e);
}

static struct conversation *
voices_conversation(const struct voices *v, const char *address)
{
	for (size_t i = 0; i < v->out->count; i++)
		if (strs_has(&v->out->item[i].people, address))
			return &v->out->item[i];
	return NULL;
}

static void
conversation_add(struct conversation *c, const struct message *m)
{
	enum noroshi_tlp label;

	if (c == NULL ||
	    (c->messages > 0 && c->message[c->messages - 1] == m->id))
		return;
	c->message = xgrow(c->message, c->messages, sizeof(*c->message));
	c->message[c->messages++] = m->id;
	if (m->label == NULL || m->untrusted ||
	    !noroshi_tlp_parse(m->label, &label))
		return;
	if (!c->has_label || label > c->label)
		c->label = label;
	c->has_label = true;
}

/* Puts a message into each conversation that it is of. */
static int
voices_sort(struct voices *v, const struct message *m, struct err *e)
{
	struct strs who = {0};
	bool left = true;

	if (strcmp(m->direction, "in") != 0 &&
	    voices_has_left(v->db, m->id, &left, e) == -1)
		return -1;
	if (!left)
		return 0;
	if (strcmp(m->direction, "in") == 0 && m->sender_address != NULL)
		strs_add(&who, m->sender_address);
	if (strcmp(m->direction, "in") != 0) {
		voices_listed(m->facts, "to", &who);
		voices_listed(m->facts, "cc", &who);
		voices_listed(m->facts, "bcc", &who);
	}
	for (size_t i = 0; i < who.count; i++)
		conversation_add(voices_conversation(v, who.item[i]), m);
	strs_free(&who);
	return 0;
}

/* One conversation for each group, in the order of its first voice. */
static void
voices_group(struct voices *v)
{
	struct conversations *out = v->out;

	for (size_t group = 0; group < v->count; group++) {
		struct conversation c = {.untrusted = true};

		for (size_t i = 0; i < v->count; i++) {
			if (v->item[i].group != group)
				continue;
			strs_add(&c.people, v->item[i].address);
			if (v->item[i].participates)
				c.untrusted = false;
		}
		if (c.people.count == 0)
			continue;
		out->item = xgrow(out->item, out->count, sizeof(*out->item));
		out->item[out->count++] = c;
	}
}

/* Those that have begun first, as they began. */
static int
conversation_order(const void *a, const void *b)
{
	const struct conversation *x = a, *y = b;
	int64_t one = x->messages == 0 ? INT64_MAX : x->message[0];
	int64_t two = y->messages == 0 ? INT64_MAX : y->message[0];

	return one < two   ? -1
	       : one > two ? 1
			   : strcmp(x->people.item[0], y->people.item[0]);
}

int
conversations_load(
    struct db *db, int64_t cases, struct conversations *out, struct err *e)
{
	struct voices v = {.db = db, .cases = cases, .out = out};
	int rc = -1;

	*out = (struct conversations){0};
	if (voices_take_part(&v, e) == 0 &&
	    voices_each(&v, voices_unite_by, e) == 0) {
		voices_group(&v);
		rc = voices_each(&v, voices_sort, e);
	}
	if (out->count > 1)
		qsort(out->item, out->count, sizeof(*out->item),
		    conversation_order);
	for (size_t i = 0; i < v.count; i++)
		free(v.item[i].address);
	free(v.item);
	if (rc == -1)
		conversations_free(out);
	return rc;
}

const struct conversation *
conversations_of(const struct conversations *l, const char *address)
{
	for (size_t i = 0; i < l->count; i++)
		if (strs_has(&l->item[i].people, address))
			return &l->item[i];
	return NULL;
}

int
conversations_json(struct db *db, int64_t cases, json_t **out, struct err *e)
{
	struct conversations l;

	if (conversations_load(db, cases, &l, e) == -1)
		return -1;
	*out = json_array();
	for (size_t i = 0; i < l.count; i++) {
		const struct conversation *c = &l.item[i];
		json_t *people = json_array(), *messages = json_array();

		for (size_t k = 0; k < c->people.count; k++)
			json_array_append_new(
			    people, json_string(c->people.item[k]));
		for (size_t k = 0; k < c->messages; k++)
			json_array_append_new(
			    messages, json_integer((json_int_t)c->message[k]));
		json_array_append_new(*out,
		    json_pack("{s:o, s:s?, s:o, s:b}", "participants", people,
			"tlp", c->has_label ? noroshi_tlp_name(c->label) : NULL,
			"messages", messages, "untrusted", (int)c->untrusted));
	}
	conversations_free(&l);
	return 0;
}
