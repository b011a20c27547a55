#include "worker/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/duty.h"
#include "cases/echo.h"
#include "cases/trait.h"
#include "cases/feed.h"
#include "cases/service.h"
#include "people/membership.h"
#include "people/wanted.h"
#include "queue/delivery_act.h"
#include "worker/escalation.h"
#include "worker/handed.h"

static int
record_statement(struct passage *p, struct err *e)
{
	static const char *const event[] = {
	    [STATEMENT_APPLY] = "community.applied",
	    [STATEMENT_SPONSOR] = "community.sponsored",
	    [STATEMENT_REFUSED] = "community.statement-refused"};
	const struct statement *s = &p->statement;

	if (s->kind == STATEMENT_NONE)
		return 0;
	if (statement_book(p->w, s, p->message.id, e) == -1)
		return -1;
	return passage_audit(p, event[s->kind],
	    json_pack("{s:s, s:I, s:b, s:s?}", "community", s->community,
		"candidate", (json_int_t)s->application.contact, "enough",
		(int)s->enough, "why", s->reason),
	    e);
}

static json_t *
record_judged(const struct passage *p)
{
	static const char *const names[] = {"sender", "classification", "tlp",
	    "encryption", "warnings", "thread", "quarantine"};
	json_t *detail = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *v = json_object_get(p->message.facts, names[i]);

		if (v != NULL)
			json_object_set(detail, names[i], v);
	}
	return detail;
}

static int
record_note(struct passage *p, struct err *e)
{
	struct worker *w = p->w;

	if (p->command.comment == NULL)
		return 0;
	if (case_note_add(w->db, w->vault, clock_now(&w->clock), p->incident.id,
		p->judgement.sender.contact, p->command.comment, e) == -1)
		return -1;
	return passage_audit(
	    p, "case.noted", json_pack("{s:s}", "by", "mail"), e);
}

static int
record_request(struct passage *p, struct err *e)
{
	struct worker *w = p->w;
	struct command *c = &p->command;
	struct advisory a = {.community = c->community};

	if (c->kind != COMMAND_ANSWER &&
	    (c->kind != COMMAND_HELD || c->post == 0))
		return 0;
	if (c->rival.message != 0 &&
	    passage_audit(p, "outgoing.collision",
		json_pack("{s:I, s:I, s:I}", "answers",
		    (json_int_t)c->request.answers, "by",
		    (json_int_t)c->rival.contact, "message",
		    (json_int_t)c->rival.message),
		e) == -1)
		return -1;
	if (outgoing_create(w->db, w->vault, w->spool, clock_now(&w->clock),
		&c->request, e) == -1)
		return -1;
	a.message = c->request.message;
	if (c->community != 0 && advisory_add(w->db, &a, e) == -1)
		return -1;
	return c->post == 0 ? 0
			    : membership_posted(w->db, c->request.message,
				  c->post, c->request.author, e);
}

/* A comment that comes again is another copy, and no other note. */
static int
record_comment(struct passage *p, struct err *e)
{
	int rc;

	if (p->replay_of != 0)
		return 0;
	rc = command_once(p->w->db, &p->reading, p->message.id, e);
	return rc == 1 ? record_note(p, e) : rc;
}

static int
record_replay(struct passage *p, struct err *e)
{
	const char *why = p->command.reason;

	if (p->command.kind == COMMAND_REPLAYED && why != NULL &&
	    passage_audit(
		p, "command.refused", json_pack("{s:s}", "why", why), e) == -1)
		return -1;
	return passage_audit(p, "command.replayed",
	    p->replay_of == 0
		? NULL
		: json_pack("{s:I}", "first", (json_int_t)p->replay_of),
	    e);
}

/* A case that a refused mail had ordered is nobody's to work on. */
static int
record_close_case(struct passage *p, struct err *e)
{
	struct worker *w = p->w;
	struct case_file *c = &p->incident;

	if (!p->place.fresh || !p->case_is_new)
		return 0;
	free(c->state);
	c->state = xstrdup("closed");
	c->closed_at = clock_now(&w->clock);
	c->owed = false;
	if (duty_settle_case(w->db, c->id, 0, c->closed_at, e) == -1)
		return -1;
	if (case_note_add(w->db, w->vault, c->closed_at, c->id, 0,
		"The mail that ordered this case was refused, and nothing of"
		" it was done.",
		e) == -1 ||
	    case_update(w->db, c, e) == -1)
		return -1;
	return passage_audit(p, "case.closed",
	    json_pack("{s:s}", "why", "its mail was refused"), e);
}

