#include "cases/excerpt.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/case_people.h"
#include "cases/content_item.h"
#include "cases/floor.h"
#include "cases/indicator.h"
#include "cases/quote.h"
#include "people/contact.h"

#define EXCERPT_NAME 4 /* bytes of a name that tells somebody */
#define EXCERPT_SUBJECT 8 /* bytes of a subject that tells a mail */

/* What excerpt_judge holds while it looks. */
struct excerpt_search {
	struct db *db;
	struct vault *vault;
	const struct outgoing *o;
	struct buf words; /* subject, text, attachments */
	struct indicators have;
	struct quote *quote; /* of words without indicators */
	struct excerpt *out;
};

bool
excerpt_is(const struct outgoing *o)
{
	return o->kind != NULL && strcmp(o->kind, "facts") == 0;
}

const char *
excerpt_subject(const char *language)
{
	return strcmp(language, "ja") == 0 ? "インシデントに関する情報提供"
					   : "Facts about a security incident";
}

static void
excerpt_say(struct excerpt_search *s, const char *rule, const char *why)
{
	if (s->out->why != NULL)
		return;
	s->out->why = why;
	s->out->rule = rule;
}

static int
excerpt_words(struct excerpt_search *s, struct err *e)
{
	const struct outgoing *o = s->o;
	size_t len = o->text.len + 2;
	int rc = 0;

	if (o->subject != NULL)
		len += strlen(o->subject);
	for (size_t i = 0; i < o->attachments; i++)
		len += (size_t)o->attachment[i].size + 1;
	buf_init_secret(&s->words, len);
	if (o->subject != NULL)
		buf_puts(&s->words, o->subject);
	buf_putc(&s->words, '\n');
	buf_put(&s->words, buf_str(&o->text), o->text.len);
	for (size_t i = 0; i < o->attachments && rc == 0; i++) {
		struct buf data;

		rc = outgoing_data(o, i, &data, e);
		if (rc == 0 && memchr(data.data, '\0', data.len) == NULL) {
			buf_putc(&s->words, '\n');
			buf_put(&s->words, buf_str(&data), data.len);
		}
		buf_free(&data);
	}
	return rc;
}

/* A word that is an indicator, or holds one. */
static bool
excerpt_is_fact(const char *word, size_t len)
{
	struct indicators l = {0};
	bool is;

	if (len < 4 ||
	    (memchr(word, '.', len) == NULL && memchr(word, ':', len) == NULL &&
		len < 32 && memchr(word, '-', len) == NULL))
		return false;
	indicators_find(&l, word, len);
	is = l.count > 0;
	indicators_free(&l);
	return is;
}

/* The words without indicators: these are facts, wherever else they stand. */
static void
excerpt_quote(struct excerpt_search *s)
{
	const char *p = buf_str(&s->words), *end = p + s->words.len;
	struct buf rest;

	buf_init_secret(&rest, s->words.len + 1);
	while (p < end) {
		size_t n = 0;

		while (p + n < end && strchr(" \t\r\n", p[n]) == NULL)
			n++;
		if (n > 0 && !excerpt_is_fact(p, n))
			buf_put(&rest, p, n);
		p += n;
		if (p < end)
			buf_putc(&rest, *p++);
	}
	s->quote = quote_create(buf_str(&rest), rest.len);
	buf_free(&rest);
}

static bool
excerpt_has(const struct excerpt_search *s, const char *what)
{
	return what != NULL && strcasestr(buf_str(&s->words), what) != NULL;
}

/* An address that is not one of the recipients'. */
static void
excerpt_address(struct excerpt_search *s, const char *address)
{
	const struct outgoing *o = s->o;

	if (address == NULL || strs_has_case(&o->to, address) ||
	    strs_has_case(&o->cc, address) || !excerpt_has(s, address))
		return;
	excerpt_say(s, "downgrade", "address of who reported it or takes part");
}

static void
excerpt_name(struct excerpt_search *s, const char *name)
{
	if (name != NULL && strlen(name) >= EXCERPT_NAME &&
	    excerpt_has(s, name))
		excerpt_say(
		    s, "downgrade", "name of who reported it or takes part");
}

