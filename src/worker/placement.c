#include "worker/placement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cases/arrival.h"
#include "cases/case_link.h"
#include "cases/case_people.h"
#include "cases/duty.h"
#include "cases/erase.h"
#include "cases/feed.h"
#include "cases/page.h"
#include "cases/regroup.h"
#include "people/contact.h"
#include "worker/escalation.h"
#include "worker/import.h"

/* Kinds that open no case of their own: machines and noise. */
static bool
placement_opens_case(const struct passage *p)
{
	if (p->relay)
		return false;
	if (p->place.ordered)
		return p->place.fresh;
	if (!tally_opens_case(&p->tally))
		return false;
	switch (p->judgement.classification.kind) {
	case KIND_BOUNCE:
	case KIND_AUTO_REPLY:
	case KIND_SPAM:
		return false;
	default:
		return true;
	}
}

static bool
placement_owes_answer(const struct passage *p)
{
	enum kind kind = p->judgement.classification.kind;

	return !p->import && p->judgement.sender.class != CLASS_STAFF &&
	       placement_opens_case(p) && kind != KIND_ADVISORY &&
	       kind != KIND_NOTIFICATION;
}

/* The contact that a rule's owner names, or 0. */
static int
placement_owner(struct passage *p, int64_t *owner, struct err *e)
{
	const char *name = p->judgement.classification.owner;
	struct contact c = {0};
	struct err why = {0};

	*owner = 0;
	if (name == NULL)
		return 0;
	if (contact_find(p->w->db, name, &c, &why) == -1) {
		if (why.code != ERR_NOINPUT)
			return err_set(e, why.code, "%s", why.text);
		log_warning("rule names an unknown owner: id=%lld owner=%s",
		    (long long)p->message.id, name);
		return 0;
	}
	*owner = c.id;
	contact_free(&c);
	return 0;
}

int
placement_participant(struct passage *p, struct err *e)
{
	const struct reading *r = &p->reading;
	const struct judgement *j = &p->judgement;

	if (j->from == NULL || j->alarm || j->sender.class == CLASS_STAFF ||
	    p->ours)
		return 0;
	return case_participant_add(p->w->db, passage_time(p), p->incident.id,
	    j->sender.contact, j->from, r->people->from.item[0].name, e);
}

/* It waits for people: to be seen, and most often for an answer. */
static int
placement_duty(struct passage *p, struct err *e)
{
	bool owed = placement_owes_answer(p);
	struct worker *w = p->w;

	if (p->import || p->judgement.sender.class == CLASS_STAFF)
		return 0;
	if (duty_add(w->db, p->message.id, owed, e) == -1)
		return -1;
	return escalation_arm(w, p->message.id, p->incident.id, owed, e);
}

static int
placement_open_case(struct passage *p, struct err *e)
{
	const struct classification *c = &p->judgement.classification;
	struct worker *w = p->w;
	struct case_new n = {.prefix = w->config->case_prefix,
	    .title = p->reading.subject == NULL ? "" : p->reading.subject,
	    .priority = c->priority,
	    .category = c->category,
	    .owed = placement_owes_answer(p)};

	if (placement_owner(p, &n.owner, e) == -1 ||
	    case_create(
		w->db, w->vault, passage_time(p), &n, &p->incident, e) == -1 ||
	    (p->import && import_opened(p, e) == -1) ||
	    placement_participant(p, e) == -1)
		return -1;
	p->case_is_new = true;
	if (placement_duty(p, e) == -1)
		return -1;
	if (!p->import && page_wanted(w->db, w->config, clock_now(&w->clock),
			      p->incident.id, c->priority, "opened", e) == -1)
		return -1;
	for (size_t i = 0; i < c->tags.count; i++)
		if (case_tag_add(w->db, p->incident.id, c->tags.item[i], e) ==
		    -1)
			return -1;
	return passage_audit(p, "case.opened",
	    json_pack(
		"{s:s, s:s}", "name", p->incident.name, "why", p->thread.why),
	    e);
}

