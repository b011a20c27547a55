#include "cases/floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "cases/bound.h"
#include "cases/case.h"
#include "cases/content_item.h"
#include "cases/quote.h"
#include "cases/relabel.h"

/* What floor_find holds while it looks. */
struct floor_search {
	struct db *db;
	struct vault *vault;
	const struct outgoing *o;
	struct quote *quote;
	struct floor *floor;
	enum noroshi_tlp least; /* below which our own text may not fall */
};

void
floor_free(struct floor *f)
{
	free(f->item);
	strs_free(&f->quoted);
	echoes_free(&f->echoes);
	*f = (struct floor){0};
}

static struct content_item *
floor_add(struct floor *f, const struct content_item *item)
{
	f->item = xgrow(f->item, f->items, sizeof(*f->item));
	f->item[f->items] = *item;
	return &f->item[f->items++];
}

/* A label in our own words; it counts, whatever was asked for. */
static bool
floor_written(const char *text, size_t len, enum noroshi_tlp_place place,
    enum noroshi_tlp *label, bool *raised)
{
	struct noroshi_tlp_found f;

	noroshi_tlp_find(text, len, place, &f);
	if (f.found && f.label > *label)
		*label = f.label;
	if (f.quoted && f.quoted_label > *label) {
		*label = f.quoted_label;
		*raised = true;
	}
	return f.found || f.quoted;
}

/*
 * The label of our own text as it was asked for and, in s->least, what it may
 * not fall below; quotes and attachments are weighed later.
 */
static int
floor_own(struct floor_search *s, enum noroshi_tlp default_out,
    struct content_item *own, struct err *e)
{
	const struct outgoing *o = s->o;
	struct content_item answered = {0};
	struct case_file c = {0};
	struct message m = {0};
	enum noroshi_tlp least = NOROSHI_TLP_CLEAR;
	bool named = false, third = false;
	int64_t embargo = 0;

	if (o->answers != 0) {
		if (message_get(s->db, o->answers, &m, e) == -1)
			return -1;
		content_item_read(&m, &answered);
		message_free(&m);
		third = answered.origin == NOROSHI_ORIGIN_THIRD;
		/* Nobody labelled that: our own words are ours to label. */
		if (third || !o->label_asked || !answered.label_by_default)
			least = answered.label;
	}
	if (o->cases != 0) {
		if (case_get(s->db, NULL, o->cases, &c, e) == -1)
			return -1;
		case_floor(&c);
		named = c.has_label;
		if (named && c.label > least) {
			least = c.label;
			third = false;
		}
		case_free(&c);
	}
	if (o->cases != 0 && o->now != 0) {
		if (case_embargo(s->db, o->cases, &embargo, e) == -1)
			return -1;
		if (embargo > o->now && least < NOROSHI_TLP_AMBER) {
			least = NOROSHI_TLP_AMBER;
			third = false;
		}
	}
	*own = (struct content_item){.origin = NOROSHI_ORIGIN_OURS,
	    .answered = o->answers,
	    .came_encrypted = answered.came_encrypted,
	    .label_by_default = o->answers == 0 || answered.label_by_default};
	own->label = o->label_asked		? o->label
		     : o->answers != 0 || named ? least
						: default_out;
	own->label_by_default =
	    own->label_by_default && !o->label_asked && !named;
	s->floor->asked = own->label;
	s->least = least;
	if (own->label < least) {
		s->floor->lowered = true;
		s->floor->lowered_third = third;
	}
	return 0;
}

/* Without a word of the case it is CLEAR in any case. */
static void
floor_template(struct floor_search *s, struct content_item *own)
{
	*own = (struct content_item){.label = NOROSHI_TLP_CLEAR};
	s->floor->asked = NOROSHI_TLP_CLEAR;
}

/*
 * A member's post is the member's, whatever we add to it: its label and whose
 * it is are those of the mail that it came as.
 */
