#include "worker/command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "people/community.h"
#include "people/contact.h"
#include "worker/command_request.h"
#include "worker/command_target.h"
#include "worker/discussion.h"
#include "worker/replytext.h"
#include "worker/said.h"
#include "worker/statement.h"

#define COMMAND_NOTE_MAX (1U << 20) /* bytes, as of one that is typed */

void
command_free(struct command *c)
{
	outgoing_free(&c->request);
	order_free(&c->order);
	free(c->comment);
	strs_free(&c->lines);
	*c = (struct command){0};
}

char *
command_identity(const struct reading *r, const struct judgement *j)
{
	for (size_t i = 0; i < r->verdict.signatures; i++) {
		const struct signature *s = &r->verdict.signature[i];

		if (s->status == SIGNATURE_GOOD && s->whole &&
		    j->signer[i] == j->sender.contact)
			return xasprintf("key:%s", s->fingerprint);
	}
	return xstrdup("key:unknown");
}

static int64_t
command_signed_at(const struct reading *r, const struct judgement *j)
{
	for (size_t i = 0; i < r->verdict.signatures; i++)
		if (r->verdict.signature[i].status == SIGNATURE_GOOD &&
		    r->verdict.signature[i].whole &&
		    j->signer[i] == j->sender.contact)
			return r->verdict.signature[i].created;
	return 0;
}

const char *
command_unfit(
    const struct reading *r, const struct judgement *j, const struct message *m)
{
	int64_t date = r->inner == NULL ? 0 : r->inner->date;

	if (j->sender.evidence != EVIDENCE_SIGNATURE)
		return "it is not signed over all of it by your own key";
	if (r->verdict.encryption != ENCRYPTION_WHOLE)
		return "it is not encrypted, or not all of it";
	if (r->inner == NULL)
		return "its header is not protected (RFC 9788); switch that on"
		       " in your mail program";
	/* Older protection leaves Date outside; the signature has its own. */
	if (date == 0)
		date = command_signed_at(r, j);
	if (date < m->received_at - COMMAND_AGE ||
	    date > m->received_at + COMMAND_AGE ||
	    command_signed_at(r, j) < m->received_at - COMMAND_AGE)
		return "its date is more than a day away";
	if (date < r->not_before || command_signed_at(r, j) < r->not_before)
		return COMMAND_BEFORE_RESTORE;
	return NULL;
}

static bool
command_is_staff(const struct judgement *j)
{
	return j->sender.class == CLASS_STAFF && j->sender.contact != 0 &&
	       j->classification.kind != KIND_BOUNCE &&
	       j->classification.kind != KIND_AUTO_REPLY;
}

/*
 * What stands at the top of the first text. A label alone there is the text's
 * own, and no order.
 */
static void
command_head(const struct reading *r, struct pseudo_head *head)
{
	size_t len = r->texts.count == 0 ? 0 : strlen(r->texts.item[0]);
	bool orders = false;

	*head = (struct pseudo_head){.kind = PSEUDO_NONE};
	if (len > r->text.len ||
	    strncmp(buf_str(&r->text), len == 0 ? "" : r->texts.item[0], len) !=
		0)
		return;
	pseudo_head_read(buf_str(&r->text), len, head);
	for (size_t i = 0; i < head->lines; i++)
		orders = orders || head->line[i].word != PSEUDO_TLP;
	if (head->kind == PSEUDO_ORDERS && !orders)
		pseudo_head_free(head);
}

/* HTML may show what it quotes as anybody's own words. */
static bool
command_is_plain(const struct reading *r)
{
	return r->texts.count > 0 &&
	       strcmp(r->mail->table.part[r->first_text].type, "text/plain") ==
		   0;
}

/* --- the kinds of mail ------------------------------------------------------
 */

/* What a comment becomes in the case: the author's words, without our copy. */
static void
command_comment(const struct reading *r, const struct judgement *j,
    const struct case_file *incident, bool fresh, size_t from,
    struct command *out)
{
	const char *text = buf_str(&r->text);
	struct buf note;

