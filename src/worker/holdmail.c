#include "worker/holdmail.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cases/outgoing.h"
#include "cases/token.h"
#include "store/audit.h"
#include "worker/documents.h"
#include "worker/holdtext.h"
#include "worker/letter.h"
#include "worker/release.h"
#include "worker/tell.h"

void
holdmail_free(struct holdmail *h)
{
	free(h->reader);
	strs_free(&h->untold);
	*h = (struct holdmail){.begins = false};
}

char *
holdmail_who(int64_t contact, const char *content)
{
	return xasprintf("%lld:%s", (long long)contact, content);
}

/* Whether one of the copies is held by a rule that asks for their word. */
static bool
holdmail_may(
    struct worker *w, const struct clearance *c, const struct contact *who)
{
	if (approval_is_own(w->config, c->outgoing, "key:", who->id))
		return false;
	for (size_t i = 0; i < c->recipients; i++) {
		const struct recipient *r = &c->recipient[i];

		if (r->answer.decision == NOROSHI_HOLD &&
		    release_role(who, c->floor.label, r->answer.rule) != NULL)
			return true;
	}
	return false;
}

/* RED is for PoC and deputies who may read each RED item that it holds. */
static int
holdmail_reads(struct worker *w, const struct clearance *c,
    const struct contact *who, bool *reads, struct err *e)
{
	*reads = true;
	if (c->floor.label < NOROSHI_TLP_RED)
		return 0;
	*reads =
	    strs_has(&who->roles, "poc") || strs_has(&who->roles, "deputy");
	for (size_t i = 0; i < c->floor.items && *reads; i++) {
		const struct content_item *item = &c->floor.item[i];

		if (item->source != 0 && item->label == NOROSHI_TLP_RED &&
		    message_is_reader(w->db, item->source, who->id, reads, e) ==
			-1)
			return -1;
	}
	return 0;
}

/* What one person's letter is made of. */
struct holdmail_letter {
	struct worker *w;
	const struct clearance *c;
	const struct holdmail *h;
	enum holdmail_kind kind;
	struct recipient r;
	const char *language;
	bool reads;
};

static void
holdmail_compose(struct holdmail_letter *p, struct letter *l)
{
	struct worker *w = p->w;
	struct holdtext t = {.clearance = p->c,
	    .kind = p->kind,
	    .reads = p->reads,
	    .expires_at = p->h->held.expires_at};
	char *who, *address;

	mailboxes_add(&l->to, p->r.contact.name, p->r.address);
	strs_add(&l->extra, "Auto-Submitted: auto-generated");
	holdtext_put(&t, p->language, &l->subject, &l->text);
	if (p->kind == HOLDMAIL_ENDED || !p->reads)
		return;
	who = holdmail_who(p->r.contact.id, p->c->sum);
	address = token_address(w->vault, w->config->team_address, TOKEN_HOLD,
	    p->c->outgoing->message, who);
	mailboxes_add(&l->reply_to, w->config->team_name, address);
	free(address);
	free(who);
}

static int
holdmail_seal(struct holdmail_letter *p, struct draft *d, struct err *e)
{
	const struct key *key = &p->r.key;
	struct draft_copy *copy;
	struct letter l;
	int rc;

	/* Without a word of the message it is a template: CLEAR. */
	letter_draft(p->w, d, "ask", p->c->outgoing->message, p->language,
	    p->reads && p->kind != HOLDMAIL_ENDED ? p->c->floor.label
						  : NOROSHI_TLP_CLEAR);
	copy = draft_add(d, p->r.address, p->r.contact.id);
	copy->answer = (struct noroshi_answer){.decision = NOROSHI_ALLOW,
	    .rule = "team-reader",
	    .encryption = NOROSHI_ENCRYPTION_REQUIRED};
	copy->reason = xstrdup("is asked to release what is held");
	letter_init(p->w, &l);
	holdmail_compose(p, &l);
	rc = letter_seal(p->w, &l, d, &key, e);
	letter_free(&l);
	if (rc == -1)
		draft_free(d);
	return rc;
}