static int
floor_post(struct floor_search *s, enum noroshi_tlp default_out,
    struct content_item *own, struct err *e)
{
	struct message m = {0};

	if (message_get(s->db, s->o->came_as, &m, e) == -1)
		return -1;
	content_item_read(&m, own);
	message_free(&m);
	if (!s->o->label_asked)
		own->label = default_out;
	else if (s->o->label > own->label)
		own->label = s->o->label;
	own->label_by_default = !s->o->label_asked;
	return 0;
}

/* What one attachment says; its text joins words. */
static int
floor_attachment(const struct outgoing *o, size_t i, struct content_item *own,
    struct floor *f, struct buf *words, struct err *e)
{
	enum noroshi_tlp was = own->label;
	struct document d = {0};
	struct buf data;
	bool said = false, quoted = false;
	int rc = outgoing_data(o, i, &data, e);

	if (rc == 0)
		rc =
		    document_read(o->attachment[i].name, &data, o->json, &d, e);
	if (rc == 0 && d.text) {
		said = floor_written(buf_str(&data), data.len, NOROSHI_TLP_BODY,
		    &own->label, &quoted);
		buf_putc(words, '\n');
		buf_put(words, buf_str(&data), data.len);
	}
	buf_free(&data);
	if (d.marking.found && d.marking.label > own->label)
		own->label = d.marking.label;
	/* CSAF 2.1: the sharing group of the Nil UUID is for nobody. */
	if (d.marking.unshared)
		own->label = NOROSHI_TLP_RED;
	if (d.opaque != NULL)
		f->opaque = d.opaque;
	if (said || d.marking.found)
		own->label_by_default = false;
	if (own->label > was)
		f->attachment_raised = true;
	return rc;
}

/* The same text in another language, which may say more. */
static bool
floor_variant(const struct outgoing_variant *v, struct content_item *own,
    bool *raised, struct buf *words)
{
	bool said = floor_written(buf_str(&v->text), v->text.len,
	    NOROSHI_TLP_BODY, &own->label, raised);

	if (v->subject != NULL)
		said = floor_written(v->subject, strlen(v->subject),
			   NOROSHI_TLP_SUBJECT, &own->label, raised) ||
		       said;
	buf_putc(words, '\n');
	buf_put(words, buf_str(&v->text), v->text.len);
	return said;
}

/*
 * The labels in what leaves, and all that leaves in words: the text and, below
 * it, the attachments' texts.
 */
static int
floor_words(const struct outgoing *o, struct content_item *own, struct floor *f,
    struct buf *words, struct err *e)
{
	size_t len = o->text.len + 1;
	bool said = false;
	int rc = 0;

	for (size_t i = 0; i < o->attachments; i++)
		len += (size_t)o->attachment[i].size + 1;
	for (size_t i = 0; i < o->variants; i++)
		len += o->variant[i].text.len + 1;
	buf_init_secret(words, len);
	buf_put(words, buf_str(&o->text), o->text.len);
	for (size_t i = 0; i < o->variants; i++)
		said = floor_variant(&o->variant[i], own, &f->raised, words) ||
		       said;
	if (o->subject != NULL)
		said = floor_written(o->subject, strlen(o->subject),
		    NOROSHI_TLP_SUBJECT, &own->label, &f->raised);
	said = floor_written(buf_str(&o->text), o->text.len, NOROSHI_TLP_BODY,
		   &own->label, &f->raised) ||
	       said;
	if (said)
		own->label_by_default = false;
	for (size_t i = 0; i < o->attachments && rc == 0; i++)
		rc = floor_attachment(o, i, own, f, words, e);
	return rc;
}

static bool
floor_has_sha(const struct outgoing *o, const json_t *one)
{
	const char *sha = json_string_value(json_object_get(one, "sha256"));

	for (size_t k = 0; sha != NULL && k < o->attachments; k++)
		if (strcmp(sha, o->attachment[k].sha256) == 0)
			return true;
	return false;
}