	if (incident->id == 0 || fresh ||
	    j->sender.evidence != EVIDENCE_SIGNATURE)
		return;
	buf_init_secret(&note, COMMAND_NOTE_MAX);
	replytext_cut(text + from, r->text.len - from, &note);
	while (note.len > 0 && memchr(" \t\r\n", note.data[note.len - 1], 4))
		note.data[--note.len] = '\0';
	if (note.len > 0 && !note.over)
		out->comment = buf_take_str(&note);
	buf_free(&note);
	if (out->comment != NULL && out->kind == COMMAND_NONE)
		out->kind = COMMAND_COMMENT;
}

static bool
command_is_empty(const struct outgoing *o)
{
	const char *text = buf_str(&o->text);

	return o->attachments == 0 && text[strspn(text, " \t\r\n")] == '\0';
}

/* A mail that may order, to the team or to a case's reply address. */
static int
command_obey(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m,
    const struct case_file *incident, bool fresh, int64_t cases,
    const struct pseudo_head *head, struct command *out, struct err *e)
{
	size_t from = out->orders ? head->end : 0;
	struct contact author;
	int rc = 0;

	if (contact_get(w->db, j->sender.contact, &author, e) == -1)
		return -1;
	if (out->orders)
		rc = order_check(w,
		    &(struct order_question){.head = head,
			.reading = r,
			.author = &author,
			.incident = incident,
			.text = buf_str(&r->text) + from,
			.len = r->text.len - from,
			.answers = cases != 0},
		    &out->order, &out->reason, &out->lines, e);
	contact_free(&author);
	if (rc == -1 || out->reason != NULL)
		return rc;
	out->kind = COMMAND_ORDERS;
	if (cases != 0)
		rc = command_request_answer(w, r, j, m, cases, from, out, e);
	else if (out->order.to.count > 0 || out->order.facts.count > 0)
		rc = command_request_resend(w, r, j, m, incident, from, out, e);
	else if (order_leaves_comment(&out->order))
		command_comment(r, j, incident, fresh, from, out);
	if (rc == 0 && out->kind == COMMAND_ANSWER &&
	    command_is_empty(&out->request))
		out->reason = "there is no text in it that may leave";
	else if (rc == 0 && out->kind == COMMAND_ANSWER)
		rc = command_request_complete(w, out, e);
	return rc;
}

/* One sentence where its orders, or its address, do not count. */
static const char *
command_refused(const struct reading *r, const struct judgement *j,
    const struct message *m, const struct command_target *t,
    const struct pseudo_head *head, struct strs *lines)
{
	const char *why = command_unfit(r, j, m);

	if (why != NULL)
		return why;
	if (!t->protected)
		return "its protected header does not name the address"
		       " it was sent to";
	if (head->kind != PSEUDO_NONE && !command_is_plain(r))
		return "orders count in plain text alone; switch HTML off for"
		       " such a mail";
	if (head->kind != PSEUDO_BROKEN)
		return NULL;
	if (head->unknown != NULL)
		strs_add(lines, head->unknown);
	return head->mistake;
}

/* The words that its author may use. */
static int
command_words(struct worker *w, const struct judgement *j, struct strs *lines,
    struct err *e)
{
	struct contact author;

	if (contact_get(w->db, j->sender.contact, &author, e) == -1)
		return -1;
	strs_add(lines, "the words that there are:");
	order_words(lines, said_japanese(&author, w->config->language));
	contact_free(&author);
	return 0;
}

/* Its author says something of a community's members, in words of their own
 * (statement.h): these are no orders. */
static int
command_is_statement(
    struct worker *w, const struct command_question *q, bool *is, struct err *e)
{
	struct statement s;

	if (statement_read(w, q->reading, q->judgement, q->message, &s, e) ==
	    -1)
		return -1;
	*is = s.kind != STATEMENT_NONE;
	statement_free(&s);
	return 0;
}

