#include "worker/discussion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/alloc.h"
#include "cases/arrival.h"
#include "cases/loop.h"
#include "people/membership.h"
#include "worker/hiding.h"
#include "worker/release.h"
#include "worker/replytext.h"

/* --- which list, and whether the mail may be a post --- */

/* *named: the protected header names it; *shut: there is one, and does not. */
static int
discussion_find(struct worker *w, const struct reading *r,
    const struct message *m, struct community *out, bool *shut, struct err *e)
{
	struct strs to = {0};
	size_t inside;
	int rc;

	rc = arrival_addressees(
	    w->db, m->id, r->inner, r->outer, &to, &inside, e);
	for (size_t i = 0; i < to.count && rc == 0 && out->id == 0; i++) {
		struct err why = {0};

		if (community_find(w->db, to.item[i], out, &why) == -1) {
			if (why.code != ERR_NOINPUT)
				rc = err_set(e, why.code, "%s", why.text);
			continue;
		}
		if (strcmp(out->kind, "discussion") != 0)
			community_free(out);
		*shut = r->inner != NULL && inside > 0 && i >= inside;
	}
	strs_free(&to);
	return rc;
}

/* Machines' mail, and what a list of ours has sent: never passed on. */
static bool
discussion_is_noise(
    struct worker *w, const struct reading *r, const struct judgement *j)
{
	const struct part_table *t = &r->mail->table;
	enum kind kind = j->classification.kind;

	if (kind == KIND_BOUNCE || kind == KIND_AUTO_REPLY ||
	    kind == KIND_SPAM || loop_carried(w->vault, t))
		return true;
	/* Another list's mail is no member's own word. */
	return part_field(t, 0, "List-Id") != NULL ||
	       part_field(t, 0, "Auto-Submitted") != NULL;
}

const struct signature *
discussion_signature(
    const struct reading *r, const struct judgement *j, const struct contact *c)
{
	for (size_t i = 0; i < r->verdict.signatures; i++) {
		const struct signature *s = &r->verdict.signature[i];

		if (s->status != SIGNATURE_GOOD || !s->whole ||
		    j->signer[i] != c->id)
			continue;
		for (size_t k = 0; k < c->keys; k++)
			if (c->key[k].verified != VERIFIED_NONE &&
			    strcmp(c->key[k].fingerprint, s->fingerprint) == 0)
				return s;
	}
	return NULL;
}

/* One sentence where a member's own signed mail is no post; or NULL. */
static const char *
discussion_unfit(const struct reading *r, const struct message *m,
    const struct signature *s, bool shut)
{
	int64_t date = s->created;

	if (shut)
		return "its protected header does not name the list's address";
	if (r->inner != NULL && r->inner->date != 0)
		date = r->inner->date;
	if (date < m->received_at - COMMAND_AGE ||
	    date > m->received_at + COMMAND_AGE)
		return "its date is more than a day away";
	if (date < r->not_before || s->created < r->not_before)
		return COMMAND_BEFORE_RESTORE;
	return NULL;
}

/* What a mail program adds by itself would tell whose it is. */
static bool
discussion_drops(const struct attachment *a)
{
	static const char *const type[] = {"application/pgp-keys",
	    "application/pgp-signature", "application/ms-tnef", "text/vcard",
	    "text/x-vcard", "text/directory", NULL};

	for (size_t i = 0; type[i] != NULL; i++)
		if (strcmp(a->type, type[i]) == 0)
			return true;
	return strcasecmp(a->name, "winmail.dat") == 0 ||
	       strncasecmp(a->name, "OpenPGP_", 8) == 0;
}