bool
floor_attached(const struct outgoing *o, const struct message *m)
{
	const json_t *one;
	size_t i;

	for (size_t k = 0; k < o->attachments; k++)
		if (strcmp(m->sha256, o->attachment[k].sha256) == 0)
			return true;
	json_array_foreach(json_object_get(m->content, "attachments"), i, one)
	{
		if (floor_has_sha(o, one))
			return true;
	}
	return false;
}

static bool
floor_quotes(const struct floor_search *s, const json_t *text)
{
	return json_is_string(text) &&
	       quote_of(
		   s->quote, json_string_value(text), json_string_length(text));
}

static bool
floor_apart(const struct floor_search *s, const struct message *m)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(m->content, "apart"), i, one)
	{
		const json_t *text = json_object_get(one, "text");

		if (floor_has_sha(s->o, one) ||
		    (json_is_string(text) &&
			quote_of_any(s->quote, json_string_value(text),
			    json_string_length(text))))
			return true;
	}
	return false;
}

/* ERR_NOINPUT of a key that was destroyed leaves m without content. */
static int
floor_message(
    struct floor_search *s, int64_t id, struct message *m, struct err *e)
{
	struct err why = {0};

	if (message_get(s->db, id, m, e) == -1)
		return -1;
	if (message_unseal(s->db, s->vault, m, &why) == 0 ||
	    why.code == ERR_NOINPUT)
		return 0;
	message_free(m);
	return err_set(e, why.code, "%s", why.text);
}

/* A stored message is in what leaves. */
static void
floor_holds(struct floor_search *s, const struct message *m)
{
	struct content_item item;
	char number[24];

	content_item_read(m, &item);
	item.answered = s->o->answers;
	floor_add(s->floor, &item);
	(void)snprintf(number, sizeof(number), "%lld", (long long)m->id);
	strs_add(&s->floor->quoted, number);
}

/* The messages whose indicators are listed in an attachment of ours. */
static int
floor_listed(struct floor_search *s, struct err *e)
{
	for (size_t i = 0; i < s->o->attachments; i++) {
		const json_t *id;
		size_t k;

		json_array_foreach(s->o->attachment[i].of, k, id)
		{
			struct message m;

			if (floor_message(s, json_integer_value(id), &m, e) ==
			    -1)
				return -1;
			floor_holds(s, &m);
			message_free(&m);
		}
	}
	return 0;
}

/* Looks whether one stored message is in what leaves. */
static int
floor_look(struct floor_search *s, int64_t id, struct err *e)
{
	struct message m;

	if (floor_message(s, id, &m, e) == -1)
		return -1;
	if (floor_apart(s, &m))
		s->floor->apart = true;
	if (floor_quotes(s, json_object_get(m.content, "text")) ||
	    floor_attached(s->o, &m))
		floor_holds(s, &m);
	message_free(&m);
	return 0;
}

/* What the answered message quotes of ours, its sender has from us. */
static int
floor_forget(struct floor_search *s, struct err *e)
{
	struct message m;
	const json_t *text;

	if (s->o->answers == 0)
		return 0;
	if (floor_message(s, s->o->answers, &m, e) == -1)
		return -1;
	text = json_object_get(m.content, "text");
	if (json_is_string(text))
		quote_forget(s->quote, json_string_value(text),
		    json_string_length(text));
	message_free(&m);
	return 0;
}

/* Messages of the case by direction; the answered one and ours are apart. */
static int
floor_case(struct floor_search *s, const int64_t *id, size_t count,
    const char *direction, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct message m;
		bool looks;

		if (id[i] == s->o->answers || id[i] == s->o->message ||
		    id[i] == s->o->came_as)
			continue;
		if (message_get(s->db, id[i], &m, e) == -1)
			return -1;
		looks = strcmp(m.direction, direction) == 0;
		message_free(&m);
		if (looks && floor_look(s, id[i], e) == -1)
			return -1;
	}
	return 0;
}