/* All that a mail orders is written with all the rest, or never. */
static int
record_command(struct passage *p, struct err *e)
{
	struct command *c = &p->command;

	switch (c->kind) {
	case COMMAND_NONE:
		return 0;
	case COMMAND_COMMENT:
		return record_comment(p, e);
	case COMMAND_REPLAYED:
		return record_replay(p, e);
	case COMMAND_REFUSED:
	case COMMAND_HELD:
		if (p->replay_of != 0)
			return record_replay(p, e);
		if (passage_audit(p,
			c->kind == COMMAND_HELD ? "post.held"
						: "command.refused",
			json_pack("{s:s}", "why", c->reason), e) == -1 ||
		    record_request(p, e) == -1)
			return -1;
		return record_close_case(p, e);
	case COMMAND_ANSWER:
	case COMMAND_ORDERS:
		break;
	}
	if ((c->request.then == NULL &&
		order_carry(p, &c->order, c->kind == COMMAND_ANSWER, e) ==
		    -1) ||
	    record_note(p, e) == -1 || record_request(p, e) == -1)
		return -1;
	return passage_audit(p, "command.obeyed",
	    json_pack("{s:s, s:o}", "kind",
		c->kind == COMMAND_ANSWER ? c->request.kind : "orders",
		"message",
		c->kind == COMMAND_ANSWER ? json_integer(c->request.message)
					  : json_null()),
	    e);
}

/* A member whose copies come back gets no more of them. */
static int
record_member_bounced(struct passage *p, json_t *detail, struct err *e)
{
	int64_t now = clock_now(&p->w->clock), community, contact;
	const char *action =
	    json_string_value(json_object_get(detail, "action"));

	if (action == NULL || strcmp(action, "failed") != 0)
		return 0;
	if (delivery_member_failed(p->w->db,
		json_integer_value(json_object_get(detail, "delivery")), now,
		&community, &contact, e) == -1)
		return -1;
	if (community == 0)
		return 0;
	return passage_audit(p, "community.bounce-disabled",
	    json_pack("{s:I, s:I}", "community", (json_int_t)community,
		"member", (json_int_t)contact),
	    e);
}

static int
record_tally(struct passage *p, struct err *e)
{
	const struct tally *t = &p->tally;

	if (!p->read || t->of.number == 0)
		return 0;
	if (tally_record(p->w, t, &p->message, e) == -1)
		return -1;
	return passage_audit(p, "advisory.answered",
	    json_pack("{s:I, s:s, s:b}", "number", (json_int_t)t->of.number,
		"word", t->proven ? t->word : "ack", "proven", (int)t->proven),
	    e);
}

static int
record_approve(struct passage *p, struct err *e)
{
	if (p->approve.kind == APPROVE_REFUSED &&
	    passage_audit(p, "command.refused",
		json_pack("{s:s}", "why", p->approve.said), e) == -1)
		return -1;
	if (p->approve.kind == APPROVE_REPLAYED)
		return passage_audit(p, "command.replayed",
		    p->replay_of == 0
			? NULL
			: json_pack("{s:I}", "first", (json_int_t)p->replay_of),
		    e);
	return approve_commit(p->w, &p->reading, &p->approve, p->message.id, e);
}

static int
record_bounced(void *ctx, json_t *detail, struct err *e)
{
	struct passage *p = ctx;

	if (record_member_bounced(p, detail, e) == -1) {
		json_decref(detail);
		return -1;
	}
	return passage_audit(p, "delivery.bounced", detail, e);
}

int
record_want(struct passage *p, struct err *e)
{
	const struct verdict *v = &p->reading.verdict;
	struct strs signers = {0};
	int64_t people;
	int rc;

	if (!p->read)
		return 0;
	for (size_t i = 0; i < v->signatures; i++)
		if (p->judgement.signer[i] == 0 &&
		    v->signature[i].status == SIGNATURE_GOOD)
			strs_add_once(&signers, v->signature[i].fingerprint);
	for (size_t i = 0; i < v->missing.count; i++)
		strs_add_once(&signers, v->missing.item[i]);
	rc = wanted_set(p->w->db, p->message.id, &signers,
	    v->encryption == ENCRYPTION_FAILED, &v->recipients, e);
	strs_free(&signers);
	if (rc == 0)
		rc = people_version(p->w->db, &people, e);
	if (rc == 0 && people != p->read_people)
		rc = wanted_again(p->w->db, p->message.id, e);
	return rc;
}

