#include "worker/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/closing.h"
#include "cases/duty.h"
#include "cases/ownership.h"
#include "people/key.h"
#include "store/audit.h"
#include "worker/passage.h"

static int
order_audit(const struct order_place *p, const char *event, json_t *detail,
    struct err *e)
{
	struct audit_entry entry = {.actor = "worker",
	    .event = event,
	    .message = p->message,
	    .cases = p->cases,
	    .contact = p->author,
	    .detail = detail};

	return audit_add(p->w->db, clock_now(&p->w->clock), &entry, e);
}

/*
 * 1: something is lacking by now, such as a deadline that began while the mail
 * was held; a note says what, and the case stays open.
 */
static int
order_keeps_open(
    const struct order_place *p, const struct case_file *file, struct err *e)
{
	struct worker *w = p->w;
	char *what, *note;
	int rc;

	if (closing_lacks(w->db, w->vault, w->config, file, NULL, &what, e) ==
	    -1)
		return -1;
	if (what == NULL)
		return 0;
	note = xasprintf("Not closed, as a mail had ordered: %s", what);
	rc = case_note_add(
	    w->db, w->vault, clock_now(&w->clock), p->cases, 0, note, e);
	free(note);
	free(what);
	return rc == -1 ? -1 : 1;
}

static int
order_carry_state(const struct order_place *p, const struct order *o,
    bool leaves, struct case_file *file, struct err *e)
{
	bool was_closed = strcmp(file->state, "closed") == 0;
	bool closed;

	if (o->state == NULL)
		return 0;
	closed = strcmp(o->state, "closed") == 0;
	if (closed && !was_closed) {
		int rc = order_keeps_open(p, file, e);

		if (rc != 0)
			return rc == -1 ? -1 : 0;
	}
	free(file->state);
	file->state = xstrdup(o->state);
	if (closed != was_closed)
		file->closed_at = closed ? clock_now(&p->w->clock) : 0;
	/* What the same mail sends answers only once it may leave. */
	if (closed && !leaves) {
		if (duty_settle_case(p->w->db, file->id, p->author,
			clock_now(&p->w->clock), e) == -1)
			return -1;
		file->owed = false;
	}
	if (closed == was_closed)
		return 0;
	return order_audit(p, closed ? "case.closed" : "case.reopened",
	    json_pack("{s:s}", "by", p->by), e);
}

/* A claim that waited for its mail to leave may come second by then. */
static bool
order_owns(const struct order *o, const struct case_file *file)
{
	return o->owner_asked && o->owner != file->owner &&
	       (!o->claims || file->owner == 0);
}

static int
order_carry_case(const struct order_place *p, const struct order *o,
    bool leaves, struct err *e)
{
	struct worker *w = p->w;
	struct case_file file;
	int rc = -1;

	if (o->state == NULL && o->priority == NULL && o->category == NULL &&
	    !o->owner_asked)
		return 0;
	if (case_get(w->db, w->vault, p->cases, &file, e) == -1)
		return -1;
	if (o->priority != NULL) {
		free(file.priority);
		file.priority = xstrdup(o->priority);
	}
	if (o->category != NULL) {
		free(file.category);
		file.category = xstrdup(o->category);
	}
	if (order_carry_state(p, o, leaves, &file, e) == 0 &&
	    (order_owns(o, &file) ? ownership_set(w->db, &file, o->owner,
					p->author, clock_now(&w->clock), e)
				  : case_update(w->db, &file, e)) == 0)
		rc = order_audit(p, "case.ordered",
		    json_pack("{s:s?, s:s?, s:s?, s:o}", "status", o->state,
			"priority", o->priority, "category", o->category,
			"owner",
			o->owner_asked ? json_integer(o->owner) : json_null()),
		    e);
	case_free(&file);
	return rc;
}

static int
order_carry_notes(
    const struct order_place *p, const struct order *o, struct err *e)
{
	struct worker *w = p->w;

	for (size_t i = 0; i < o->notes.count; i++)
		if (case_note_add(w->db, w->vault, clock_now(&w->clock),
			p->cases, p->author, o->notes.item[i], e) == -1)
			return -1;
	return 0;
}

static int
order_carry_key(struct passage *p, const struct key *k, struct err *e)
{
	bool fresh;

	if (key_store(p->w->db, clock_now(&p->w->clock), k, false, &fresh, e) ==
	    -1)
		return -1;
	return passage_audit(p, "key.imported",
	    json_pack("{s:s, s:b, s:s}", "fingerprint", k->fingerprint, "fresh",
		(int)fresh, "by", "mail"),
	    e);
}

int
order_carry(
    struct passage *p, const struct order *o, bool leaves, struct err *e)
{
	const struct order_place place = {.w = p->w,
	    .cases = p->incident.id,
	    .author = p->judgement.sender.contact,
	    .message = p->message.id,
	    .by = "mail"};

	for (size_t i = 0; i < o->keys; i++)
		if (order_carry_key(p, &o->key[i], e) == -1)
			return -1;
	if (order_carry_notes(&place, o, e) == -1 ||
	    order_carry_handling(&place, o, e) == -1)
		return -1;
	if (o->signs && passage_audit(p, "order.signed", NULL, e) == -1)
		return -1;
	return order_carry_case(&place, o, leaves, e);
}

json_t *
order_later(const struct order *o)
{
	json_t *notes, *later;

	if (!order_changes_case(o))
		return NULL;
	notes = json_array();
	for (size_t i = 0; i < o->notes.count; i++)
		json_array_append_new(notes, json_string(o->notes.item[i]));
	later = json_pack("{s:s?, s:s?, s:s?, s:o, s:b, s:o}", "state",
	    o->state, "priority", o->priority, "category", o->category, "owner",
	    o->owner_asked ? json_integer(o->owner) : json_null(), "claims",
	    (int)o->claims, "notes", notes);
	order_handling_later(o, later);
	return later;
}

static char *
order_word(const json_t *then, const char *name)
{
	return xstrdup_null(json_string_value(json_object_get(then, name)));
}

int
order_carry_later(struct worker *w, int64_t cases, int64_t author,
    int64_t message, const json_t *then, struct err *e)
{
	const char *by = json_string_value(json_object_get(then, "by"));
	const struct order_place place = {.w = w,
	    .cases = cases,
	    .author = author,
	    .message = message,
	    .by = by != NULL ? by : "mail"};
	const json_t *owner = json_object_get(then, "owner"), *one;
	struct order o = {.state = order_word(then, "state"),
	    .priority = order_word(then, "priority"),
	    .category = order_word(then, "category"),
	    .owner_asked = json_is_integer(owner),
	    .owner = json_integer_value(owner),
	    .claims = json_is_true(json_object_get(then, "claims"))};
	size_t i;
	int rc;

	json_array_foreach(json_object_get(then, "notes"), i, one)
	    strs_add(&o.notes, json_string_value(one));
	order_handling_read(then, &o);
	rc = order_carry_notes(&place, &o, e);
	if (rc == 0)
		rc = order_carry_handling(&place, &o, e);
	if (rc == 0)
		rc = order_carry_case(&place, &o, true, e);
	order_free(&o);
	return rc;
}