/* An indicator that its source restricted is not ours to give. */
static void
excerpt_indicators(struct excerpt_search *s, const struct message *m)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(m->content, "indicators"), i, one)
	{
		const char *value =
		    json_string_value(json_object_get(one, "value"));

		for (size_t k = 0; value != NULL && k < s->have.count; k++)
			if (!indicator_is_kind(s->have.item[k].type) &&
			    strcasecmp(s->have.item[k].value, value) == 0)
				excerpt_say(s, "amber-third-party",
				    "indicator that came under a label of"
				    " AMBER or above: its source has to lower"
				    " it");
	}
}

/* Who sent it, under each name that we know. */
static int
excerpt_sender(struct excerpt_search *s, const struct message *m, struct err *e)
{
	const json_t *from = json_object_get(m->facts, "from");
	struct contact c;

	excerpt_address(s, m->sender_address);
	excerpt_address(s, json_string_value(json_object_get(from, "address")));
	excerpt_name(s, json_string_value(json_object_get(from, "name")));
	if (m->sender_contact == 0)
		return 0;
	if (contact_get(s->db, m->sender_contact, &c, e) == -1)
		return -1;
	excerpt_name(s, c.name);
	excerpt_name(s, c.organisation);
	contact_free(&c);
	return 0;
}

static void
excerpt_content(struct excerpt_search *s, const struct message *m)
{
	const json_t *text = json_object_get(m->content, "text");
	const char *subject =
	    json_string_value(json_object_get(m->content, "subject"));
	struct content_item item;

	content_item_read(m, &item);
	if (item.origin == NOROSHI_ORIGIN_THIRD && !item.label_by_default &&
	    item.label >= NOROSHI_TLP_AMBER)
		excerpt_indicators(s, m);
	if (json_is_string(text) && quote_of(s->quote, json_string_value(text),
					json_string_length(text)))
		excerpt_say(
		    s, "quote-higher", "text of a message that came in");
	if (floor_attached(s->o, m))
		excerpt_say(
		    s, "quote-higher", "file of a message that came in");
	if (subject != NULL && strlen(subject) >= EXCERPT_SUBJECT &&
	    s->o->subject != NULL && strcasestr(s->o->subject, subject) != NULL)
		excerpt_say(s, "subject-leak", "subject of who reported it");
}

/* What one of the team wrote, as the very mail that asks for the excerpt. */
static bool
excerpt_is_ours(const struct message *m)
{
	const char *class = json_string_value(
	    json_object_get(json_object_get(m->facts, "sender"), "class"));

	return strcmp(m->direction, "in") != 0 ||
	       (class != NULL && strcmp(class, class_name(CLASS_STAFF)) == 0);
}

static int
excerpt_message(struct excerpt_search *s, int64_t id, struct err *e)
{
	struct err why = {0};
	struct message m;
	int rc = 0;

	if (message_get(s->db, id, &m, e) == -1)
		return -1;
	if (!excerpt_is_ours(&m)) {
		rc = excerpt_sender(s, &m, e);
		if (rc == 0 && message_unseal(s->db, s->vault, &m, &why) == 0)
			excerpt_content(s, &m);
		else if (rc == 0 && why.code != ERR_NOINPUT)
			rc = err_set(e, why.code, "%s", why.text);
	}
	message_free(&m);
	return rc;
}

int
excerpt_judge(struct db *db, struct vault *v, const struct outgoing *o,
    struct excerpt *out, struct err *e)
{
	struct excerpt_search s = {.db = db, .vault = v, .o = o, .out = out};
	const struct message_filter f = {.cases = o->cases};
	struct strs people = {0};
	int64_t *id = NULL;
	size_t count = 0;
	int rc;

	*out = (struct excerpt){0};
	rc = excerpt_words(&s, e);
	if (rc == 0) {
		indicators_find(&s.have, buf_str(&s.words), s.words.len);
		excerpt_quote(&s);
	}
	if (rc == 0 && o->cases != 0 &&
	    (message_list(db, &f, &id, &count, e) == -1 ||
		case_participants(db, o->cases, &people, e) == -1))
		rc = -1;
	for (size_t i = 0; i < people.count && rc == 0; i++)
		excerpt_address(&s, people.item[i]);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = excerpt_message(&s, id[i], e);
	free(id);
	strs_free(&people);
	quote_free(s.quote);
	indicators_free(&s.have);
	buf_free(&s.words);
	return rc;
}
