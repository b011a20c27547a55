#include "worker/documents.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "message/mail.h"
#include "policy/observed.h"

void
documents_free(struct documents *d)
{
	strs_free(&d->accused);
	strs_free(&d->seen);
	indicators_free(&d->told);
	strs_free(&d->warnings);
	*d = (struct documents){0};
}

static bool
ends_with(const char *s, const char *end)
{
	size_t len = s == NULL ? 0 : strlen(s), n = strlen(end);

	return len >= n && strcasecmp(s + len - n, end) == 0;
}

static bool
is_json(const struct part *p)
{
	return ends_with(p->type, "/json") || ends_with(p->type, "+json") ||
	       ends_with(p->name, ".json") || ends_with(p->name, ".stix");
}

static bool
is_xml(const struct part *p)
{
	return ends_with(p->type, "/xml") || ends_with(p->type, "+xml") ||
	       ends_with(p->name, ".xml");
}

static bool
is_text(const struct part *p)
{
	return strncmp(p->type, "text/", 5) == 0 ||
	       ends_with(p->name, ".txt") || ends_with(p->name, ".md") ||
	       ends_with(p->name, ".csv") || ends_with(p->name, ".log");
}

/* True where the part belongs to an enclosed message, not to this one. */
static bool
is_enclosed(const struct part_table *t, uint32_t part)
{
	for (uint32_t p = t->part[part].parent; p != PART_NONE;
	     p = t->part[p].parent)
		if (strncmp(t->part[p].type, "message/", 8) == 0)
			return true;
	return false;
}

/* A part on the way through the table; attachment: what was read of it. */
struct place {
	const struct reading *r;
	uint32_t part;
	const struct part *p;
	const struct attachment *attachment; /* or NULL */
	bool enclosed;
	bool framed; /* the report around it says that it is X-ARF */
};

/* One part's content, decoded; data is borrowed from the reading or held. */
struct content {
	const struct buf *data;
	struct buf held;
};

static int
content_open(const struct place *at, struct content *c, struct err *e)
{
	struct mail *mail = at->r->mail;

	buf_init_secret(&c->held, (size_t)mail->config->limit_decrypted);
	c->data = &c->held;
	if (at->attachment == NULL)
		return mail_data(mail, at->part, &c->held, e);
	c->data = &at->attachment->data;
	return 0;
}

static void
documents_take_type(struct documents *d, struct machine_type type)
{
	/* Of several the first that says something counts. */
	if (d->type.rsit == NULL)
		d->type = type;
	d->report = true;
}

static void
documents_accuse(struct documents *d, const struct strs *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		strs_add(&d->accused, sources->item[i]);
}

/* False where it is none. */
static bool
documents_xarf(struct documents *d, const struct place *at,
    const struct leaves *l, struct marking *m)
{
	struct xarf x;

	if (!xarf_read(
		l, at->framed || ends_with(at->p->name, "xarf.json"), &x))
		return false;
	documents_take_type(d, x.type);
	documents_accuse(d, &x.sources);
	if (!x.valid)
		strs_add_once(&d->warnings, "xarf-invalid");
	if (x.kept)
		marking_join(m, &(struct marking){.found = true,
				    .label = NOROSHI_TLP_AMBER_STRICT});
	xarf_free(&x);
	return true;
}

/* What another document says was seen. */
static void
documents_observed(struct documents *d, const struct leaves *l)
{
	struct buf text;

	buf_init_secret(&text, SIZE_MAX / 2);
	observed_of_json(l, &text);
	indicators_find(&d->told, buf_str(&text), text.len);
	buf_free(&text);
}

static int
documents_json(const struct place *at, struct documents *d, struct marking *m,
    struct err *e)
{
	struct content c;
	struct leaves l = {0};
	int rc = content_open(at, &c, e);

	if (rc == 0)
		rc =
		    mail_json(at->r->mail, buf_str(c.data), c.data->len, &l, e);
	if (rc == 0) {
		marking_of_json(&l, m);
		if (l.broken)
			strs_add_once(&d->warnings, "json-broken");
		if (l.partial)
			strs_add_once(&d->warnings, "json-large");
		if (!at->enclosed && !documents_xarf(d, at, &l, m))
			documents_observed(d, &l);
	}
	leaves_free(&l);
	buf_free(&c.held);
	return rc;
}

