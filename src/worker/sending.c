#include "worker/sending.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/token.h"
#include "worker/advise.h"
#include "worker/discussion.h"
#include "worker/letter.h"
#include "worker/release.h"

#define SENDING_FRAME 4096 /* bytes that stand around a text, at most times */
#define SENDING_EXERCISE "【訓練】[EXERCISE]"

static void
sending_people(struct sending *s, const struct recipient *r, struct letter *l)
{
	const struct community *list = &s->c.community;

	/* A list's members never learn of each other by our mail. */
	if (list->id != 0) {
		mailboxes_add(&l->to, list->name,
		    list->address != NULL ? list->address
					  : s->w->config->team_address);
		return;
	}
	/* RED shows nobody else; a copy of it is for one pair of eyes. */
	if (s->c.floor.label == NOROSHI_TLP_RED) {
		mailboxes_add(&l->to, r->contact.name, r->address);
		return;
	}
	for (size_t i = 0; i < s->c.visible; i++)
		mailboxes_add(i < s->c.to ? &l->to : &l->cc,
		    s->c.recipient[i].contact.name, s->c.recipient[i].address);
	/* To Bcc alone: as from us to us. */
	if (s->c.visible == 0)
		mailboxes_add(&l->to, s->w->config->team_name,
		    s->w->config->team_address);
}

/* In clear at AMBER and above only the case's number shows. */
static bool
sending_subject_neutral(const struct sending *s, const struct recipient *r)
{
	return !r->has_key && s->c.floor.label >= NOROSHI_TLP_AMBER &&
	       !(s->c.answered.id != 0 && !s->c.floor.item[0].came_encrypted &&
		   s->c.floor.item[0].label_by_default);
}

/* True where the author's own words begin with that label already. */
static bool
sending_labelled(const struct sending *s, const char *words, const char *end)
{
	const char *name = noroshi_tlp_name(s->c.floor.label);
	size_t n = strlen(name);

	return strncmp(words, "TLP:", 4) == 0 &&
	       strncmp(words + 4, name, n) == 0 && strcspn(words + 4, end) == n;
}

static void
sending_subject(struct sending *s, const struct recipient *r,
    const struct outgoing_variant *v, struct letter *l)
{
	const char *subject = v != NULL && v->subject != NULL
				  ? v->subject
				  : clearance_title(&s->c);

	/* Whoever sees it has to know that it is a drill. */
	if (release_exercise(&s->c.incident))
		buf_puts(&l->subject, SENDING_EXERCISE " ");
	if (s->c.incident.id != 0)
		buf_putf(&l->subject, "[%s]", s->c.incident.name);
	if (s->advisory.number != 0)
		advise_mark(
		    &s->advisory, s->w->config->case_prefix, &l->subject);
	if (sending_subject_neutral(s, r))
		return;
	if (r->has_key && !sending_labelled(s, subject, " "))
		buf_putf(&l->subject, "%sTLP:%s", l->subject.len > 0 ? " " : "",
		    noroshi_tlp_name(s->c.floor.label));
	if (subject[0] != '\0')
		buf_putf(&l->subject, "%s%s", l->subject.len > 0 ? " " : "",
		    subject);
}

static int
sending_reply_to(struct sending *s, const struct recipient *r, struct letter *l,
    struct err *e)
{
	char *folded, *address;

	if (s->advisory.number != 0 && !s->advisory.notice) {
		address = token_address(s->w->vault, s->w->config->team_address,
		    TOKEN_ADVISORY, s->advisory.number, "");
		mailboxes_add(&l->reply_to, s->w->config->team_name, address);
		free(address);
		return 0;
	}
	/* The token is one correspondent's: a list's letter has none. */
	if (s->c.incident.id == 0 || s->c.community.id != 0 ||
	    r->contact.class == CLASS_STAFF)
		return 0;
	folded = contact_address_fold(r->address);
	if (folded == NULL)
		return err_set(e, ERR_DATA, "%s is no address", r->address);
	address = token_address(s->w->vault, s->w->config->team_address,
	    TOKEN_SENDER, s->c.incident.id, folded);
	mailboxes_add(&l->reply_to, s->w->config->team_name, address);
	free(address);
	free(folded);
	return 0;
}

/* A post answers what members have had of the list. */
static int
sending_thread(struct sending *s, struct letter *l, struct err *e)
{
	char *id;

	if (s->o.answers == 0)
		return 0;
	if (draft_first_id(s->w->db, s->o.answers, &id, e) == -1)
		return -1;
	l->in_reply_to = id;
	if (id != NULL)
		strs_add(&l->references, id);
	return 0;
}

static int
sending_references(
    struct sending *s, const char *language, struct letter *l, struct err *e)
{
	if (s->advisory.revision > 1) {
		if (advisory_references(s->w->db, s->advisory.number, language,
			&l->references, e) == -1)
			return -1;
		if (l->references.count > 0)
			l->in_reply_to = xstrdup(l->references.item[0]);
		return 0;
	}
	if (s->c.answered.id == 0 || s->c.answered.rfc_message_id == NULL)
		return 0;
	l->in_reply_to = xstrdup(s->c.answered.rfc_message_id);
	strs_add(&l->references, s->c.answered.rfc_message_id);
	return 0;
}