/* An answer opens a closed case again and is owed one of ours. */
static int
placement_join_case(struct passage *p, struct err *e)
{
	struct worker *w = p->w;
	struct case_file *c = &p->incident;
	bool closed;

	if (case_get(w->db, w->vault, p->thread.cases, c, e) == -1)
		return -1;
	if (!p->thread.untrusted && placement_participant(p, e) == -1)
		return -1;
	if (p->import)
		return import_joined(p, e);
	if (!placement_owes_answer(p))
		return 0;
	closed = strcmp(c->state, "closed") == 0;
	if (closed || strcmp(c->state, "waiting") == 0) {
		free(c->state);
		c->state = xstrdup("open");
		c->closed_at = 0;
	}
	c->owed = true;
	if (case_update(w->db, c, e) == -1 || placement_duty(p, e) == -1)
		return -1;
	return closed ? passage_audit(p, "case.reopened",
			    json_pack("{s:s}", "why", p->thread.why), e)
		      : 0;
}

/* A stranger named a case: its people see that, and nothing else happens. */
static int
placement_note_stranger(struct passage *p, struct err *e)
{
	struct worker *w = p->w;
	char *text;
	int rc;

	if (p->thread.named == 0)
		return 0;
	text = xasprintf("Message %lld names this case, but its sender is not"
			 " known here; it was not joined to the case.",
	    (long long)p->message.id);
	rc = case_note_add(
	    w->db, w->vault, passage_time(p), p->thread.named, 0, text, e);
	free(text);
	strs_add_once(&p->judgement.warnings, "case-named-by-stranger");
	if (rc == 0 && p->case_is_new)
		rc = case_link_add(w->db, clock_now(&w->clock), p->incident.id,
		    p->thread.named, "named", p->message.id, e);
	return rc;
}

/* A member's next question on an advisory goes where the last one went. */
static int
placement_advisory_question(struct passage *p, struct err *e)
{
	const struct tally *t = &p->tally;

	if (p->thread.cases != 0 || p->place.fresh || t->of.number == 0 ||
	    !t->proven)
		return 0;
	if (!tally_opens_case(t))
		return 0;
	if (advisory_question_case(p->w->db, t->of.number,
		p->judgement.sender.contact, &p->thread.cases, e) == -1)
		return -1;
	if (p->thread.cases != 0)
		(void)snprintf(p->thread.why, sizeof(p->thread.why),
		    "a further question on advisory %lld",
		    (long long)t->of.number);
	return 0;
}

/* A machine's notice, where those that say the same share a case. */
static bool
placement_collapses(const struct passage *p)
{
	const struct judgement *j = &p->judgement;

	return p->w->config->collapse > 0 && p->thread.cases == 0 &&
	       j->classification.kind == KIND_NOTIFICATION &&
	       placement_opens_case(p) && !p->place.ordered &&
	       j->from != NULL && !j->alarm &&
	       j->label.effective != NOROSHI_TLP_RED;
}

/* The case of those that came before it, or the first of its kind. */
static int
placement_feed(struct passage *p, char digest[FEED_DIGEST], struct err *e)
{
	const struct judgement *j = &p->judgement;
	const struct feed_notice n = {.from = j->from,
	    .sender = &j->sender,
	    .label = j->label.effective,
	    .category = j->classification.category,
	    .priority = j->classification.priority,
	    .subject = p->reading.subject};

	feed_digest(p->w->vault, &n, digest);
	if (feed_join(p->w->db, digest, passage_time(p), p->w->config->collapse,
		&p->thread.cases, &p->nth, e) == -1)
		return -1;
	if (p->thread.cases != 0)
		(void)snprintf(p->thread.why, sizeof(p->thread.why),
		    "notice %lld of its kind in this case", (long long)p->nth);
	return 0;
}