static int
documents_xml(const struct place *at, struct marking *m, struct err *e)
{
	struct content c;
	int rc = content_open(at, &c, e);

	if (rc == 0)
		marking_of_iodef(buf_str(c.data), c.data->len, m);
	buf_free(&c.held);
	return rc;
}

static int
documents_text(const struct place *at, struct documents *d, struct marking *m,
    struct err *e)
{
	struct mail *mail = at->r->mail;
	struct buf text;
	int rc;

	buf_init_secret(&text, (size_t)mail->config->limit_text);
	rc = mail_text(mail, at->part, &text, NULL, e);
	if (rc == 0)
		marking_of_text(buf_str(&text), text.len, m);
	/* Mail that somebody passed on has the victim's addresses too. */
	if (rc == 0 && !at->enclosed)
		indicators_find(&d->told, buf_str(&text), text.len);
	buf_free(&text);
	return rc;
}

/* *framed: the report is X-ARF, which its JSON says more of. */
static int
documents_feedback(
    const struct place *at, struct documents *d, bool *framed, struct err *e)
{
	struct content c;
	struct feedback f;
	int rc = content_open(at, &c, e);

	if (rc == 0) {
		feedback_read(buf_str(c.data), c.data->len, &f);
		if (f.type != NULL && strcasecmp(f.type, "xarf") == 0)
			*framed = true;
		else if (f.type != NULL)
			documents_take_type(d, machine_type_arf(f.type));
		documents_accuse(d, &f.sources);
		d->report = true;
		feedback_free(&f);
	}
	buf_free(&c.held);
	return rc;
}

/* The URLs of a text alone: its other addresses are the victim's as well. */
static void
documents_urls(struct documents *d, const char *text)
{
	struct indicators all = {0};

	indicators_find(&all, text, strlen(text));
	for (size_t i = 0; i < all.count; i++)
		if (strcmp(all.item[i].type, "url") == 0)
			strs_add(&d->seen, all.item[i].value);
	indicators_free(&all);
}

static void
documents_addresses(struct documents *d, const struct mailboxes *l)
{
	for (size_t i = 0; i < l->count; i++)
		strs_add(&d->seen, l->item[i].address);
}

/* Headers of enclosed mail, or of all of a table that is such a mail. */
static void
documents_heads(struct documents *d, const struct part_table *t, bool all)
{
	for (size_t i = 0; i < t->heads; i++) {
		if (!all && !is_enclosed(t, t->head[i].part))
			continue;
		documents_addresses(d, &t->head[i].from);
		documents_addresses(d, &t->head[i].reply_to);
	}
	for (size_t i = 0; i < t->fields; i++)
		if (strcasecmp(t->field[i].name, "X-Originating-IP") == 0 &&
		    (all || is_enclosed(t, t->field[i].part)))
			strs_add(&d->seen, t->field[i].value);
}

static void
documents_labelled(struct marking *m, const char *text, size_t len,
    enum noroshi_tlp_place place)
{
	struct noroshi_tlp_found f;

	(void)noroshi_tlp_find(text, len, place, &f);
	if (f.found)
		marking_join(
		    m, &(struct marking){.found = true, .label = f.label});
	if (f.quoted)
		marking_join(m,
		    &(struct marking){.found = true, .label = f.quoted_label});
}

/* The labels and URLs of the texts of a mail that was a file. */
static int
documents_mail_texts(
    struct mail *mail, struct documents *d, struct marking *m, struct err *e)
{
	struct buf text;
	int rc = 0;

	buf_init_secret(&text, (size_t)mail->config->limit_text);
	for (uint32_t i = 0; i < mail->table.parts && rc == 0; i++) {
		if (strncmp(mail->table.part[i].type, "text/", 5) != 0)
			continue;
		buf_clear(&text);
		rc = mail_text(mail, i, &text, NULL, e);
		if (rc == -1)
			break;
		documents_labelled(
		    m, buf_str(&text), text.len, NOROSHI_TLP_BODY);
		documents_urls(d, buf_str(&text));
	}
	buf_free(&text);
	return rc;
}

