#include "worker/command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/arrival.h"
#include "cases/token.h"
#include "people/community.h"
#include "people/contact.h"
#include "worker/discussion.h"
#include "worker/replytext.h"

void
command_free(struct command *c)
{
	outgoing_free(&c->request);
	strs_free(&c->lines);
	*c = (struct command){0};
}

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

/* What a mail program adds by itself, and what tells whose program it is. */
static bool
command_added(const struct attachment *a)
{
	static const char *const type[] = {"application/pgp-keys",
	    "application/pgp-signature", "application/ms-tnef", "text/vcard",
	    "text/x-vcard", "text/directory", NULL};
	size_t n = strlen(a->name);

	for (size_t i = 0; type[i] != NULL; i++)
		if (strcmp(a->type, type[i]) == 0)
			return true;
	return strcasecmp(a->name, "winmail.dat") == 0 ||
	       strncasecmp(a->name, "OpenPGP_", 8) == 0 ||
	       (n > 4 && strcasecmp(a->name + n - 4, ".vcf") == 0);
}

/*
 * Who sent it to us cannot read it: we could. Passed on it would be decrypted
 * for others; left out, its author would take it for sent.
 */
static const char *
command_apart(const struct reading *r, struct strs *lines)
{
	const char *why = NULL;

	for (size_t i = 0; i < r->attachments; i++) {
		const struct attachment *a = &r->attachment[i];

		if (!r->verdict.part[a->part].apart)
			continue;
		strs_add(lines, a->name);
		why = "it holds what was encrypted by itself, apart from the"
		      " mail, and that is never passed on decrypted; attach"
		      " what is meant to leave as it is";
	}
	return why;
}

/* One sentence where the content may not leave; NULL: it may. */
static const char *
command_telling(const struct outgoing *o, const struct contact *author,
    const char *reply_address)
{
	const char *text = buf_str(&o->text);
	size_t len = o->text.len;

	if (replytext_has(text, len, "OpenPGP: encryption=") ||
	    replytext_has(text, len, "暗号・署名: encryption=") ||
	    (reply_address != NULL && replytext_has(text, len, reply_address)))
		return "it still holds lines of what the gateway wrote on top"
		       " of your copy; take them out";
	if (replytext_says(text, len, author->name) ||
	    replytext_has(o->subject, strlen(o->subject), author->name))
		return "it holds your own name and would leave as the team's;"
		       " take it out";
	for (size_t i = 0; i < author->addresses.count; i++) {
		const char *address = author->addresses.item[i];

		if (replytext_has(text, len, address) ||
		    replytext_has(o->subject, strlen(o->subject), address))
			return "it holds your own address and would leave as"
			       " the team's; take it out";
		for (size_t k = 0; k < o->attachments; k++)
			if (strncmp(o->attachment[k].type, "message/", 8) ==
				0 &&
			    replytext_has(buf_str(&o->attachment[k].data),
				o->attachment[k].data.len, address))
				return "it encloses a mail that holds your own"
				       " address; take it out";
	}
	return NULL;
}