static int
floor_search(struct floor_search *s, struct err *e)
{
	const struct message_filter f = {.cases = s->o->cases};
	int64_t *id = NULL;
	size_t count = 0;
	int rc = -1;

	if (s->o->cases != 0 && message_list(s->db, &f, &id, &count, e) == -1)
		return -1;
	if ((s->o->answers == 0 || floor_look(s, s->o->answers, e) == 0) &&
	    floor_case(s, id, count, "in", e) == 0 && floor_forget(s, e) == 0 &&
	    floor_case(s, id, count, "out", e) == 0)
		rc = 0;
	free(id);
	return rc;
}

int
floor_quoted(struct db *db, struct vault *v, int64_t cases, int64_t self,
    const struct buf *text, enum noroshi_tlp *label, struct err *e)
{
	const struct message_filter f = {.cases = cases};
	const struct outgoing o = {.message = self};
	struct floor floor = {0};
	struct floor_search s = {
	    .db = db, .vault = v, .o = &o, .floor = &floor};
	int64_t *id = NULL;
	size_t count = 0;
	int rc;

	if (message_list(db, &f, &id, &count, e) == -1)
		return -1;
	s.quote = quote_create(buf_str(text), text->len);
	rc = floor_case(&s, id, count, "in", e);
	for (size_t i = 0; i < floor.items && rc == 0; i++)
		if (floor.item[i].label > *label)
			*label = floor.item[i].label;
	quote_free(s.quote);
	floor_free(&floor);
	free(id);
	return rc;
}

int
floor_find(struct db *db, struct vault *v, const struct outgoing *o,
    enum noroshi_tlp default_out, struct floor *out, struct err *e)
{
	struct floor_search s = {.db = db, .vault = v, .o = o, .floor = out};
	struct content_item own;
	struct buf words;
	int rc;

	*out = (struct floor){0};
	bool facts = excerpt_is(o), template = relabel_is(o);

	if (template)
		floor_template(&s, &own);
	else if ((outgoing_is_post(o)
			 ? floor_post(&s, default_out, &own, e)
			 : floor_own(&s,
			       facts ? NOROSHI_TLP_GREEN : default_out, &own,
			       e)) == -1)
		return -1;
	if (facts && excerpt_judge(db, v, o, &out->excerpt, e) == -1)
		return -1;
	rc = floor_words(o, &own, out, &words, e);
	out->own = own.label;
	if (own.label < s.least)
		own.label = s.least;
	if (rc == 0) {
		floor_add(out, &own);
		/* dear, and for nothing where there is nothing to quote */
		if (!facts && !template && (o->cases != 0 || o->answers != 0))
			s.quote = quote_create(buf_str(&words), words.len);
	}
	if (rc == 0 && !facts && !template)
		rc = floor_search(&s, e);
	if (rc == 0)
		rc = floor_listed(&s, e);
	/* A post says what its author wants to say, in a list's own words. */
	if (rc == 0 && !template && !outgoing_is_post(o))
		rc = echo_find(db, v, o, buf_str(&words), words.len,
		    &out->quoted, &out->echoes, e);
	buf_free(&words);
	out->label = own.label;
	for (size_t i = 1; i < out->items; i++) {
		if (out->item[i].label > own.label)
			out->raised = true;
		if (out->item[i].label > out->label)
			out->label = out->item[i].label;
	}
	quote_free(s.quote);
	if (rc == -1)
		floor_free(out);
	return rc;
}

void
floor_lower(struct floor *f)
{
	if (!f->lowered || f->items == 0)
		return;
	f->lowered = false;
	f->released = true;
	f->item[0].label = f->own;
	f->label = f->own;
	for (size_t i = 1; i < f->items; i++)
		if (f->item[i].label > f->label)
			f->label = f->item[i].label;
}