/* What belongs to a case whose key is destroyed cannot be sealed in it. */
static int
placement_leave_erased(struct passage *p, struct err *e)
{
	struct thread *t = &p->thread;
	bool erased = false;

	if (t->named != 0 &&
	    erase_is_done(p->w->db, t->named, &erased, e) == -1)
		return -1;
	if (erased)
		t->named = 0;
	if (t->cases == 0)
		return 0;
	if (erase_is_done(p->w->db, t->cases, &erased, e) == -1)
		return -1;
	if (erased) {
		*t = (struct thread){.parent = t->parent};
		(void)snprintf(t->why, sizeof(t->why), "its case was erased");
	}
	return 0;
}

/* The case that a message belongs to, one of its own, or none. */
static int
placement_of(struct passage *p, const struct thread_question *q, struct err *e)
{
	char digest[FEED_DIGEST];
	bool collapses;

	if (p->place.cases != 0 || p->place.fresh) {
		if (p->place.cases != 0 &&
		    regroup_survivor(
			p->w->db, p->place.cases, &p->thread.cases, e) == -1)
			return -1;
		(void)snprintf(p->thread.why, sizeof(p->thread.why),
		    "its author ordered it by Case:");
		/* A bounce refers to what came back inside it. */
	} else if (!bounce_thread(&p->bounce, &p->thread) &&
		   thread_find(p->w->db, q, &p->thread, e) == -1)
		return -1;
	if (placement_leave_erased(p, e) == -1 ||
	    placement_advisory_question(p, e) == -1)
		return -1;
	collapses = placement_collapses(p);
	if (collapses && placement_feed(p, digest, e) == -1)
		return -1;
	if (p->thread.cases != 0) {
		if (placement_join_case(p, e) == -1)
			return -1;
	} else if (placement_opens_case(p) && placement_open_case(p, e) == -1) {
		return -1;
	}
	if (collapses && p->case_is_new) {
		p->nth = 1;
		if (feed_open(p->w->db, digest, passage_time(p), p->incident.id,
			e) == -1)
			return -1;
	}
	return thread_learn(
	    p->w->db, q, p->incident.id, p->thread.untrusted, e);
}

/* Fills recipients, which q borrows. */
static int
placement_question(struct passage *p, struct strs *recipients,
    struct thread_question *q, struct err *e)
{
	const struct reading *r = &p->reading;

	*q = (struct thread_question){.head = r->threads,
	    .rfc_message_id = reading_message_id(r),
	    .subject = r->subject,
	    .outer_subject = r->outer_subject,
	    .from = p->judgement.from,
	    .sender = &p->judgement.sender,
	    .prefix = p->w->config->case_prefix,
	    .recipients = recipients,
	    .vault = p->w->vault,
	    .team = p->w->config->team_address,
	    .self = p->message.id,
	    .import = p->import,
	    .ours = p->ours};
	return arrival_recipients(p->w->db, p->message.id,
	    r->outer == NULL ? r->people : r->outer, recipients, e);
}

int
placement_make(struct passage *p, struct err *e)
{
	struct strs recipients = {0};
	struct thread_question q;
	int rc = placement_question(p, &recipients, &q, e);

	if (rc == 0)
		rc = placement_of(p, &q, e);
	strs_free(&recipients);
	if (rc == -1)
		return -1;
	if (p->thread.untrusted)
		strs_add_once(&p->judgement.warnings, "untrusted");
	if (p->thread.twin != 0)
		strs_add_once(&p->judgement.warnings, "duplicate-message-id");
	return placement_note_stranger(p, e);
}

int
placement_trust_again(struct passage *p, struct err *e)
{
	struct message *m = &p->message;
	struct strs recipients = {0};
	struct thread_question q;
	struct thread found = {0};
	int rc = 0;

	if (m->cases == 0)
		return 0;
	rc = placement_question(p, &recipients, &q, e);
	if (rc == 0)
		rc = thread_find(p->w->db, &q, &found, e);
	strs_free(&recipients);
	if (rc == 0 && found.cases == m->cases) {
		m->untrusted = found.untrusted;
		if (m->parent == 0)
			m->parent = found.parent;
	}
	return rc;
}