/* One person: sealed and added, or noted as untold. */
static int
holdmail_one(struct worker *w, const struct clearance *c,
    const struct contact *who, enum holdmail_kind kind, struct draft **draft,
    size_t *drafts, struct holdmail *h, struct err *e)
{
	struct holdmail_letter p = {.w = w, .c = c, .h = h, .kind = kind};
	char *id = xasprintf("%lld", (long long)who->id);
	int rc = -1;

	if (recipient_find(w->db, clock_now(&w->clock), id, 0, &p.r, e) == -1 ||
	    holdmail_reads(w, c, who, &p.reads, e) == -1)
		goto out;
	p.language =
	    who->language != NULL ? who->language : w->config->language;
	rc = 0;
	if (!p.r.has_key || p.r.channel != NOROSHI_E1) {
		strs_add(&h->untold, who->name);
		goto out;
	}
	*draft = xgrow(*draft, *drafts, sizeof(**draft));
	rc = holdmail_seal(&p, &(*draft)[*drafts], e);
	if (rc == -1)
		goto out;
	++*drafts;
	if (p.reads && kind != HOLDMAIL_ENDED) {
		h->reader = xgrow(h->reader, h->readers, sizeof(*h->reader));
		h->reader[h->readers++] = who->id;
	}
out:
	recipient_free(&p.r);
	free(id);
	return rc;
}

/* All who may release it. */
static int
holdmail_all(struct worker *w, const struct clearance *c,
    enum holdmail_kind kind, struct draft **draft, size_t *drafts,
    struct holdmail *h, struct err *e)
{
	struct contact *list;
	size_t count;
	int rc = 0;

