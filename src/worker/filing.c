#include "worker/filing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "cases/floor.h"
#include "cases/rfc_id.h"
#include "worker/discussion.h"
#include "worker/placement.h"

#define FILING_AWAIT_MS 20
#define FILING_AWAIT_TRIES 1500 /* of 20 ms: half a minute in all */

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
	m->rfc_message_id = xstrdup_null(reading_message_id(r));
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

	if (placement_make(p, e) == -1)
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

int
filing_again(struct passage *p, struct err *e)
{
	int64_t id = p->message.id;

	message_free(&p->message);
	if (message_get(p->w->db, id, &p->message, e) == -1 ||
	    placement_trust_again(p, e) == -1 ||
	    filing_claim_again(p, e) == -1 || filing_replay(p, e) == -1)
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
	return placement_participant(p, e);
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

	if (rfc_id_adopt(p->w->db, &p->message, e) == -1)
		return -1;
	if (h == NULL)
		return 0;
	if (h->conversation != NULL)
		strs_add(&conversation, h->conversation);
	rc = rfc_id_refer(p->w->db, p->message.id, &conversation, e);
	strs_free(&conversation);
	if (rc == -1 ||
	    rfc_id_refer(p->w->db, p->message.id, &h->references, e) == -1 ||
	    rfc_id_refer(p->w->db, p->message.id, &h->in_reply_to, e) == -1)
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
