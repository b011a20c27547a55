#include "cli/handover_notice.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/message_raw.h"
#include "cases/regroup.h"
#include "people/contact.h"

#define NOTICE_MAX 8192 /* bytes of text */
#define STATEMENT_MAX (1U << 20) /* bytes of a signed mail */

/* Both, as they are now. */
struct pair {
	struct contact old;
	struct contact new;
};

static int
pair_get(
    struct session *s, const struct handover *h, struct pair *p, struct err *e)
{
	if (contact_get(s->db, h->old, &p->old, e) == -1)
		return -1;
	return contact_get(s->db, h->new, &p->new, e);
}

static const char *
notice_key(const struct contact *c)
{
	return c->keys == 0 ? "-" : c->key[0].fingerprint;
}

static void
notice_text(struct session *s, const struct handover *h, const struct pair *p,
    bool japanese, struct buf *out)
{
	char until[CLOCK_RFC3339];

	(void)clock_rfc3339(h->until, until);
	if (japanese)
		buf_putf(out,
		    "%sの担当者の交代についてお知らせします。\n\n"
		    "前任: %s\n  鍵: %s\n後任: %s\n  鍵: %s\n"
		    "引継ぎ期間の終わり: %s\n\n"
		    "両名が署名した文を添付しました。お手元にある前任の鍵で"
		    "ご確認ください。\n後任の鍵は、電話など別の手段でご確認く"
		    "ださい。\nこのメールに署名付きでご返信いただければ、"
		    "受領を記録します。\n",
		    s->config->team_name, p->old.name, notice_key(&p->old),
		    p->new.name, notice_key(&p->new), until);
	else
		buf_putf(out,
		    "%s at %s\n  (key %s)\nhands over to %s\n  (key %s).\n"
		    "Both are there until %s.\n\n"
		    "Attached is what each of them has signed: check the first "
		    "with the key that\nyou have. Verify the new key by a way "
		    "other than mail.\nPlease answer this mail, signed, so "
		    "that "
		    "we know you have it.\n",
		    p->old.name, s->config->team_name, notice_key(&p->old),
		    p->new.name, notice_key(&p->new), until);
}

static const char *
notice_subject(bool japanese)
{
	return japanese ? "担当者の交代" : "A handover";
}

/* A signed mail as it came, so that its signature can be checked. */
static int
notice_attach(struct session *s, int64_t message, const char *name,
    struct outgoing *o, struct err *e)
{
	struct message m;
	struct buf raw;
	int rc;

	if (message_get(s->db, message, &m, e) == -1)
		return -1;
	buf_init(&raw, STATEMENT_MAX);
	rc = message_raw(s->vault, s->spool, &m, &raw, e);
	if (rc == 0)
		(void)outgoing_attach(
		    o, name, "message/rfc822", raw.data, raw.len);
	buf_free(&raw);
	message_free(&m);
	return rc;
}

/* In the team's language, and the other one for those who prefer it. */
static void
notice_words(struct session *s, const struct handover *h, const struct pair *p,
    struct outgoing *o)
{
	bool japanese = strcmp(s->config->language, "ja") == 0;
	struct buf other;

	o->language = xstrdup(japanese ? "ja" : "en");
	o->subject = xstrdup(notice_subject(japanese));
	buf_init(&o->text, NOTICE_MAX);
	notice_text(s, h, p, japanese, &o->text);
	buf_init(&other, NOTICE_MAX);
	notice_text(s, h, p, !japanese, &other);
	outgoing_vary(o, japanese ? "en" : "ja", notice_subject(!japanese),
	    buf_str(&other), other.len);
	buf_free(&other);
}

/* Each contact that has none gets one, and learns of no other. */
static int
notice_people(struct session *s, const struct handover *h, struct outgoing *o,
    int64_t **contact, size_t *count, struct err *e)
{
	int64_t *all = NULL;
	size_t n = 0;
	int rc = handover_contacts(s->db, h, &all, &n, e);

	*contact = xcalloc(n + 1, sizeof(**contact));
	*count = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct contact c = {0};
		bool has;

		rc = handover_has_notice(s->db, h->id, all[i], &has, e);
		if (rc == -1 || has)
			continue;
		rc = contact_get(s->db, all[i], &c, e);
		if (rc == 0) {
			strs_add(&o->bcc, c.addresses.item[0]);
			(*contact)[(*count)++] = all[i];
		}
		contact_free(&c);
	}
	free(all);
	return rc;
}

/* Inside the transaction. */
static int
notice_write(struct session *s, const struct handover *h, struct outgoing *o,
    const int64_t *contact, size_t count, struct err *e)
{
	if (outgoing_create(s->db, s->vault, s->spool, clock_now(NULL), o, e) ==
	    -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (handover_notified(
			s->db, h->id, contact[i], o->message, e) == -1)
			return -1;
	return session_audit(s, "outgoing.asked", o->message, h->cases,
	    s->contact,
	    json_pack("{s:I, s:I}", "handover", (json_int_t)h->id, "contacts",
		(json_int_t)count),
	    e);
}

int
handover_notice_make(struct session *s, const struct handover *h,
    const int64_t statement[2], struct err *e)
{
	struct outgoing o = {.kind = xstrdup("answer"),
	    .author = s->contact,
	    .identity = xasprintf("user:%s", s->user),
	    .label_asked = true,
	    .label = NOROSHI_TLP_CLEAR};
	struct pair p = {0};
	int64_t *contact = NULL;
	size_t count = 0;
	int rc = pair_get(s, h, &p, e);

	if (rc == 0)
		rc = regroup_survivor(s->db, h->cases, &o.cases, e);
	if (rc == 0)
		rc = notice_people(s, h, &o, &contact, &count, e);
	if (rc == 0 && count > 0) {
		notice_words(s, h, &p, &o);
		rc = notice_attach(s, statement[0], "statement-old.eml", &o, e);
		if (rc == 0)
			rc = notice_attach(
			    s, statement[1], "statement-new.eml", &o, e);
		if (rc == 0)
			rc = notice_write(s, h, &o, contact, count, e);
	}
	free(contact);
	contact_free(&p.old);
	contact_free(&p.new);
	outgoing_free(&o);
	return rc;
}