	if (contact_list(w->db, NULL, &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count && rc == 0; i++) {
		if (!holdmail_may(w, c, &list[i]))
			continue;
		if (list[i].addresses.count == 0)
			strs_add(&h->untold, list[i].name);
		else
			rc = holdmail_one(
			    w, c, &list[i], kind, draft, drafts, h, e);
	}
	contact_list_free(list, count);
	return rc;
}

int
holdmail_make(struct worker *w, const struct clearance *c, struct draft **draft,
    size_t *drafts, struct holdmail *out, struct err *e)
{
	int rc;

	*out = (struct holdmail){.begins = false};
	if (c->decision != NOROSHI_HOLD)
		return 0;
	rc = held_get(w->db, c->outgoing->message, &out->held, e);
	if (rc == -1)
		return -1;
	if (rc == 1 && strcmp(out->held.content, c->sum) == 0)
		return 0;
	out->begins = true;
	out->held.expires_at = clock_now(&w->clock) + w->config->hold_expires;
	return holdmail_all(w, c, HOLDMAIL_ASKS, draft, drafts, out, e);
}

static json_t *
holdmail_names(const struct strs *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(list, json_string(l->item[i]));
	return list;
}

/* Who was shown it is recorded, and so is who could not be asked. */
static int
holdmail_record(struct worker *w, const struct clearance *c,
    const struct holdmail *h, const char *event, struct err *e)
{
	json_t *told = json_array();
	struct audit_entry entry = {.actor = "worker",
	    .event = event,
	    .message = c->outgoing->message,
	    .cases = c->incident.id,
	    .contact = c->author.id};
	int rc = 0;

	for (size_t i = 0; i < h->readers; i++) {
		json_array_append_new(told, json_integer(h->reader[i]));
		if (rc == 0)
			rc = message_reader_add(
			    w->db, c->outgoing->message, h->reader[i], e);
	}
	entry.detail = json_pack("{s:o, s:o, s:I}", "shown_to", told,
	    "without_usable_key", holdmail_names(&h->untold), "expires_at",
	    (json_int_t)h->held.expires_at);
	if (rc == 0)
		return audit_add(w->db, clock_now(&w->clock), &entry, e);
	json_decref(entry.detail);
	return -1;
}

int
holdmail_commit(struct worker *w, const struct clearance *c,
    const struct holdmail *h, struct err *e)
{
	if (!h->begins)
		return 0;
	if (held_begin(w->db, c->outgoing->message, c->sum,
		clock_now(&w->clock), w->config->hold_expires, e) == -1)
		return -1;
	return holdmail_record(w, c, h, "hold.announced", e);
}

/* --- what is due ---------------------------------------------------------- */

/* One hold at its half time or its end. */
struct holding {
	struct worker *w;
	struct message m;
	struct outgoing o;
	struct document_json json;
	struct clearance c;
	struct holdmail h;
	struct draft *draft;
	size_t drafts;
	bool ends;
};

static void
holding_free(struct holding *p, bool discard)
{
	for (size_t i = 0; i < p->drafts; i++) {
		for (size_t k = 0; discard && k < p->draft[i].copies; k++)
			if (p->draft[i].copy[k].file != NULL)
				(void)spool_remove_out(p->w->spool,
				    p->draft[i].copy[k].file, NULL);
		draft_free(&p->draft[i]);
	}
	free(p->draft);
	holdmail_free(&p->h);
	clearance_free(&p->c);
	outgoing_free(&p->o);
	message_free(&p->m);
}

/* Its text is destroyed, or one of its recipients is none any more: it ends,
 * and nobody can be shown what it was. */
static int
holding_read(struct holding *p, bool *readable, struct err *e)
{
	struct worker *w = p->w;
	struct err why = {0};
	int rc;

	*readable = true;
	rc = outgoing_get(w->db, w->vault, w->spool, p->m.id, &p->o, &why);
	/* As it was judged when it was held (worker/send.h). */
	p->o.json = &p->json;
	p->o.now = clock_now(&w->clock);
	if (rc == -1 || clearance_make(w->db, w->vault, w->config,
			    clock_now(&w->clock), &p->o, &p->c, &why) == -1) {
		*readable = false;
		p->ends = true;
		if (why.code != ERR_NOINPUT && why.code != ERR_DATA)
			return err_set(e, why.code, "%s", why.text);
	}
	return 0;
}

static int
holding_end(struct holding *p, struct err *e)
{
	struct worker *w = p->w;
	struct audit_entry entry = {.actor = "worker",
	    .event = "hold.expired",
	    .message = p->m.id,
	    .cases = p->m.cases};
	int64_t count;

	if (held_cancel(w->db, p->m.id, HELD_EXPIRED, &count, e) == -1 ||
	    held_reminded(w->db, p->m.id, e) == -1 ||
	    tell_rejected(w->db, w->vault, p->m.id, 0, HELD_EXPIRED, e) == -1)
		return -1;
	entry.detail = json_pack("{s:I, s:o}", "cancelled", (json_int_t)count,
	    "without_usable_key", holdmail_names(&p->h.untold));
	return audit_add(w->db, clock_now(&w->clock), &entry, e);
}

static int
holding_write(struct holding *p, bool readable, struct err *e)
{
	struct worker *w = p->w;

	for (size_t i = 0; i < p->drafts; i++)
		if (draft_insert(w->db, clock_now(&w->clock), &p->draft[i],
			w->config->transport, e) == -1)
			return -1;
	if (p->ends)
		return holding_end(p, e);
	if (held_reminded(w->db, p->m.id, e) == -1)
		return -1;
	if (!readable || p->c.decision != NOROSHI_HOLD ||
	    strcmp(p->c.sum, p->h.held.content) != 0)
		return message_again(w->db, p->m.id, e);
	return holdmail_record(w, &p->c, &p->h, "hold.reminded", e);
}

/* 1: committed; 0: somebody was quicker; -1: failed. */
static int
holding_commit(struct holding *p, bool readable, struct err *e)
{
	struct worker *w = p->w;
	struct held now;
	int rc;

	if (db_begin(w->db, e) == -1)
		return -1;
	rc = held_get(w->db, p->m.id, &now, e);
	if (rc == 1 && (!now.open || now.since != p->h.held.since))
		rc = 0;
	if (rc == 1 && readable)
		rc = clearance_stands(w->db, &p->c, e);
	if (rc == 0 && now.open)
		rc = err_set(e, ERR_TEMP, "a key or a contact changed");
	if (rc == 1 &&
	    (holding_write(p, readable, e) == -1 || db_commit(w->db, e) == -1))
		rc = -1;
	if (rc != 1)
		db_rollback(w->db);
	return rc;
}

static int
holding_once(struct holding *p, struct err *e)
{
	struct worker *w = p->w;
	int64_t now = clock_now(&w->clock);
	bool readable;
	int rc = held_get(w->db, p->m.id, &p->h.held, e);

	if (rc != 1 || !p->h.held.open)
		return rc == -1 ? -1 : 0;
	p->ends = p->h.held.expires_at <= now;
	if (!p->ends && (p->h.held.remind_at == 0 || p->h.held.remind_at > now))
		return 0;
	if (message_get(w->db, p->m.id, &p->m, e) == -1 ||
	    holding_read(p, &readable, e) == -1)
		return -1;
	if (readable && p->c.decision == NOROSHI_HOLD &&
	    holdmail_all(w, &p->c, p->ends ? HOLDMAIL_ENDED : HOLDMAIL_REMINDS,
		&p->draft, &p->drafts, &p->h, e) == -1)
		return -1;
	return holding_commit(p, readable, e);
}

int
holdmail_due(struct worker *w, int64_t message, struct err *e)
{
	struct holding p = {.w = w,
	    .m = {.id = message},
	    .json = {.leaves = documents_leaves, .context = w}};
	int rc = holding_once(&p, e);

	if (rc == 1)
		log_info("hold %s: id=%lld told=%zu not-told=%zu",
		    p.ends ? "expired" : "reminded of", (long long)message,
		    p.drafts, p.h.untold.count);
	holding_free(&p, rc != 1);
	return rc == -1
		   ? err_in(e, "the hold of message %lld", (long long)message)
		   : 0;
}
