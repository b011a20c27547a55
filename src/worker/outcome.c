#include "worker/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/feed.h"
#include "cases/token.h"
#include "people/contact.h"
#include "worker/acknowledge.h"
#include "worker/record.h"
#include "worker/said.h"
#include "worker/told.h"

#define OUTCOME_PATIENCE 600 /* seconds for which orders wait for others */

static int
outcome_versions(
    struct passage *p, int64_t *people, int64_t *cases, struct err *e)
{
	*cases = 0;
	if (people_version(p->w->db, people, e) == -1)
		return -1;
	return p->incident.id == 0
		   ? 0
		   : case_version(p->w->db, p->incident.id, cases, e);
}

/* A command that came before commands nothing, and its author is told. What was
 * refused then is not told twice; nor is a member of a post, which anybody on
 * the list may send again. */
static int
outcome_replay(struct passage *p, struct err *e)
{
	struct command *c = &p->command;
	bool seen = p->replay_of != 0;

	if (c->kind != COMMAND_ANSWER && c->kind != COMMAND_ORDERS)
		return 0;
	if (!seen &&
	    command_seen(p->w->db, &p->reading, p->message.id, &seen, e) == -1)
		return -1;
	if (seen) {
		c->kind = COMMAND_REPLAYED;
		if (c->post == 0)
			c->reason = COMMAND_CAME_BEFORE;
	}
	return 0;
}

/* The sender is told what their word did: it is all that comes of the mail. */
static int
outcome_approve(struct passage *p, struct notices *out, struct err *e)
{
	struct contact sender = {0};
	struct told t = {.message = &p->message,
	    .author = &sender,
	    .subject = p->reading.subject == NULL ? "" : p->reading.subject,
	    .label = p->judgement.label.effective,
	    .done = p->approve.kind != APPROVE_REFUSED};
	char *line;
	int rc;

	if (p->approve.kind == APPROVE_REPLAYED)
		return 0;
	if (contact_get(p->w->db, p->judgement.sender.contact, &sender, e) ==
	    -1)
		return -1;
	line = xasprintf(
	    "%lld: %s", (long long)p->approve.message, p->approve.said);
	strs_add(&t.lines, line);
	free(line);
	rc = told_add(p->w, &t, out, e);
	strs_free(&t.lines);
	contact_free(&sender);
	return rc;
}

/* What came of it, and what was asked for, to the author alone. */
static int
outcome_tell(struct passage *p, struct notices *out, struct err *e)
{
	const struct command *c = &p->command;
	bool done = c->reason == NULL;
	const struct strs *lines = done ? &c->order.done : &c->lines;
	struct compose_attachment *file;
	struct contact author = {0};
	struct told t = {.message = &p->message,
	    .author = &author,
	    .case_name = p->incident.name,
	    .subject = p->reading.subject == NULL ? "" : p->reading.subject,
	    .label = p->judgement.label.effective,
	    .orders = c->orders,
	    .done = done,
	    .attachments = done ? c->order.files : 0};
	bool japanese;
	int rc;

	if (contact_get(p->w->db, c->author, &author, e) == -1)
		return -1;
	if (done && c->order.told > t.label)
		t.label = c->order.told;
	japanese = said_japanese(&author, p->w->config->language);
	if (!done)
		strs_add(&t.lines, said_in(japanese, c->reason));
	for (size_t i = 0; i < lines->count; i++)
		strs_add(&t.lines, said_in(japanese, lines->item[i]));
	file = xcalloc(t.attachments + 1, sizeof(*file));
	for (size_t i = 0; i < t.attachments; i++)
		file[i] =
		    (struct compose_attachment){.name = c->order.file[i].name,
			.type = c->order.file[i].type,
			.data = c->order.file[i].data.data,
			.len = c->order.file[i].data.len};
	t.attachment = file;
	rc = told_add(p->w, &t, out, e);
	free(file);
	strs_free(&t.lines);
	contact_free(&author);
	return rc;
}

static bool
outcome_japanese(struct passage *p, int64_t contact)
{
	struct contact c;
	bool japanese;

	if (contact_get(p->w->db, contact, &c, NULL) == -1)
		return false;
	japanese = said_japanese(&c, p->w->config->language);
	contact_free(&c);
	return japanese;
}

/* Another of the team has answered the same mail: it leaves all the same, and
 * its author learns that there are two. */
static int
outcome_rival(struct passage *p, struct err *e)
{
	struct command *c = &p->command;
	struct contact other;
	char *line;

	if (c->kind != COMMAND_ANSWER || c->request.answers == 0)
		return 0;
	if (outgoing_rival(p->w->db, c->request.answers, c->request.author, 0,
		&c->rival, e) == -1)
		return -1;
	if (c->rival.message == 0)
		return 0;
	if (contact_get(p->w->db, c->rival.contact, &other, e) == -1)
		return -1;
	line = xasprintf(
	    outcome_japanese(p, c->author)
		? "メッセージ %lld には %s (contact %lld) がメッセージ %lld "
		  "で先に返信しています。あなたの返信は2通目です"
		: "%lld was answered before by %s (contact %lld), as message"
		  " %lld; yours is a second answer",
	    (long long)c->request.answers, other.name, (long long)other.id,
	    (long long)c->rival.message);
	strs_add(&c->order.done, line);
	free(line);
	contact_free(&other);
	return 0;
}

