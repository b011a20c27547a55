#include "worker/send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cases/duty.h"
#include "cases/service.h"
#include "cases/case.h"
#include "cases/case_people.h"
#include "cases/echo.h"
#include "cases/relabel.h"
#include "store/audit.h"
#include "worker/advise.h"
#include "worker/documents.h"
#include "worker/order.h"
#include "worker/send_tell.h"
#include "worker/sending.h"

#define SEND_ROUNDS 5 /* a case that changes faster waits its turn */

static void
sending_drop_drafts(struct sending *s, bool discard)
{
	for (size_t i = 0; i < s->drafts; i++) {
		for (size_t k = 0; discard && k < s->draft[i].copies; k++)
			if (s->draft[i].copy[k].file != NULL)
				(void)spool_remove_out(s->w->spool,
				    s->draft[i].copy[k].file, NULL);
		draft_free(&s->draft[i]);
	}
	free(s->draft);
	s->draft = NULL;
	s->drafts = 0;
}

static void
sending_free(struct sending *s)
{
	sending_drop_drafts(s, false);
	holdmail_free(&s->hold);
	clearance_free(&s->c);
	outgoing_free(&s->o);
}

static int
send_audit(struct sending *s, const char *event, json_t *detail, struct err *e)
{
	struct audit_entry entry = {.actor = "worker",
	    .event = event,
	    .message = s->m->id,
	    .cases = s->c.incident.id,
	    .contact = s->c.author.id,
	    .detail = detail};

	return audit_add(s->w->db, clock_now(&s->w->clock), &entry, e);
}

/* Held copies: rows without a file, all of them, since one held holds all. */
static void
send_hold(struct sending *s)
{
	const struct recipient *held = NULL;

	for (size_t i = 0; i < s->c.recipients; i++)
		if (s->c.recipient[i].answer.decision == NOROSHI_HOLD)
			held = &s->c.recipient[i];
	for (size_t i = 0; i < s->c.recipients; i++) {
		struct recipient *r = &s->c.recipient[i];

		if (r->answer.decision == NOROSHI_ALLOW) {
			r->answer.decision = NOROSHI_HOLD;
			r->answer.rule = held->answer.rule;
			(void)snprintf(r->reason, sizeof(r->reason),
			    "waits with the copy for %s", held->address);
		}
		sending_copy(s, sending_draft(s), r);
	}
}

/* A list's letter says the same to all who read one language: it is sealed once
 * for those with a key, and signed once for those without. */
static int
send_to_list(struct sending *s, const struct recipient *const *to, size_t count,
    struct err *e)
{
	const struct recipient **part;
	int rc = 0;

	part = xcalloc(count, sizeof(const struct recipient *));
	/* The message's own language, and each of the others. */
	for (size_t k = 0; k <= 2 * s->o.variants + 1 && rc == 0; k++) {
		const struct outgoing_variant *v =
		    k / 2 == 0 ? NULL : &s->o.variant[k / 2 - 1];
		size_t n = 0;

		for (size_t i = 0; i < count; i++)
			if (to[i]->has_key == (k % 2 == 0) &&
			    advise_variant(&s->o, to[i]->contact.language) == v)
				part[n++] = to[i];
		if (n > 0)
			rc = sending_letter(s, part, n, e);
	}
	free(part);
	return rc;
}

/* What stands in a letter to one of several is that one's own. */
static int
send_to_each(struct sending *s, const struct recipient *const *to, size_t count,
    struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (sending_letter(s, &to[i], 1, e) == -1)
			return -1;
	return 0;
}

/* Those who get a copy now, at to; a hold makes a row. Returns 0 or -1. */
static int
send_readers(struct sending *s, const struct recipient **to, size_t *count,
    struct err *e)
{
	struct db_view view;
	int rc = 0;

	*count = 0;
	if (db_view_begin(s->w->db, &view, e) == -1)
		return -1;
	for (size_t i = 0; i < s->c.recipients && rc != -1; i++) {
		struct recipient *r = &s->c.recipient[i];

		rc =
		    draft_settled(s->w->db, s->m->id, s->o.kind, r->address, e);
		if (rc != 0)
			continue; /* judged again for another's copy */
		if (r->answer.decision == NOROSHI_HOLD)
			sending_copy(s, sending_draft(s), r);
		else
			to[(*count)++] = r;
	}
	db_view_end(&view);
	return rc == -1 ? -1 : 0;
}