/* Text, subject and attachments, without what would tell of any member. */
static int
discussion_content(struct worker *w, const struct reading *r,
    const struct community *c, struct command *out, struct err *e)
{
	const char *subject = r->subject == NULL ? "" : r->subject;
	struct outgoing *o = &out->request;
	struct hiding *h = NULL;
	struct buf line;

	if (!c->visible && hiding_make(w->db, c->id, &h, e) == -1)
		return -1;
	buf_init_secret(&o->text, 4 * r->text.len + 64);
	hiding_put(h, buf_str(&r->text), r->text.len, &o->text);
	buf_init_secret(&line, 4 * strlen(subject) + 64);
	hiding_put(h, subject, strlen(subject), &line);
	o->subject = buf_take_str(&line);
	out->kind = COMMAND_ANSWER;
	for (size_t i = 0; i < r->attachments; i++) {
		const struct attachment *a = &r->attachment[i];

		if (discussion_drops(a) || r->verdict.part[a->part].apart)
			continue;
		if (hiding_finds(h, (const char *)a->data.data, a->data.len) ||
		    hiding_finds(h, a->name, strlen(a->name))) {
			out->kind = COMMAND_REFUSED;
			out->reason = "an attachment holds a member's address"
				      " or key, which members of this list do"
				      " not show each other";
		}
		(void)outgoing_attach(
		    o, a->name, a->type, a->data.data, a->data.len);
	}
	hiding_free(h);
	return 0;
}

/* fingerprint: of the key that signed all of it; NULL: none that is theirs. */
static int
discussion_post(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m,
    const struct community *c, const char *fingerprint, struct command *out,
    struct err *e)
{
	char *to = xasprintf("community:%s", c->name);
	int64_t of = 0;

	out->request = (struct outgoing){.kind = xstrdup("post"),
	    .author = j->sender.contact,
	    .identity = fingerprint == NULL ? xasprintf("from:%s", j->from)
					    : xasprintf("key:%s", fingerprint),
	    .came_as = m->id,
	    .language = xstrdup(w->config->language),
	    .label_asked = !j->label.by_default,
	    .label = j->label.effective};
	strs_add(&out->request.to, to);
	free(to);
	/* What it answers was the list's: its label counts where it is quoted.
	 */
	if (m->parent != 0 &&
	    membership_of_message(w->db, m->parent, &of, e) == -1)
		return -1;
	if (of == c->id)
		out->request.answers = m->parent;
	out->post = c->id;
	return discussion_content(w, r, c, out, e);
}

/*
 * Not a post by itself: it waits for people, as a request that the gate holds
 * (worker/release.h). What strangers wrote stays with the team.
 */
static int
discussion_hold(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m,
    const struct community *c, struct command *out, struct err *e)
{
	char *identity = command_identity(r, j);
	const char *why = out->reason;
	bool proven = j->sender.evidence == EVIDENCE_SIGNATURE;
	int rc = 0;

	if (j->sender.contact != 0 && j->from != NULL && c->members > 0)
		rc = discussion_post(w, r, j, m, c,
		    proven ? identity + strlen("key:") : NULL, out, e);
	free(identity);
	/* What may not be shown to members is for no second person either. */
	if (rc == 0 && out->kind == COMMAND_REFUSED) {
		outgoing_free(&out->request);
		out->post = 0;
	}
	out->kind = COMMAND_HELD;
	out->reason = why;
	return rc;
}

/* As discussion_read, of mail to the list c. */
static int
discussion_judge(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m,
    const struct community *c, bool shut, struct command *out, struct err *e)
{
	const struct signature *s;
	struct contact who = {0};
	bool active;
	int rc = 0;

	if (discussion_is_noise(w, r, j))
		return 0;
	out->kind = COMMAND_HELD;
	out->reason = "it is not signed over all of it by a member's key";
	if (j->sender.evidence != EVIDENCE_SIGNATURE || j->sender.contact == 0)
		return discussion_hold(w, r, j, m, c, out, e);
	if (contact_get(w->db, j->sender.contact, &who, e) == -1 ||
	    membership_is_active(w->db, c->id, who.id, &active, e) == -1) {
		contact_free(&who);
		return -1;
	}
	s = discussion_signature(r, j, &who);
	if (s == NULL)
		out->reason = "the key that signed it was not verified";
	else if (!active)
		out->reason = "its author is no active member";
	else if ((out->reason = discussion_unfit(r, m, s, shut)) != NULL)
		out->kind = COMMAND_REFUSED;
	else
		rc = discussion_post(w, r, j, m, c, s->fingerprint, out, e);
	if (rc == 0 && out->kind == COMMAND_HELD)
		rc = discussion_hold(w, r, j, m, c, out, e);
	contact_free(&who);
	return rc;
}

