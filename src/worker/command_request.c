#include "worker/command_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/excerpt.h"
#include "people/contact.h"
#include "worker/clearance.h"
#include "worker/command_text.h"
#include "worker/refusal.h"
#include "worker/replytext.h"

/* RFC 9788: what it answers is known only from inside the encryption. */
static bool
command_parent_protected(const struct reading *r)
{
	return r->inner != NULL && r->threads == r->inner &&
	       r->inner->in_reply_to.count + r->inner->references.count > 0;
}

/*
 * The message that a copy was of, or the last one from outside in the case;
 * where several people outside wrote, only a protected header chooses.
 */
static int
command_answered(struct worker *w, const struct reading *r,
    const struct message *m, int64_t cases, struct message *out, bool *several,
    struct err *e)
{
	int64_t id = 0, people = 0;

	*several = false;
	if (message_last_outside(w->db, cases, &id, &people, e) == -1)
		return -1;
	if (id != 0 && message_get(w->db, id, out, e) == -1)
		return -1;
	if (m->parent != 0) {
		struct message parent;
		bool outside;

		if (message_get(w->db, m->parent, &parent, e) == -1 ||
		    message_is_outside(w->db, m->parent, &outside, e) == -1)
			return -1;
		if (outside && parent.cases == cases &&
		    (command_parent_protected(r) ||
			(people <= 1 && id != 0 &&
			    strcmp(parent.sender_address,
				out->sender_address) == 0))) {
			message_free(out);
			*out = parent;
			return 0;
		}
		message_free(&parent);
	}
	*several = people > 1;
	if (*several)
		message_free(out);
	return 0;
}

/* A label that the author wrote, other than the one our copy's subject bore. */
static void
command_label(const struct judgement *j, const struct message *answered,
    struct outgoing *o)
{
	enum noroshi_tlp was;

	if (j->label.by_default)
		return;
	if (answered->label != NULL && j->label.source == LABEL_SUBJECT &&
	    noroshi_tlp_parse(answered->label, &was) && was == j->label.written)
		return;
	o->label_asked = true;
	o->label = j->label.written;
}

/* The template's text leaves, and nothing of the mail's. */
static int
command_refusal(struct worker *w, struct command *out, struct err *e)
{
	out->kind = COMMAND_ANSWER;
	return refusal_write(
	    w->db, w->vault, w->config, out->order.refusal, &out->request, e);
}

int
command_request_answer(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, int64_t cases,
    size_t from, struct command *out, struct err *e)
{
	struct outgoing *o = &out->request;
	struct message answered = {0};
	bool several;
	int rc;

	if (command_answered(w, r, m, cases, &answered, &several, e) == -1)
		return -1;
	if (answered.id == 0 || answered.sender_address == NULL) {
		out->kind = COMMAND_REFUSED;
		out->reason =
		    several ? "several people outside have written in this"
			      " case, and no protected In-Reply-To (RFC 9788)"
			      " says whom it answers; use: noroshi send --to"
			    : "nobody outside has written in this case, so"
			      " there is nobody to answer";
		message_free(&answered);
		return 0;
	}
	*o = (struct outgoing){.kind = xstrdup("answer"),
	    .author = j->sender.contact,
	    .identity = command_identity(r, j),
	    .cases = cases,
	    .answers = answered.id,
	    .came_as = m->id,
	    .language = xstrdup(w->config->language),
	    .subject = replytext_subject(r->subject == NULL ? "" : r->subject)};
	strs_add(&o->to, answered.sender_address);
	command_label(j, &answered, o);
	rc = out->order.refusal != NULL ? command_refusal(w, out, e)
					: command_text(w, r, j, from, out, e);
	message_free(&answered);
	return rc;
}

/* One sentence where an advisory's label is none, or not one. */
static const char *
command_label_unfit(const struct judgement *j)
{
	const struct label *l = &j->label;

	if (strs_has(&l->warnings, "tlp-conflict"))
		return "it bears two labels; an advisory has one, in its"
		       " subject, on its first line and in what is attached";
	if (strs_has(&l->warnings, "tlp-unknown"))
		return "it bears a label that TLP 2.0 does not know (RED,"
		       " AMBER+STRICT, AMBER, GREEN, CLEAR)";
	if (strs_has(&l->warnings, "sharing-none"))
		return "what is attached says that it is not to be shared with"
		       " anybody";
	if (l->by_default ||
	    (l->source != LABEL_SUBJECT && l->source != LABEL_BODY))
		return "it has no label (no-label-list); write one, as"
		       " TLP:GREEN, on its first line";
	return NULL;
}

int
command_request_advisory(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m,
    const struct community *c, struct command *out, struct err *e)
{
	struct outgoing *o = &out->request;
	char *to = xasprintf("community:%s", c->name);

	*o = (struct outgoing){.kind = xstrdup("advisory"),
	    .author = j->sender.contact,
	    .identity = command_identity(r, j),
	    .came_as = m->id,
	    .language = xstrdup(w->config->language),
	    .subject = xstrdup(r->subject == NULL ? "" : r->subject),
	    .label_asked = !j->label.by_default,
	    .label = j->label.written};
	strs_add(&o->to, to);
	free(to);
	out->community = c->id;
	if (command_text(w, r, j, 0, out, e) == -1)
		return -1;
	if (out->kind == COMMAND_ANSWER)
		out->reason = command_label_unfit(j);
	if (out->reason != NULL)
		out->kind = COMMAND_REFUSED;
	return 0;
}