static int
send_seal(struct sending *s, struct err *e)
{
	bool list = s->c.community.id != 0;
	const struct recipient **to;
	size_t count = 0;
	int rc;

	if (s->c.decision == NOROSHI_REFUSE)
		return 0;
	if (s->c.decision == NOROSHI_HOLD && !list) {
		send_hold(s);
		return 0;
	}
	/* On a list a hold holds that member's copy alone. */
	to = xcalloc(s->c.recipients, sizeof(const struct recipient *));
	rc = send_readers(s, to, &count, e);
	if (rc != -1)
		rc = list ? send_to_list(s, to, count, e)
			  : send_to_each(s, to, count, e);
	free(to);
	return rc;
}

/* --- commit --- */

static json_t *
send_mailboxes(const struct sending *s, size_t from, size_t to)
{
	json_t *list = json_array();

	for (size_t i = from; i < to; i++)
		json_array_append_new(
		    list, json_pack("{s:s?, s:s}", "name",
			      s->c.recipient[i].contact.name, "address",
			      s->c.recipient[i].address));
	return list;
}

static void
send_warnings(struct sending *s)
{
	json_t *words = json_array();

	if (s->c.floor.raised)
		json_array_append_new(words, json_string("quote-higher"));
	if (s->c.floor.attachment_raised)
		json_array_append_new(words, json_string("attachment-higher"));
	if (s->c.floor.opaque != NULL)
		json_array_append_new(words, json_string("attachment-opaque"));
	json_object_set_new(s->m->facts, "warnings", words);
}

/* Who asks later where a message went is told by these (cases/seen.h). */
static void
send_quotes(struct sending *s)
{
	const struct strs *quoted = &s->c.floor.quoted;
	json_t *list = json_array();

	for (size_t i = 0; i < quoted->count; i++)
		json_array_append_new(
		    list, json_integer(strtoll(quoted->item[i], NULL, 10)));
	json_object_set_new(s->m->facts, "quotes", list);
}

static int
send_facts(struct sending *s, struct err *e)
{
	struct config *c = s->w->config;
	const char *label = noroshi_tlp_name(s->c.floor.label);
	bool sealed = true;

	for (size_t i = 0; i < s->c.recipients; i++)
		sealed = sealed && s->c.recipient[i].has_key;
	json_object_set_new(s->m->facts, "from",
	    json_pack("{s:s, s:s}", "name", c->team_name, "address",
		c->team_address));
	json_object_set_new(s->m->facts, "to", send_mailboxes(s, 0, s->c.to));
	json_object_set_new(
	    s->m->facts, "cc", send_mailboxes(s, s->c.to, s->c.visible));
	if (s->c.community.id == 0 && s->c.visible < s->c.recipients)
		json_object_set_new(s->m->facts, "bcc",
		    send_mailboxes(s, s->c.visible, s->c.recipients));
	json_object_set_new(
	    s->m->facts, "encryption", json_string(sealed ? "whole" : "none"));
	json_object_set_new(s->m->facts, "tlp",
	    json_pack("{s:s, s:s, s:s}", "label", label, "effective", label,
		"source", s->o.label_asked ? "header" : "default"));
	send_quotes(s);
	send_warnings(s);
	free(s->m->label);
	s->m->label = xstrdup(label);
	free(s->m->kind);
	s->m->kind =
	    xstrdup(strcmp(s->o.kind, "advisory") == 0 ? "advisory" : "reply");
	return message_set_facts(s->w->db, s->m, e);
}

static int
send_record(struct sending *s, struct err *e)
{
	for (size_t i = 0; i < s->c.recipients; i++) {
		const struct recipient *r = &s->c.recipient[i];

		if (send_audit(s, "recipient.decided",
			json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s}",
			    "recipient", r->address, "decision",
			    noroshi_decision_name(r->answer.decision), "rule",
			    r->answer.rule, "reason", r->reason, "key",
			    r->has_key ? r->key.fingerprint : NULL, "label",
			    noroshi_tlp_name(s->c.floor.label)),
			e) == -1)
			return -1;
	}
	return 0;
}

/* What leaves for a party is the answer that they were owed. *since: when the
 * oldest of what is still owed in the case came, or 0. */
static int
send_settle(struct sending *s, int64_t *since, struct err *e)
{
	struct duty_answer a = {.cases = s->c.incident.id,
	    .answers = s->o.answers,
	    .by = s->o.author};
	struct db *db = s->w->db;
	int rc = 0;

	for (size_t i = 0; i < s->c.recipients && rc == 0; i++) {
		const struct recipient *r = &s->c.recipient[i];
		char *folded = contact_address_fold(r->address);

		a.contact = r->contact.id;
		a.address = folded;
		if (r->contact.class != CLASS_STAFF)
			rc = duty_answered(db, &a, clock_now(&s->w->clock), e);
		free(folded);
	}
	return rc == -1 ? -1 : duty_owes(db, a.cases, since, e);
}

