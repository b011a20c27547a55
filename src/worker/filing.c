#include "worker/filing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cases/arrival.h"
#include "cases/case_people.h"
#include "cases/duty.h"
#include "cases/erase.h"
#include "cases/feed.h"
#include "cases/floor.h"
#include "cases/regroup.h"
#include "cases/page.h"
#include "people/contact.h"
#include "worker/discussion.h"
#include "worker/escalation.h"
#include "worker/import.h"

#define FILING_AWAIT_MS 20
#define FILING_AWAIT_TRIES 1500 /* of 20 ms: half a minute in all */

/* Kinds that open no case of their own: machines and noise. */
static bool
filing_opens_case(const struct passage *p)
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
filing_owes_answer(const struct passage *p)
{
	enum kind kind = p->judgement.classification.kind;

	return !p->import && p->judgement.sender.class != CLASS_STAFF &&
	       filing_opens_case(p) && kind != KIND_ADVISORY &&
	       kind != KIND_NOTIFICATION;
}

/* The contact that a rule's owner names, or 0. */
static int
filing_owner(struct passage *p, int64_t *owner, struct err *e)
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

/* The sender takes part: as a contact, or as the address that wrote. */
static int
filing_participant(struct passage *p, struct err *e)
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
filing_duty(struct passage *p, struct err *e)
{
	bool owed = filing_owes_answer(p);
	struct worker *w = p->w;

	if (p->import || p->judgement.sender.class == CLASS_STAFF)
		return 0;
	if (duty_add(w->db, p->message.id, owed, e) == -1)
		return -1;
	return escalation_arm(w, p->message.id, p->incident.id, owed, e);
}

static int
filing_open_case(struct passage *p, struct err *e)
{
	const struct classification *c = &p->judgement.classification;
	struct worker *w = p->w;
	struct case_new n = {.prefix = w->config->case_prefix,
	    .title = p->reading.subject == NULL ? "" : p->reading.subject,
	    .priority = c->priority,
	    .category = c->category,
	    .owed = filing_owes_answer(p)};

	if (filing_owner(p, &n.owner, e) == -1 ||
	    case_create(
		w->db, w->vault, passage_time(p), &n, &p->incident, e) == -1 ||
	    (p->import && import_opened(p, e) == -1) ||
	    filing_participant(p, e) == -1)
		return -1;
	p->case_is_new = true;
	if (filing_duty(p, e) == -1)
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
filing_join_case(struct passage *p, struct err *e)
{
	struct worker *w = p->w;
	struct case_file *c = &p->incident;
	bool closed;

	if (case_get(w->db, w->vault, p->thread.cases, c, e) == -1)
		return -1;
	if (!p->thread.untrusted && filing_participant(p, e) == -1)
		return -1;
	if (p->import)
		return import_joined(p, e);
	if (!filing_owes_answer(p))
		return 0;
	closed = strcmp(c->state, "closed") == 0;
	if (closed || strcmp(c->state, "waiting") == 0) {
		free(c->state);
		c->state = xstrdup("open");
		c->closed_at = 0;
	}
	c->owed = true;
	if (case_update(w->db, c, e) == -1 || filing_duty(p, e) == -1)
		return -1;
	return closed ? passage_audit(p, "case.reopened",
			    json_pack("{s:s}", "why", p->thread.why), e)
		      : 0;
}

/* A stranger named a case: its people see that, and nothing else happens. */
static int
filing_note_stranger(struct passage *p, struct err *e)
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
		rc = regroup_link(w->db, clock_now(&w->clock), p->incident.id,
		    p->thread.named, "named", p->message.id, e);
	return rc;
}

static const char *
filing_rfc_id(const struct reading *r)
{
	if (r->outer != NULL && r->outer->message_id != NULL)
		return r->outer->message_id;
	return r->inner == NULL ? NULL : r->inner->message_id;
}