static int
command_came_before(struct worker *w, const struct command_question *q,
    bool *seen, struct err *e)
{
	*seen = q->replayed;
	return *seen ? 0
		     : command_seen(w->db, q->reading, q->message->id, seen, e);
}

static int
command_to_team(struct worker *w, const struct command_question *q,
    const struct command_target *t, const struct pseudo_head *head,
    struct command *out, struct err *e)
{
	const struct reading *r = q->reading;
	const struct judgement *j = q->judgement;
	const struct message *m = q->message;
	bool seen = false, statement = false;

	if (head->kind == PSEUDO_BROKEN &&
	    command_is_statement(w, q, &statement, e) == -1)
		return -1;
	if (t->cases == 0 &&
	    (head->kind == PSEUDO_NONE || statement ||
		(head->lines == 0 && command_unfit(r, j, m) != NULL))) {
		command_comment(r, j, q->incident, q->fresh, 0, out);
		return 0;
	}
	out->orders = head->kind != PSEUDO_NONE;
	out->kind = COMMAND_REFUSED;
	out->reason = command_refused(r, j, m, t, head, &out->lines);
	if (out->reason != NULL && out->reason == head->mistake)
		return command_words(w, j, &out->lines, e);
	if (out->reason != NULL)
		return 0;
	if (command_came_before(w, q, &seen, e) == -1)
		return -1;
	if (seen) {
		out->kind = COMMAND_REPLAYED;
		out->reason = COMMAND_CAME_BEFORE;
		return 0;
	}
	if (command_obey(w, r, j, m, q->incident, q->fresh, t->cases, head, out,
		e) == -1)
		return -1;
	if (out->reason != NULL)
		out->kind = COMMAND_REFUSED;
	return 0;
}

/* Words that nobody writes to a community's members. */
static bool
command_is_misplaced(const struct pseudo_head *head)
{
	static const enum pseudo_word word[] = {PSEUDO_CASE, PSEUDO_TO,
	    PSEUDO_CC, PSEUDO_BCC, PSEUDO_FACTS, PSEUDO_JOIN, PSEUDO_STATUS,
	    PSEUDO_OWNER, PSEUDO_CLAIM, PSEUDO_RESEND, PSEUDO_RESEND_ENCRYPTED,
	    PSEUDO_SIGN, PSEUDO_ADD_KEY, PSEUDO_LIST_KEYS, PSEUDO_GET_KEY,
	    PSEUDO_LIST_NAME, PSEUDO_CASES, PSEUDO_HELP, PSEUDO_MERGE,
	    PSEUDO_MERGE_INTO, PSEUDO_MOVE, PSEUDO_SPLIT, PSEUDO_UNDO};

	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (pseudo_head_has(head, word[i]))
			return true;
	return false;
}

static int
command_to_community(struct worker *w, const struct command_question *q,
    const struct command_target *t, const struct pseudo_head *head,
    struct command *out, struct err *e)
{
	const struct reading *r = q->reading;
	const struct judgement *j = q->judgement;
	bool seen = false;

	out->kind = COMMAND_REFUSED;
	out->reason = command_unfit(r, j, q->message);
	if (out->reason == NULL && !t->protected)
		out->reason = "its protected header does not name the address"
			      " it was sent to";
	if (out->reason == NULL && command_is_misplaced(head))
		out->reason = "it begins with orders, which are for the team's"
			      " address and would reach all members";
	if (out->reason != NULL)
		return 0;
	if (command_came_before(w, q, &seen, e) == -1)
		return -1;
	if (seen) {
		out->kind = COMMAND_REPLAYED;
		out->reason = COMMAND_CAME_BEFORE;
		return 0;
	}
	return command_request_advisory(
	    w, r, j, q->message, &t->community, out, e);
}

/*
 * A signature of PoC or deputy over a part of a mail proves nobody, so the mail
 * is a stranger's; but who signed is told that it went nowhere.
 */