int
discussion_read(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, struct command *out,
    struct err *e)
{
	struct community c = {0};
	bool shut = false;
	int rc = discussion_find(w, r, m, &c, &shut, e);

	*out = (struct command){.kind = COMMAND_NONE};
	if (rc == 0 && c.id != 0)
		rc = discussion_judge(w, r, j, m, &c, shut, out, e) == -1 ? -1
									  : 1;
	community_free(&c);
	return rc;
}

int
discussion_place(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, bool *relay, bool *held,
    struct err *e)
{
	struct command c;
	int rc = discussion_read(w, r, j, m, &c, e);

	*relay =
	    rc == 1 && (c.kind == COMMAND_ANSWER || c.kind == COMMAND_REFUSED);
	*held = rc == 1 && c.kind == COMMAND_HELD;
	command_free(&c);
	return rc == -1 ? -1 : 0;
}

/* --- what leaves --- */

void
discussion_fields(struct worker *w, const struct community *c, struct letter *l)
{
	const char *address =
	    c->address != NULL ? c->address : w->config->team_address;
	const char *domain = strrchr(address, '@');
	char mark[LOOP_MARK];
	char *field[] = {xasprintf("List-Id: <%s.%s>", c->name,
			     domain == NULL ? "localhost" : domain + 1),
	    strcmp(c->kind, "discussion") == 0
		? xasprintf("List-Post: <mailto:%s>", address)
		: xstrdup("List-Post: NO"),
	    xasprintf("List-Unsubscribe: <mailto:%s?subject=leave%%20%s>",
		w->config->team_address, c->name),
	    xstrdup("Precedence: list"),
	    xasprintf(
		"%s: %s", LOOP_FIELD, loop_mark(w->vault, &w->clock, mark))};

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		strs_add(&l->extra, field[i]);
		free(field[i]);
	}
}

char *
discussion_people(struct worker *w, const struct community *c,
    const struct contact *author, struct letter *l)
{
	char *name = xasprintf("%s via %s", author->name, c->name);

	l->from = (struct mailbox){
	    name, c->address != NULL ? c->address : w->config->team_address};
	if (strcmp(c->reply_to, "team") == 0)
		mailboxes_add(&l->reply_to, w->config->team_name,
		    w->config->team_address);
	else if (strcmp(c->reply_to, "author") == 0 && c->visible &&
		 author->addresses.count > 0)
		mailboxes_add(
		    &l->reply_to, author->name, author->addresses.item[0]);
	else
		mailboxes_add(&l->reply_to, c->name, l->from.address);
	return name;
}

void
discussion_block(const struct community *c, const struct contact *author,
    const char *identity, const struct message *post, struct buf *out)
{
	bool is_signed = strncmp(identity, "key:", 4) == 0;
	bool proven = release_is_members(c, author, identity);

	time_t at = (time_t)post->received_at;
	char when[32] = "";
	struct tm tm;

	if (gmtime_r(&at, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	buf_putf(out, "Posted to:  %s\nAuthor:     %s%s\n", c->name,
	    author->name, is_signed ? "" : " (not proven)");
	buf_putf(out, "Signature:  %s\nReceived:   %s UTC\n",
	    proven ? "good, by a verified key of the author, over all of it"
	    : is_signed
		? "not a member's by a verified key; the team passed it on"
		: "none that proves its author; the team passed it on",
	    when);
	if (c->visible && author->addresses.count > 0)
		buf_putf(out, "Address:    %s\n", author->addresses.item[0]);
	for (size_t i = 0; c->visible && proven && i < author->keys; i++)
		buf_putf(out, "Key:        %s\n", author->key[i].fingerprint);
	buf_puts(out, "----\n\n");
}