/* A member's next question on an advisory goes where the last one went. */
static int
filing_advisory_question(struct passage *p, struct err *e)
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
filing_collapses(const struct passage *p)
{
	const struct judgement *j = &p->judgement;

	return p->w->config->collapse > 0 && p->thread.cases == 0 &&
	       j->classification.kind == KIND_NOTIFICATION &&
	       filing_opens_case(p) && !p->place.ordered && j->from != NULL &&
	       !j->alarm && j->label.effective != NOROSHI_TLP_RED;
}

/* The case of those that came before it, or the first of its kind. */
static int
filing_feed(struct passage *p, char digest[FEED_DIGEST], struct err *e)
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
filing_leave_erased(struct passage *p, struct err *e)
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
filing_place(struct passage *p, const struct thread_question *q, struct err *e)
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
	if (filing_leave_erased(p, e) == -1 ||
	    filing_advisory_question(p, e) == -1)
		return -1;
	collapses = filing_collapses(p);
	if (collapses && filing_feed(p, digest, e) == -1)
		return -1;
	if (p->thread.cases != 0) {
		if (filing_join_case(p, e) == -1)
			return -1;
	} else if (filing_opens_case(p) && filing_open_case(p, e) == -1) {
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
filing_question(struct passage *p, struct strs *recipients,
    struct thread_question *q, struct err *e)
{
	const struct reading *r = &p->reading;

	*q = (struct thread_question){.head = r->threads,
	    .rfc_message_id = filing_rfc_id(r),
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

static int
filing_thread(struct passage *p, struct err *e)
{
	struct strs recipients = {0};
	struct thread_question q;
	int rc = filing_question(p, &recipients, &q, e);

	if (rc == 0)
		rc = filing_place(p, &q, e);
	strs_free(&recipients);
	if (rc == -1)
		return -1;
	if (p->thread.untrusted)
		strs_add_once(&p->judgement.warnings, "untrusted");
	if (p->thread.twin != 0)
		strs_add_once(&p->judgement.warnings, "duplicate-message-id");
	return filing_note_stranger(p, e);
}

/* An answer to a stored message is a reply, whatever its words are. */
static void
filing_kind_reply(struct passage *p)
{
	enum kind *kind = &p->judgement.classification.kind;

	if (p->message.parent != 0 && p->message.cases != 0 &&
	    (*kind == KIND_UNKNOWN || *kind == KIND_REPORT ||
		*kind == KIND_ENQUIRY))
		*kind = KIND_REPLY;
}

/* A label that a person gave the case governs what comes into it, as does what
 * its category asks for. */
static void
filing_label_case(struct passage *p)
{
	struct label *l = &p->judgement.label;
	struct case_file own = p->incident; /* its strings stay the case's */

	if (p->incident.id == 0)
		return;
	/* Mail that only claims to belong here is not the person's to label. */
	if (p->thread.untrusted)
		own.has_label = false;
	case_floor(&own);
	if (!own.has_label || own.label <= l->effective)
		return;
	l->effective = own.label;
	l->source = LABEL_CASE;
}

/*
 * What a member quotes of the case keeps its label: their mail goes to others
 * of the team, who need not be readers of what they quote.
 */
static int
filing_label_quoted(struct passage *p, struct err *e)
{
	struct label *l = &p->judgement.label;
	enum noroshi_tlp was = l->effective;

	if (p->incident.id == 0 || p->judgement.sender.class != CLASS_STAFF)
		return 0;
	if (floor_quoted(p->w->db, p->w->vault, p->incident.id, p->message.id,
		&p->reading.text, &l->effective, e) == -1)
		return -1;
	if (l->effective > was)
		l->source = LABEL_CASE;
	return 0;
}

/*
 * The same signature came before, in another mail: what it says is still its
 * signer's, but they did not send it again, or not this way. What was written
 * around it is not theirs, and lowers nothing.
 */
static int
filing_replay(struct passage *p, struct err *e)
{
	struct label *l = &p->judgement.label;

	if (freshness_seen(
		p->w->db, &p->freshness, p->message.id, &p->replay_of, e) == -1)
		return -1;
	if (p->replay_of == 0)
		return 0;
	strs_add_once(&p->judgement.warnings, "replayed");
	if (p->judgement.inside > l->effective)
		l->effective = p->judgement.inside;
	return 0;
}

static void
filing_fill(struct passage *p)
{
	struct message *m = &p->message;
	const struct judgement *j = &p->judgement;
	const struct reading *r = &p->reading;

	free(m->rfc_message_id);
	m->rfc_message_id = xstrdup_null(filing_rfc_id(r));
	free(m->sender_address);
	m->sender_address = xstrdup_null(j->from);
	m->sender_contact = j->sender.contact;
	free(m->kind);
	m->kind = xstrdup(kind_name(j->classification.kind));
	free(m->label);
	m->label = xstrdup(noroshi_tlp_name(j->label.effective));
	json_decref(m->facts);
	m->facts = judgement_facts(j, r);
	json_object_set_new(m->facts, "thread", json_string(p->thread.why));
	if (p->replay_of != 0)
		json_object_set_new(
		    m->facts, "replay_of", json_integer(p->replay_of));
	if (p->nth != 0)
		json_object_set_new(m->facts, "nth", json_integer(p->nth));
	if (p->ours)
		json_object_set_new(m->facts, "ours", json_true());
	json_decref(m->content);
	m->content = judgement_content(j, r);
}

/* After a crash: the case that was claimed then, not another one. */
static int
filing_claim_again(struct passage *p, struct err *e)
{
	const char *why =
	    json_string_value(json_object_get(p->message.facts, "thread"));

	p->thread = (struct thread){.cases = p->message.cases,
	    .parent = p->message.parent,
	    .untrusted = p->message.untrusted};
	p->nth = json_integer_value(json_object_get(p->message.facts, "nth"));
	if (why != NULL)
		(void)snprintf(p->thread.why, sizeof(p->thread.why), "%s", why);
	if (p->thread.untrusted)
		strs_add_once(&p->judgement.warnings, "untrusted");
	if (p->message.cases == 0)
		return 0;
	return case_get(
	    p->w->db, p->w->vault, p->message.cases, &p->incident, e);
}

/* Mail to a community's list is no matter of a case, if it goes there, nor is
 * a word on held mail. */
static int
filing_relay(struct passage *p, struct err *e)
{
	bool post, held;

	if (command_place(p->w, &p->reading, &p->judgement, &p->message,
		&p->place, e) == -1)
		return -1;
	p->relay = p->place.relay;
	if ((!p->relay && approve_is_meant(p->w, &p->reading, &p->judgement,
			      &p->message, &p->relay, e) == -1) ||
	    discussion_place(p->w, &p->reading, &p->judgement, &p->message,
		&post, &held, e) == -1)
		return -1;
	if (p->replay_of != 0) {
		p->place.cases = 0;
		p->place.fresh = false;
	}
	if (!p->relay && !post && !held) {
		struct statement s;

		if (statement_read(p->w, &p->reading, &p->judgement,
			&p->message, &s, e) == -1)
			return -1;
		post = s.kind != STATEMENT_NONE;
		statement_free(&s);
	}
	p->relay = p->relay || post;
	if (held)
		strs_add_once(&p->judgement.warnings, "post-held");
	return 0;
}

static int
filing_claim_first(struct passage *p, struct err *e)
{
	struct message *m = &p->message;

	if (filing_thread(p, e) == -1)
		return -1;
	m->cases = p->incident.id;
	m->parent = p->thread.parent;
	m->untrusted = p->thread.untrusted;
	if (p->incident.id != 0)
		m->vault_key = p->incident.vault_key;
	else if (vault_key_create(p->w->vault, &m->vault_key, e) == -1)
		return -1;
	return 0;
}

/* Who is proven now may be trusted now, in the case where it is. */
static int
filing_trust_again(struct passage *p, struct err *e)
{
	struct message *m = &p->message;
	struct strs recipients = {0};
	struct thread_question q;
	struct thread found = {0};
	int rc = 0;

	if (m->cases == 0)
		return 0;
	rc = filing_question(p, &recipients, &q, e);
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

int
filing_again(struct passage *p, struct err *e)
{
	int64_t id = p->message.id;

	message_free(&p->message);
	if (message_get(p->w->db, id, &p->message, e) == -1 ||
	    filing_trust_again(p, e) == -1 || filing_claim_again(p, e) == -1 ||
	    filing_replay(p, e) == -1)
		return -1;
	filing_kind_reply(p);
	filing_label_case(p);
	if (filing_label_quoted(p, e) == -1)
		return -1;
	filing_fill(p);
	return 0;
}

int
filing_rejoin(struct passage *p, struct err *e)
{
	if (p->incident.id == 0 || p->message.untrusted)
		return 0;
	return filing_participant(p, e);
}

int
filing_opened(struct passage *p, bool *opened, struct err *e)
{
	int64_t id;

	if (case_titled_by(p->w->db, p->incident.id, &id, e) == -1)
		return -1;
	*opened = id == p->message.id;
	return 0;
}

int
filing_await(struct passage *p, struct err *e)
{
	const struct timespec pause = {.tv_nsec = FILING_AWAIT_MS * 1000000L};
	struct worker *w = p->w;

	for (int i = 0; i < FILING_AWAIT_TRIES; i++) {
		bool pending;

		if (thread_pending(w->db, p->reading.threads, p->message.id,
			clock_now(&w->clock), &pending, e) == -1)
			return -1;
		if (!pending)
			return 0;
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

static int
filing_refer(struct passage *p, struct err *e)
{
	const struct head *h = p->reading.threads;
	struct strs conversation = {0};
	int rc;

	if (message_adopt(p->w->db, &p->message, e) == -1)
		return -1;
	if (h == NULL)
		return 0;
	if (h->conversation != NULL)
		strs_add(&conversation, h->conversation);
	rc = message_refer(p->w->db, p->message.id, &conversation, e);
	strs_free(&conversation);
	if (rc == -1 ||
	    message_refer(p->w->db, p->message.id, &h->references, e) == -1 ||
	    message_refer(p->w->db, p->message.id, &h->in_reply_to, e) == -1)
		return -1;
	return 0;
}

/* What it is a word on, or is to do, beside telling something. */
static int
filing_meant(struct passage *p, struct err *e)
{
	struct worker *w = p->w;

	if (bounce_prove(w, &p->reading, p->message.id, &p->bounce, e) == -1 ||
	    bounce_find(w->db, &p->bounce, e) == -1 ||
	    tally_read(
		w, &p->reading, &p->judgement, &p->message, &p->tally, e) == -1)
		return -1;
	return filing_relay(p, e);
}

int
filing_claim(struct passage *p, struct err *e)
{
	struct worker *w = p->w;
	int64_t id = p->message.id;
	int rc = -1;

	if (db_begin(w->db, e) == -1)
		return -1;
	/* The row as it is inside the lock; an earlier try may have claimed. */
	message_free(&p->message);
	if (message_get(w->db, id, &p->message, e) == -1)
		goto out;
	rc = filing_replay(p, e);
	if (rc == 0 && !p->import)
		rc = filing_meant(p, e);
	if (rc == 0)
		rc = strcmp(p->message.step, "claimed") == 0
			 ? filing_claim_again(p, e)
			 : filing_claim_first(p, e);
	if (rc == -1)
		goto out;
	filing_kind_reply(p);
	filing_label_case(p);
	rc = filing_label_quoted(p, e);
	if (rc == -1)
		goto out;
	filing_fill(p);
	rc = message_claim(w->db, w->vault, &p->message, e);
	if (rc == 0)
		rc = filing_refer(p, e);
	if (rc == 0)
		rc = db_commit(w->db, e);
out:
	if (rc == -1)
		db_rollback(w->db);
	return rc;
}