static int
command_content(struct worker *w, const struct reading *r,
    const struct judgement *j, struct command *out, struct err *e)
{
	struct outgoing *o = &out->request;
	struct contact *list, author;
	char *address = o->cases == 0
			    ? NULL
			    : token_address(w->vault, w->config->team_address,
				  TOKEN_REPLY, o->cases, "");
	size_t count;
	int rc = -1;

	buf_init_secret(&o->text, r->text.len + 1);
	replytext_cut(buf_str(&r->text), r->text.len, &o->text);
	for (size_t i = 0; i < r->attachments; i++) {
		const struct attachment *a = &r->attachment[i];

		if (!command_added(a))
			(void)outgoing_attach(
			    o, a->name, a->type, a->data.data, a->data.len);
	}
	if (contact_list(w->db, NULL, &list, &count, e) == -1)
		goto out;
	replytext_unname(list, count, &o->text);
	contact_list_free(list, count);
	if (contact_get(w->db, j->sender.contact, &author, e) == -1)
		goto out;
	out->reason = command_apart(r, &out->lines);
	if (out->reason == NULL)
		out->reason = command_telling(o, &author, address);
	out->kind = out->reason == NULL ? COMMAND_ANSWER : COMMAND_REFUSED;
	contact_free(&author);
	rc = 0;
out:
	free(address);
	return rc;
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

static int
command_answer(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, int64_t cases,
    struct command *out, struct err *e)
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
	rc = command_content(w, r, j, out, e);
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

static int
command_advisory(struct worker *w, const struct reading *r,
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
	if (command_content(w, r, j, out, e) == -1)
		return -1;
	if (out->kind == COMMAND_ANSWER)
		out->reason = command_label_unfit(j);
	if (out->reason != NULL)
		out->kind = COMMAND_REFUSED;
	return 0;
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
	return NULL;
}

/*
 * The case or the community that the mail is for. *protected: its protected To
 * or Cc says so. The envelope and the outer header, which anybody on the way
 * writes, only show that it was meant to command.
 */
static int
command_targets(struct worker *w, const struct reading *r,
    const struct message *m, int64_t *cases, struct community *community,
    bool *protected, struct err *e)
{
	struct strs to = {0};
	size_t inside;
	int rc = 0;

	*cases = 0;
	*protected = false;
	for (size_t i = 0; r->inner != NULL && i < r->inner->to.count; i++)
		strs_add(&to, r->inner->to.item[i].address);
	for (size_t i = 0; r->inner != NULL && i < r->inner->cc.count; i++)
		strs_add(&to, r->inner->cc.item[i].address);
	inside = to.count;
	rc = arrival_recipients(w->db, m->id, r->outer, &to, e);
	for (size_t i = 0; i < to.count && rc == 0 && *cases == 0; i++) {
		enum token_kind kind;
		struct err why = {0};
		bool by_other;

		rc = token_read(w->db, w->vault, w->config->team_address,
		    to.item[i], NULL, &kind, cases, &by_other, e);
		if (rc == 0 && kind != TOKEN_REPLY)
			*cases = 0;
		if (rc == 0 && *cases == 0 && community->id == 0 &&
		    community_find(w->db, to.item[i], community, &why) == -1 &&
		    why.code != ERR_NOINPUT)
			rc = err_set(e, why.code, "%s", why.text);
		if (*cases != 0 || community->id != 0) {
			*protected = i < inside;
			break;
		}
	}
	strs_free(&to);
	return rc;
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
	struct community community = {0};
	struct contact c;
	bool protected;
	int64_t cases, signer = 0;
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
		 : command_targets(w, r, m, &cases, &community, &protected, e);
	contact_free(&c);
	if (rc == 0 && community.id != 0) {
		out->kind = COMMAND_REFUSED;
		out->author = signer;
		out->reason = "it is not signed over all of it by your own key";
	}
	community_free(&community);
	return rc;
}

int
command_read(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, struct command *out,
    struct err *e)
{
	struct community community = {0};
	bool protected;
	int64_t cases;
	int rc = 0;

	rc = discussion_read(w, r, j, m, out, e);
	if (rc != 0) {
		out->author = j->sender.contact;
		return rc == 1 ? 0 : -1;
	}
	*out =
	    (struct command){.kind = COMMAND_NONE, .author = j->sender.contact};
	if (j->classification.kind == KIND_BOUNCE ||
	    j->classification.kind == KIND_AUTO_REPLY)
		return 0;
	if (j->sender.class != CLASS_STAFF || j->sender.contact == 0)
		return command_partial(w, r, j, m, out, e);
	if (command_targets(w, r, m, &cases, &community, &protected, e) == -1)
		return -1;
	if (cases != 0 || community.id != 0)
		out->reason = command_unfit(r, j, m);
	if ((cases != 0 || community.id != 0) && out->reason == NULL &&
	    !protected)
		out->reason = "its protected header does not name the address"
			      " it was sent to";
	if (out->reason != NULL)
		out->kind = COMMAND_REFUSED;
	else if (cases != 0)
		rc = command_answer(w, r, j, m, cases, out, e);
	else if (community.id != 0)
		rc = command_advisory(w, r, j, m, &community, out, e);
	community_free(&community);
	return rc;
}

int
command_is_relay(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, bool *relay,
    struct err *e)
{
	struct community community = {0};
	bool protected;
	int64_t cases;
	int rc = 0;

	*relay = false;
	if (j->sender.class == CLASS_STAFF)
		rc =
		    command_targets(w, r, m, &cases, &community, &protected, e);
	if (rc == 0)
		*relay = community.id != 0;
	community_free(&community);
	return rc;
}

/* Message-ID where it is protected; else what nobody but the author made. */
static char *
command_nonce(const struct reading *r)
{
	char sha[SPOOL_SHA];

	if (r->inner != NULL && r->inner->message_id != NULL)
		return xstrdup(r->inner->message_id);
	spool_sha(r->text.data, r->text.len, sha);
	for (size_t i = 0; i < r->verdict.signatures; i++) {
		const struct signature *s = &r->verdict.signature[i];

		if (s->status == SIGNATURE_GOOD && s->whole)
			return xasprintf("signature:%s:%lld:%s", s->fingerprint,
			    (long long)s->created, sha);
	}
	return NULL;
}

int
command_once(
    struct db *db, const struct reading *r, int64_t message, struct err *e)
{
	char *id = command_nonce(r);
	int rc;

	if (id == NULL)
		return 0;
	rc = db_run(db, e,
	    "INSERT INTO command_seen (rfc_message_id, message)"
	    " VALUES (?, ?) ON CONFLICT (rfc_message_id) DO NOTHING",
	    "si", id, message);
	free(id);
	return rc == -1 ? -1 : db_changed(db) > 0;
}

int
command_seen(struct db *db, const struct reading *r, int64_t message,
    bool *seen, struct err *e)
{
	char *id = command_nonce(r);
	int64_t by = 0;
	int rc = 0;

	if (id != NULL)
		rc = db_get_int(db, &by, 0, e,
		    "SELECT message FROM command_seen WHERE rfc_message_id = ?",
		    "s", id);
	free(id);
	*seen = by != 0 && by != message;
	return rc;
}