/*
 * An excerpt of facts answers nobody, and has no subject of a mail that came
 * in: that is the reporter's.
 */
static void
command_facts(
    const struct reading *r, const struct message *m, struct outgoing *o)
{
	free(o->kind);
	o->kind = xstrdup("facts");
	if (m->parent == 0 && r->subject != NULL && r->subject[0] != '\0')
		return;
	free(o->subject);
	o->subject = xstrdup(excerpt_subject(o->language));
}

int
command_request_resend(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m,
    const struct case_file *incident, size_t from, struct command *out,
    struct err *e)
{
	const char *subject = r->subject == NULL ? "" : r->subject;
	struct outgoing *o = &out->request;
	char *words = replytext_subject(subject);
	bool is_reply = strncasecmp(subject, "Re:", 3) == 0;
	int rc = 0;

	*o = (struct outgoing){.kind = xstrdup("answer"),
	    .author = j->sender.contact,
	    .identity = command_identity(r, j),
	    .cases = incident->id,
	    .came_as = m->id,
	    .language = xstrdup(w->config->language),
	    .subject = xstrdup(is_reply ? words : words + strlen("Re: "))};
	free(words);
	if (out->order.facts.count > 0) {
		command_facts(r, m, o);
		return command_text(w, r, j, from, out, e);
	}
	/* The label of our copy stands in the subject of an answer to it. */
	if (!j->label.by_default &&
	    !(j->label.source == LABEL_SUBJECT && m->parent != 0)) {
		o->label_asked = true;
		o->label = j->label.written;
	}
	for (size_t i = 0; i < out->order.to.count && rc == 0; i++) {
		char *folded = contact_address_fold(out->order.to.item[i]);

		if (folded != NULL && o->answers == 0)
			rc = message_last_from(
			    w->db, o->cases, folded, &o->answers, e);
		free(folded);
	}
	return rc == -1 ? -1 : command_text(w, r, j, from, out, e);
}

/* What a refusal does to the case waits for it in any case. */
static void
command_later(struct command *out)
{
	json_t *then = order_later(&out->order), *note;
	size_t i;

	if (out->request.then == NULL || then == NULL) {
		if (then != NULL)
			out->request.then = then;
		return;
	}
	json_array_foreach(json_object_get(then, "notes"), i, note)
	{
		json_array_append(
		    json_object_get(out->request.then, "notes"), note);
	}
	json_object_update_missing(out->request.then, then);
	json_decref(then);
}

/* The gate's word beforehand: a refused mail does nothing else either. */
static int
command_ask_gate(struct worker *w, struct command *out, struct err *e)
{
	struct clearance c;
	struct err why = {0};

	if (clearance_make(w->db, w->vault, w->config, clock_now(&w->clock),
		&out->request, &c, &why) == -1) {
		if (why.code != ERR_DATA)
			return err_set(e, why.code, "%s", why.text);
		out->reason = "one of its recipients cannot be written to";
		return 0;
	}
	for (size_t i = 0; i < c.recipients; i++) {
		const struct recipient *r = &c.recipient[i];
		char *line = xasprintf("%s: %s (%s): %s", r->address,
		    noroshi_decision_name(r->answer.decision), r->answer.rule,
		    r->reason);

		strs_add(c.decision == NOROSHI_REFUSE ? &out->lines
						      : &out->order.done,
		    line);
		free(line);
	}
	if (c.decision == NOROSHI_REFUSE)
		out->reason = "the gate refuses it for one recipient or more";
	/* All of it or nothing: what is held may yet be rejected. */
	if (c.decision == NOROSHI_HOLD || out->order.refusal != NULL)
		command_later(out);
	if (c.decision == NOROSHI_HOLD && out->request.then != NULL)
		strs_add(&out->order.done,
		    "the rest is done when it leaves, and not where it"
		    " is rejected");
	clearance_free(&c);
	return 0;
}

int
command_request_complete(struct worker *w, struct command *out, struct err *e)
{
	struct outgoing *o = &out->request;
	const struct order *order = &out->order;

	for (size_t i = 0; i < order->to.count; i++)
		strs_add_once(&o->to, order->to.item[i]);
	for (size_t i = 0; i < order->facts.count; i++)
		strs_add_once(&o->to, order->facts.item[i]);
	for (size_t i = 0; i < order->cc.count; i++)
		if (!strs_has(&o->to, order->cc.item[i]))
			strs_add_once(&o->cc, order->cc.item[i]);
	for (size_t i = 0; i < order->bcc.count; i++)
		if (!strs_has(&o->to, order->bcc.item[i]) &&
		    !strs_has(&o->cc, order->bcc.item[i]))
			strs_add_once(&o->bcc, order->bcc.item[i]);
	o->joined = order->joined;
	o->encrypted_only = order->encrypted_only;
	if (order->label_asked) {
		o->label_asked = true;
		o->label = order->label;
	}
	return out->orders ? command_ask_gate(w, out, e) : 0;
}