static int
record_draft(struct passage *p, const struct draft *d, struct err *e)
{
	struct worker *w = p->w;

	if (draft_insert(
		w->db, clock_now(&w->clock), d, w->config->transport, e) == -1)
		return -1;
	for (size_t k = 0; k < d->copies; k++)
		if (passage_audit(p, "copy.decided",
			json_pack("{s:s, s:s, s:s, s:s, s:s?}", "recipient",
			    d->copy[k].recipient, "decision",
			    noroshi_decision_name(d->copy[k].answer.decision),
			    "rule", d->copy[k].answer.rule, "reason",
			    d->copy[k].reason, "encrypted_to",
			    d->copy[k].encrypted_to[0] == '\0'
				? NULL
				: d->copy[k].encrypted_to),
			e) == -1)
			return -1;
	return 0;
}

int
record_copies(struct passage *p, const struct notices *n, struct err *e)
{
	for (size_t i = 0; i < n->drafts; i++)
		if (record_draft(p, &n->draft[i], e) == -1)
			return -1;
	for (size_t i = 0; i < n->refused.count; i++)
		if (passage_audit(p, "copy.refused",
			json_pack("{s:s}", "copy", n->refused.item[i]),
			e) == -1)
			return -1;
	if (p->approve.kind != APPROVE_NONE)
		return 0; /* its sender alone is told */
	if (!feed_is_told(p->nth))
		return passage_audit(p, "message.collapsed",
		    json_pack("{s:I}", "nth", (json_int_t)p->nth), e);
	if (n->readers == 0)
		return passage_audit(p, "message.no-reader", NULL, e);
	for (size_t i = 0; i < n->readers; i++)
		if (message_reader_add(
			p->w->db, p->message.id, n->reader[i], e) == -1)
			return -1;
	return 0;
}

/* Who writes into a case has seen it; and its terms are those of now. */
static int
record_life(struct passage *p, struct err *e)
{
	int64_t now = clock_now(&p->w->clock);
	struct worker *w = p->w;
	bool wrote = p->command.kind == COMMAND_COMMENT ||
		     p->command.kind == COMMAND_ANSWER ||
		     p->command.kind == COMMAND_ORDERS;

	/* What nobody could read is the last that should lie unseen. */
	if (!p->read && (duty_add(w->db, p->message.id, false, e) == -1 ||
			    escalation_arm(w, p->message.id, p->incident.id,
				false, e) == -1))
		return -1;
	if (p->incident.id == 0)
		return 0;
	if (wrote && duty_seen_case(w->db, p->incident.id,
			 p->judgement.sender.contact, now, e) == -1)
		return -1;
	return service_refresh(w->db, w->config, p->incident.id, now, e);
}

/* What an archive's mail leaves: what it may have to do with other mail, and
 * nothing that anybody waits for. */
static int
record_import(struct passage *p, struct err *e)
{
	if (passage_audit(p, "message.imported",
		json_pack("{s:b}", "ours", (int)p->ours), e) == -1 ||
	    (p->read &&
		(echo_keep(p->w->db, p->w->vault, &p->message, e) == -1 ||
		    trait_keep(p->w->db, p->w->vault, &p->message, e) == -1)))
		return -1;
	return record_want(p, e);
}

int
record_outcome(struct passage *p, const struct notices *n, struct err *e)
{
	if (passage_audit(p, p->read ? "message.judged" : "message.quarantined",
		record_judged(p), e) == -1)
		return -1;
	if (p->import)
		return record_import(p, e);
	if (record_copies(p, n, e) == -1 || record_tally(p, e) == -1 ||
	    bounce_book(p->w, &p->bounce, record_bounced, p, e) == -1 ||
	    record_command(p, e) == -1 || record_approve(p, e) == -1 ||
	    record_statement(p, e) == -1 || handed_presence(p, e) == -1 ||
	    record_life(p, e) == -1 ||
	    echo_keep(p->w->db, p->w->vault, &p->message, e) == -1 ||
	    trait_keep(p->w->db, p->w->vault, &p->message, e) == -1 ||
	    record_want(p, e) == -1)
		return -1;
	return keymail_record(p, &p->keys, e);
}