/* Cases and messages that cannot be regrouped so: then nothing else is done
 * either. A case that was split off is named to who asked. */
static void
outcome_regrouped(struct passage *p)
{
	struct command *c = &p->command;

	if (c->kind != COMMAND_ORDERS || c->order.regroup.act == ORDER_NO_ACT)
		return;
	if (p->apart != NULL) {
		c->kind = COMMAND_REFUSED;
		c->reason = "its cases or messages stay where they are";
		strs_add(&c->lines, p->apart);
	} else if (p->opened != NULL) {
		strs_add(&c->order.done, p->opened);
	}
}

/* 1: the answers to the same mail are those that its author learns of. */
static int
outcome_rival_stands(struct passage *p, struct err *e)
{
	const struct command *c = &p->command;
	struct outgoing_rival now;

	if (c->kind != COMMAND_ANSWER || c->request.answers == 0)
		return 1;
	if (outgoing_rival(p->w->db, c->request.answers, c->request.author, 0,
		&now, e) == -1)
		return -1;
	return now.message == c->rival.message;
}

/* What a staff member's mail asks for; its author is told what came of it. */
static int
outcome_command(struct passage *p, struct notices *out, struct err *e)
{
	const struct command *c = &p->command;
	const struct command_question q = {.reading = &p->reading,
	    .judgement = &p->judgement,
	    .message = &p->message,
	    .incident = &p->incident,
	    .fresh = p->case_is_new,
	    .replayed = p->replay_of != 0};

	command_free(&p->command);
	if (command_read(p->w, &q, &p->command, e) == -1 ||
	    outcome_replay(p, e) == -1 || outcome_rival(p, e) == -1)
		return -1;
	outcome_regrouped(p);
	if ((c->kind == COMMAND_REFUSED && p->replay_of == 0) ||
	    (c->kind == COMMAND_REPLAYED && c->reason != NULL) ||
	    c->rival.message != 0 ||
	    (c->orders &&
		(c->kind == COMMAND_ORDERS || c->kind == COMMAND_ANSWER)))
		return outcome_tell(p, out, e);
	return 0;
}

/* What is said about joining a community, where nothing else is asked. */
static int
outcome_statement(struct passage *p, struct notices *out, struct err *e)
{
	statement_free(&p->statement);
	if ((p->command.kind != COMMAND_NONE &&
		p->command.kind != COMMAND_COMMENT) ||
	    p->replay_of != 0)
		return 0;
	if (statement_read(p->w, &p->reading, &p->judgement, &p->message,
		&p->statement, e) == -1)
		return -1;
	return statement_tell(p->w, &p->statement, &p->message,
	    p->judgement.label.effective, out, e);
}

/* Where staff answer the outside party of the case; the caller's, or NULL. */
static char *
outcome_reply_address(struct passage *p)
{
	if (p->incident.id == 0 || !p->read ||
	    p->judgement.sender.class == CLASS_STAFF)
		return NULL;
	return token_address(p->w->vault, p->w->config->team_address,
	    TOKEN_REPLY, p->incident.id, "");
}

/* The automatic answer leaves with the commit, or never. */
static int
outcome_acknowledge(struct passage *p, const struct notice *n,
    struct notices *out, struct err *e)
{
	struct draft d;

	p->acknowledged = false;
	/* Who sent it the first time has one; a list's mail gets no answer but
	 * the post itself. */
	if (!p->read || p->replay_of != 0 || p->relay)
		return 0;
	if (acknowledge_make(p->w, n, &p->judgement, &d, &p->acknowledged, e) ==
	    -1)
		return -1;
	if (p->acknowledged)
		*notices_add(out) = d;
	return 0;
}

static struct notice
outcome_notice(const struct passage *p)
{
	return (struct notice){.message = &p->message,
	    .case_name = p->incident.name,
	    .case_title = p->incident.title,
	    .case_is_new = p->case_is_new,
	    .reading = p->read ? &p->reading : NULL,
	    .label = p->read ? p->judgement.label.effective : NOROSHI_TLP_AMBER,
	    .from_outside =
		!p->read || p->judgement.sender.class != CLASS_STAFF,
	    .reason = p->reason};
}

int
outcome_look(struct passage *p, struct err *e)
{
	return outcome_versions(p, &p->people, &p->case_version, e);
}

int
outcome_copies(struct passage *p, struct notices *out, struct err *e)
{
	char *reply_address = outcome_reply_address(p);
	struct strs gone = {0};
	struct notice n = outcome_notice(p);
	int rc = outcome_look(p, e);

	n.reply_address = reply_address;
	n.gone = &gone;
	bounce_gone(&p->bounce, &gone);
	*out = (struct notices){0};
	if (rc == 0 && feed_is_told(p->nth))
		rc = notify_make(p->w, &n, out, e);
	strs_free(&gone);
	free(reply_address);
	return rc;
}