/* What leaves for the outside is the answer that was owed. */
static int
send_case(struct sending *s, struct err *e)
{
	struct case_file *c = &s->c.incident;
	bool outside = false;
	int64_t since;

	for (size_t i = 0; i < s->c.recipients; i++)
		outside =
		    outside || s->c.recipient[i].contact.class != CLASS_STAFF;
	if (c->id == 0 || s->c.decision != NOROSHI_ALLOW || !outside ||
	    relabel_is(&s->o))
		return 0;
	if (strcmp(c->state, "new") == 0) {
		free(c->state);
		c->state = xstrdup("open");
	}
	if (c->owner == 0)
		c->owner = s->c.author.id;
	if (send_settle(s, &since, e) == -1)
		return -1;
	c->owed = since != 0;
	if (case_update(s->w->db, c, e) == -1)
		return -1;
	for (size_t i = 0; i < s->c.recipients; i++) {
		const struct recipient *r = &s->c.recipient[i];
		char *folded = contact_address_fold(r->address);
		int rc = folded == NULL || r->contact.class == CLASS_STAFF
			     ? 0
			     : case_participant_add(s->w->db,
				   clock_now(&s->w->clock), c->id,
				   r->contact.id, folded, r->contact.name, e);

		free(folded);
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* What the team has said is not taken from whoever repeats it later; a post is
 * its author's. */
static int
send_remember(struct sending *s, struct err *e)
{
	if (outgoing_is_post(&s->o) || s->c.decision == NOROSHI_REFUSE)
		return 0;
	if (s->m->content == NULL &&
	    message_unseal(s->w->db, s->w->vault, s->m, e) == -1)
		return -1;
	return echo_keep(s->w->db, s->w->vault, s->m, e);
}

/* What its mail ordered of the case waited for it. */
static int
send_then(struct sending *s, struct err *e)
{
	if (s->o.then == NULL || s->c.decision != NOROSHI_ALLOW ||
	    s->c.incident.id == 0)
		return 0;
	json_object_set_new(s->m->facts, "then_done", json_true());
	if (message_set_facts(s->w->db, s->m, e) == -1)
		return -1;
	return order_carry_later(
	    s->w, s->c.incident.id, s->o.author, s->m->id, s->o.then, e);
}

static int
send_write(struct sending *s, struct err *e)
{
	struct worker *w = s->w;
	int64_t now = clock_now(&w->clock);

	if (send_record(s, e) == -1 || send_facts(s, e) == -1)
		return -1;
	for (size_t i = 0; i < s->drafts; i++)
		if (draft_insert(w->db, now, &s->draft[i], w->config->transport,
			e) == -1)
			return -1;
	if (s->c.decision == NOROSHI_REFUSE &&
	    draft_refused(w->db, s->m->id, e) == -1)
		return -1;
	if (outgoing_outcome(w->db, s->m->id,
		s->c.decision == NOROSHI_REFUSE ? "refused" : "passed",
		e) == -1)
		return -1;
	if (send_case(s, e) == -1 || send_then(s, e) == -1 ||
	    (s->c.incident.id != 0 && service_refresh(w->db, w->config,
					  s->c.incident.id, now, e) == -1) ||
	    send_remember(s, e) == -1 ||
	    holdmail_commit(w, &s->c, &s->hold, e) == -1)
		return -1;
	return message_finish(w->db, s->m->id, "processed", e);
}

/* 1: nobody has cancelled the advisory meanwhile; 0: they have; -1: failed. */
static int
send_stands(struct sending *s, struct err *e)
{
	struct advisory now;

	if (s->advisory.number == 0)
		return 1;
	if (advisory_of(s->w->db, s->m->id, &now, e) == -1)
		return -1;
	return now.cancelled_at == s->advisory.cancelled_at;
}

/* 1: committed; 0: something changed since it was judged; -1: failed. */
static int
send_commit(struct sending *s, struct err *e)
{
	struct worker *w = s->w;
	int rc;

	if (db_begin(w->db, e) == -1)
		return -1;
	rc = clearance_stands(w->db, &s->c, e);
	if (rc == 1)
		rc = send_stands(s, e);
	if (rc == 1 && (send_write(s, e) == -1 || db_commit(w->db, e) == -1))
		rc = -1;
	if (rc != 1)
		db_rollback(w->db);
	return rc;
}

/* Nothing of it may leave, for a reason that the gate does not know. */
static void
send_refuse(struct sending *s, const char *rule, const char *reason)
{
	for (size_t i = 0; i < s->c.recipients; i++) {
		struct recipient *r = &s->c.recipient[i];

		if (r->answer.decision == NOROSHI_REFUSE)
			continue;
		r->answer.decision = NOROSHI_REFUSE;
		r->answer.rule = rule;
		(void)snprintf(r->reason, sizeof(r->reason), "%s", reason);
	}
	s->c.decision = NOROSHI_REFUSE;
	s->refused = true;
}

/* What is asked of an advisory beyond the gate, before it is sealed. */
static int
send_advisory(struct sending *s, struct err *e)
{
	struct advise_refusal why;

	if (strcmp(s->o.kind, "advisory") != 0)
		return 0;
	if (advisory_of(s->w->db, s->m->id, &s->advisory, e) == -1)
		return -1;
	if (s->advisory.cancelled_at != 0)
		send_refuse(
		    s, "advisory-cancelled", "the advisory was cancelled");
	s->refused = false; /* who cancelled it knows */
	if (s->c.decision == NOROSHI_REFUSE)
		return 0;
	if (advise_documents(s->w, &s->o, s->c.floor.label, &why, e) == -1)
		return -1;
	if (why.rule != NULL)
		send_refuse(s, why.rule, why.reason);
	return 0;
}

/* 1: done; 0: to be judged anew; -1: failed. */
static int
send_once(struct worker *w, struct message *m, struct err *e)
{
	const struct document_json json = {
	    .leaves = documents_leaves, .context = w};
	struct sending s = {.w = w, .m = m};
	int64_t began;
	int rc = -1;

	if (outgoing_get(w->db, w->vault, w->spool, m->id, &s.o, e) == -1)
		goto out;
	s.o.json = &json;
	s.o.now = clock_now(&w->clock);
	if (clearance_make(w->db, w->vault, w->config, clock_now(&w->clock),
		&s.o, &s.c, e) == -1 ||
	    send_advisory(&s, e) == -1)
		goto out;
	began = clock_cpu_us();
	if (send_seal(&s, e) == -1)
		goto out;
	log_debug("sealed: id=%lld own=%lldus", (long long)m->id,
	    (long long)(clock_cpu_us() - began));
	if (send_tell(&s, e) == -1 ||
	    holdmail_make(w, &s.c, &s.draft, &s.drafts, &s.hold, e) == -1)
		goto out;
	rc = send_commit(&s, e);
	if (rc == 1)
		log_info("judged to leave: id=%lld decision=%s recipients=%zu",
		    (long long)m->id, noroshi_decision_name(s.c.decision),
		    s.c.recipients);
out:
	if (rc != 1)
		sending_drop_drafts(&s, true);
	sending_free(&s);
	return rc;
}

int
send_process(struct worker *w, struct message *m, struct err *e)
{
	for (int i = 0; i < SEND_ROUNDS; i++) {
		int rc = send_once(w, m, e);

		if (rc != 0)
			return rc == 1 ? 0 : -1;
	}
	return err_set(e, ERR_TEMP, "the case of message %lld keeps changing",
	    (long long)m->id);
}

int
send_fail(
    struct worker *w, struct message *m, const char *reason, struct err *e)
{
	struct sending s = {.w = w, .m = m};
	struct err untold = {0};
	int rc = -1;

	if (send_tell_failed(&s, reason, &untold) == -1)
		log_warning("author not told: id=%lld error=%s",
		    (long long)m->id, untold.text);
	if (db_begin(w->db, e) == -1)
		goto out;
	rc = 0;
	for (size_t i = 0; i < s.drafts && rc == 0; i++)
		rc = draft_insert(w->db, clock_now(&w->clock), &s.draft[i],
		    w->config->transport, e);
	if (rc == 0 && (send_audit(&s, "message.failed",
			    json_pack("{s:s}", "reason", reason), e) == -1 ||
			   outgoing_outcome(w->db, m->id, "failed", e) == -1 ||
			   message_finish(w->db, m->id, "processed", e) == -1 ||
			   db_commit(w->db, e) == -1))
		rc = -1;
	if (rc == -1)
		db_rollback(w->db);
	log_error("not sent: id=%lld reason=%s", (long long)m->id, reason);
out:
	if (rc == -1)
		sending_drop_drafts(&s, true);
	sending_free(&s);
	return rc;
}