static int
command_partial(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, struct command *out,
    struct err *e)
{
	struct command_target t = {.cases = 0};
	struct contact c;
	int64_t signer = 0;
	int rc;

	for (size_t i = 0; i < r->verdict.signatures && signer == 0; i++)
		if (r->verdict.signature[i].status == SIGNATURE_GOOD &&
		    !r->verdict.signature[i].whole)
			signer = j->signer[i];
	if (signer == 0)
		return 0;
	if (contact_get(w->db, signer, &c, e) == -1)
		return -1;
	rc = c.class != CLASS_STAFF || c.removed
		 ? 0
		 : command_target_find(w, r, m, &t, e);
	contact_free(&c);
	if (rc == 0 && t.community.id != 0) {
		out->kind = COMMAND_REFUSED;
		out->author = signer;
		out->reason = "it is not signed over all of it by your own key";
	}
	community_free(&t.community);
	return rc;
}

int
command_read(struct worker *w, const struct command_question *q,
    struct command *out, struct err *e)
{
	const struct reading *r = q->reading;
	const struct judgement *j = q->judgement;
	const struct message *m = q->message;
	struct command_target t = {.cases = 0};
	struct pseudo_head head;
	int rc = discussion_read(w, r, j, m, out, e);

	out->author = j->sender.contact;
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	if (j->classification.kind == KIND_BOUNCE ||
	    j->classification.kind == KIND_AUTO_REPLY)
		return 0;
	if (!command_is_staff(j))
		return command_partial(w, r, j, m, out, e);
	if (command_target_find(w, r, m, &t, e) == -1)
		return -1;
	command_head(r, &head);
	rc = t.community.id != 0 ? command_to_community(w, q, &t, &head, out, e)
				 : command_to_team(w, q, &t, &head, out, e);
	pseudo_head_free(&head);
	community_free(&t.community);
	return rc;
}

/* --- where it belongs -------------------------------------------------------
 */

/* The case that a mail names which may order; not found: it is refused later.
 */
static int
command_place_case(struct worker *w, const struct pseudo_head *head,
    struct command_place *out, struct err *e)
{
	for (size_t i = 0; i < head->lines; i++) {
		struct case_file named;
		struct err why = {0};

		if (head->line[i].word != PSEUDO_CASE)
			continue;
		if (strcasecmp(head->line[i].value, "new") == 0) {
			out->fresh = true;
		} else if (case_find(w->db, NULL, head->line[i].value, &named,
			       &why) == 0) {
			out->cases = named.id;
			case_free(&named);
		} else if (why.code != ERR_NOINPUT && why.code != ERR_DATA) {
			return err_set(e, why.code, "%s", why.text);
		}
		return 0;
	}
	return 0;
}

int
command_place(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m,
    struct command_place *out, struct err *e)
{
	struct command_target t = {.cases = 0};
	struct strs lines = {0};
	struct pseudo_head head;
	bool seen = false;
	int rc = 0;

	*out = (struct command_place){.relay = false};
	if (j->sender.class != CLASS_STAFF)
		return 0;
	if (command_target_find(w, r, m, &t, e) == -1)
		return -1;
	out->relay = t.community.id != 0;
	community_free(&t.community);
	command_head(r, &head);
	/* Who reports an incident may begin with words that look like it. */
	if (!out->relay && t.cases == 0 && command_is_staff(j) &&
	    head.lines > 0 && j->sender.evidence == EVIDENCE_SIGNATURE &&
	    r->verdict.encryption == ENCRYPTION_WHOLE) {
		out->ordered = true;
		rc = command_seen(w->db, r, m->id, &seen, e);
		if (rc == 0 && !seen &&
		    command_refused(r, j, m, &t, &head, &lines) == NULL)
			rc = command_place_case(w, &head, out, e);
	}
	strs_free(&lines);
	pseudo_head_free(&head);
	return rc;
}