static int
sending_attachments(struct sending *s, struct letter *l, struct err *e)
{
	l->attachment = xcalloc(s->o.attachments, sizeof(*l->attachment));
	l->attached = xcalloc(s->o.attachments, sizeof(*l->attached));
	for (; l->attachments < s->o.attachments; l->attachments++) {
		const struct outgoing_attachment *a =
		    &s->o.attachment[l->attachments];
		struct buf *data = &l->attached[l->attachments];

		if (outgoing_data(&s->o, l->attachments, data, e) == -1) {
			buf_free(data);
			return -1;
		}
		l->attachment[l->attachments] =
		    (struct compose_attachment){.name = a->name,
			.type = a->type,
			.data = data->data,
			.len = data->len};
	}
	return 0;
}

struct draft *
sending_draft(struct sending *s)
{
	struct draft *d;

	s->draft = xgrow(s->draft, s->drafts, sizeof(*s->draft));
	d = &s->draft[s->drafts++];
	letter_draft(
	    s->w, d, s->o.kind, s->m->id, s->o.language, s->c.floor.label);
	return d;
}

void
sending_copy(struct sending *s, struct draft *d, const struct recipient *r)
{
	struct draft_copy *copy = draft_add(d, r->address, r->contact.id);

	if (r->contact.class != CLASS_STAFF)
		d->recall = s->w->config->recall;
	copy->answer = r->answer;
	copy->reason = xstrdup(r->reason);
	/* Also of a held one: the key that it would be sealed to. */
	if (r->has_key)
		memcpy(copy->encrypted_to, r->key.fingerprint,
		    sizeof(copy->encrypted_to));
}

/* TLP 2.0: the label stands directly before the information. */
static void
sending_text(struct sending *s, const char *language,
    const struct outgoing_variant *v, struct letter *l)
{
	const struct buf *text = v != NULL ? &v->text : &s->o.text;
	bool post = strcmp(s->o.kind, "post") == 0;

	buf_expect(&l->text, text->len + SENDING_FRAME);
	if (s->advisory.number != 0) {
		advise_text(&s->advisory, s->w->config->case_prefix, language,
		    s->c.floor.label, buf_str(text), text->len, &l->text);
		return;
	}
	/* TLP 2.0: the label stands directly before the information. */
	if (post || !sending_labelled(s, buf_str(text), "\r\n"))
		buf_putf(
		    &l->text, "TLP:%s\n\n", noroshi_tlp_name(s->c.floor.label));
	if (post)
		discussion_block(&s->c.community, &s->c.author, s->o.identity,
		    s->m, &l->text);
	buf_put(&l->text, buf_str(text), text->len);
}

int
sending_letter(struct sending *s, const struct recipient *const *to,
    size_t count, struct err *e)
{
	const struct recipient *r = to[0];
	const struct outgoing_variant *v =
	    advise_variant(&s->o, r->contact.language);
	const char *language = v != NULL ? v->language : s->o.language;
	const struct key **key;
	struct draft *d = sending_draft(s);
	struct letter l;
	bool post = outgoing_is_post(&s->o);
	char *from = NULL;
	int rc = 0;

	free(d->language);
	d->language = xstrdup(language);
	key = xcalloc(count, sizeof(const struct key *));
	for (size_t i = 0; i < count; i++) {
		sending_copy(s, d, to[i]);
		key[i] = &to[i]->key;
	}
	letter_init(s->w, &l);
	sending_people(s, r, &l);
	sending_subject(s, r, v, &l);
	if (s->c.community.id != 0)
		discussion_fields(s->w, &s->c.community, &l);
	if (post)
		from =
		    discussion_people(s->w, &s->c.community, &s->c.author, &l);
	if (release_exercise(&s->c.incident)) {
		char *field =
		    xasprintf("X-Noroshi-Exercise: %s", s->c.incident.name);

		strs_add(&l.extra, field);
		free(field);
		buf_puts(&l.text, SENDING_EXERCISE "\n");
	}
	sending_text(s, language, v, &l);
	if (release_exercise(&s->c.incident))
		buf_puts(&l.text, "\n" SENDING_EXERCISE "\n");
	rc = s->o.clearsign ? letter_clearsign(s->w, &l, e) : 0;
	if (rc == 0)
		rc = post ? sending_thread(s, &l, e)
			  : sending_references(s, language, &l, e);
	if (rc == 0)
		rc = sending_reply_to(s, r, &l, e);
	if (rc == 0)
		rc = sending_attachments(s, &l, e);
	if (rc == 0)
		rc = r->has_key ? letter_seal(s->w, &l, d, key, e)
				: letter_sign(s->w, &l, d, e);
	letter_free(&l);
	free(from);
	free(key);
	return rc;
}