/* Many programs attach a mail as a file of any type. */
static int
documents_mail(const struct place *at, struct documents *d, struct err *e)
{
	struct mail *outer = at->r->mail, *mail = NULL;
	struct err why = {0};
	struct content c;
	int rc = content_open(at, &c, e);

	if (rc == 0 && mail_open(&mail, outer->parser, outer->config,
			   buf_str(c.data), c.data->len, &why) == -1) {
		/* What is over a limit is a file like any other. */
		if (why.code != ERR_DATA)
			rc = err_set(e, why.code, "%s", why.text);
	}
	if (mail != NULL) {
		documents_heads(d, &mail->table, true);
		for (size_t i = 0; i < mail->table.heads; i++)
			if (mail->table.head[i].subject != NULL)
				documents_labelled(&d->enclosed,
				    mail->table.head[i].subject,
				    strlen(mail->table.head[i].subject),
				    NOROSHI_TLP_SUBJECT);
		rc = documents_mail_texts(mail, d, &d->enclosed, e);
	}
	mail_free(mail);
	buf_free(&c.held);
	return rc;
}

static int
documents_part(const struct place *at, struct documents *d, struct err *e)
{
	const struct verdict *v = &at->r->verdict;
	struct marking m = {0};
	int rc = 0;

	if (v->part[at->part].container ||
	    strncmp(at->p->type, "multipart/", 10) == 0)
		return 0;
	/* In base64, which RFC 2046 section 5.2.1 forbids: nobody opened it. */
	if (strcmp(at->p->type, "message/rfc822") == 0 &&
	    at->attachment != NULL &&
	    part_child(&at->r->mail->table, at->part, 0) == PART_NONE)
		return documents_mail(at, d, e);
	if (strncmp(at->p->type, "message/", 8) == 0)
		return 0;
	if (is_json(at->p))
		rc = documents_json(at, d, &m, e);
	else if (is_xml(at->p))
		rc = documents_xml(at, &m, e);
	else if (ends_with(at->p->name, ".eml") && at->attachment != NULL)
		rc = documents_mail(at, d, e);
	/* Texts that are shown were asked with the message. */
	else if (is_text(at->p) && !v->part[at->part].apart &&
		 (at->enclosed || at->attachment != NULL))
		rc = documents_text(at, d, &m, e);
	if (rc == 0)
		marking_join(at->enclosed ? &d->enclosed : &d->attached, &m);
	return rc;
}

int
documents_read(const struct reading *r, struct documents *out, struct err *e)
{
	const struct part_table *t = &r->mail->table;
	size_t next = 0;
	bool framed = false;
	int rc = 0;

	*out = (struct documents){0};
	/* The report stands before what it is about; so do attachments. */
	for (uint32_t i = 0; i < t->parts && rc == 0; i++) {
		struct place at = {.r = r,
		    .part = i,
		    .p = &t->part[i],
		    .enclosed = is_enclosed(t, i),
		    .framed = framed};

		while (next < r->attachments && r->attachment[next].part < i)
			next++;
		if (next < r->attachments && r->attachment[next].part == i)
			at.attachment = &r->attachment[next];
		if (strcmp(at.p->type, "message/feedback-report") == 0 &&
		    !at.enclosed && at.attachment != NULL)
			rc = documents_feedback(&at, out, &framed, e);
		else
			rc = documents_part(&at, out, e);
	}
	documents_heads(out, t, false);
	for (size_t i = 0; i < r->enclosed.count; i++)
		documents_urls(out, r->enclosed.item[i]);
	if (rc == -1)
		documents_free(out);
	return rc;
}

void
documents_indicators(const struct documents *d, struct indicators *out)
{
	const struct strs *const lists[] = {&d->accused, &d->seen};
	struct buf all;

	buf_init_secret(&all, SIZE_MAX / 2);
	for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
		for (size_t i = 0; i < lists[k]->count; i++) {
			buf_puts(&all, lists[k]->item[i]);
			buf_puts(&all, " \n");
		}
	}
	indicators_find(out, buf_str(&all), all.len);
	buf_free(&all);
	for (size_t i = 0; i < d->told.count; i++)
		indicators_add(
		    out, d->told.item[i].type, d->told.item[i].value);
	out->over |= d->told.over;
}

int
documents_leaves(void *context, const void *data, size_t len,
    struct leaves *out, struct err *e)
{
	struct worker *w = context;
	struct mail mail = {.parser = w->parser, .config = w->config};

	return mail_json(&mail, data, len, out, e);
}