/* 1: it is a word on held mail, and nothing else; 0: not; -1: failed. */
static int
outcome_word(struct passage *p, struct notices *out, struct err *e)
{
	approve_free(&p->approve);
	*out = (struct notices){0};
	if (!p->read)
		return 0;
	/* The word is judged by what stands when the commit compares. */
	if (outcome_look(p, e) == -1 ||
	    approve_read(p->w, &p->reading, &p->judgement, &p->message,
		&p->approve, e) == -1)
		return -1;
	if (p->approve.kind == APPROVE_NONE)
		return 0;
	if (p->replay_of != 0) {
		approval_free(&p->approve.approval);
		p->approve.kind = APPROVE_REPLAYED;
	}
	command_free(&p->command);
	statement_free(&p->statement);
	p->acknowledged = false;
	return outcome_approve(p, out, e) == -1 ? -1 : 1;
}

int
outcome_seal(struct passage *p, struct notices *out, struct err *e)
{
	struct notice n = outcome_notice(p);
	int rc;

	if (p->import) {
		/* Nobody gets a copy, and nothing it asks for is done. */
		*out = (struct notices){0};
		return outcome_look(p, e);
	}
	rc = outcome_word(p, out, e);
	if (rc != 0)
		return rc == -1 ? -1 : 0;
	if (outcome_copies(p, out, e) == -1)
		return -1;
	if ((!p->read || (outcome_command(p, out, e) == 0 &&
			     outcome_statement(p, out, e) == 0)) &&
	    outcome_acknowledge(p, &n, out, e) == 0)
		return 0;
	notices_free(p->w, out, true);
	return -1;
}

/* 1: it is the first of its kind, or orders nothing; 0: it came just now in
 * another worker, and is a replay; -1: failed. */
static int
outcome_once(struct passage *p, struct err *e)
{
	if (p->command.kind != COMMAND_ANSWER &&
	    p->command.kind != COMMAND_ORDERS)
		return 1;
	return command_once(p->w->db, &p->reading, p->message.id, e);
}

/* Time mends it: a message of theirs is in another worker's hands. But two
 * mails that wait for each other would do so for ever. */
static bool
outcome_waits(const struct passage *p, const struct err *why)
{
	return why->code == ERR_TEMP &&
	       clock_now(&p->w->clock) <
		   p->message.received_at + OUTCOME_PATIENCE;
}

/*
 * What becomes of cases and messages, when this one is in nobody's hands any
 * more. 1: done, or nothing asked; 0: its author is to be told otherwise; -1:
 * failed.
 */
static int
outcome_regroup(struct passage *p, struct err *e)
{
	const struct command *c = &p->command;
	struct err why = {0};
	char *opened;

	if (c->kind != COMMAND_ORDERS || c->order.regroup.act == ORDER_NO_ACT)
		return 1;
	if (order_regroup(p->w, &c->order, c->author, p->message.id, &opened,
		&why) == -1) {
		if (outcome_waits(p, &why) ||
		    (why.code != ERR_DATA && why.code != ERR_NOINPUT &&
			why.code != ERR_DENIED && why.code != ERR_TEMP))
			return err_set(e, why.code, "%s", why.text);
		free(p->apart);
		p->apart = xstrdup(why.text);
		return 0;
	}
	if (opened == NULL ||
	    (p->opened != NULL && strcmp(p->opened, opened) == 0)) {
		free(opened);
		return 1;
	}
	free(p->opened);
	p->opened = opened;
	return 0;
}

int
outcome_unchanged(struct passage *p, bool *same, struct err *e)
{
	int64_t people, cases;

	if (outcome_versions(p, &people, &cases, e) == -1)
		return -1;
	*same = people == p->people && cases == p->case_version;
	return 0;
}

/* 1: committed; 0: something changed since the seal; -1: failed. */
int
outcome_commit(struct passage *p, const struct notices *n, struct err *e)
{
	struct worker *w = p->w;
	bool same;
	int rc = -1;

	if (db_begin(w->db, e) == -1)
		return -1;
	if (outcome_unchanged(p, &same, e) == -1)
		goto out;
	if (!same) {
		rc = 0;
		goto out;
	}
	if (p->approve.kind != APPROVE_NONE) {
		rc =
		    approve_stands(w->db, clock_now(&w->clock), &p->approve, e);
		if (rc != 1)
			goto out;
		rc = -1;
	}
	if (p->acknowledged) {
		const struct notice of = {.message = &p->message};

		rc = acknowledge_record(w, &of, &p->judgement, e);
		if (rc != 1)
			goto out;
		rc = -1;
	}
	rc = outcome_rival_stands(p, e);
	if (rc == 1)
		rc = outcome_once(p, e);
	if (rc != 1)
		goto out;
	rc = -1;
	if (record_outcome(p, n, e) == -1 ||
	    message_finish(w->db, p->message.id,
		p->read ? "processed" : "quarantined", e) == -1)
		goto out;
	rc = outcome_regroup(p, e);
	if (rc != 1)
		goto out;
	rc = -1;
	if (db_commit(w->db, e) == -1)
		goto out;
	return 1;
out:
	db_rollback(w->db);
	return rc;
}
