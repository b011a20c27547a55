#include "people/vcard.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "message/encoding.h"
#include "people/csv.h"

/* A file that is read line by line, and the card that is open. */
struct reader {
	struct csv csv; /* the text, and what was wrong */
	struct vcard *card;
	size_t cards;
	struct vcard *open; /* of card, or NULL */
	char *n; /* the open card's name in parts, or NULL */
	bool group; /* it is no person's and no office's */
	bool version;
};

/* One content line: [group.]NAME;parameters:value */
struct line {
	const char *name;
	size_t name_len;
	const char *params; /* from the first ';', or "" */
	size_t params_len;
	const char *value;
	size_t value_len;
	int number;
};

static void
card_free(struct vcard *card)
{
	contact_free(&card->contact);
	for (size_t i = 0; i < card->keys; i++)
		buf_free(&card->key[i]);
	free(card->key);
	strs_free(&card->fingerprints);
}

void
vcard_free(struct vcard *card, size_t count)
{
	for (size_t i = 0; i < count; i++)
		card_free(&card[i]);
	free(card);
}

/* Takes one physical line; its end is not in it. */
static void
reader_physical(struct reader *r, const char **p, size_t *len)
{
	const unsigned char *nl = memchr(r->csv.p, '\n', r->csv.left);
	size_t n = nl == NULL ? r->csv.left : (size_t)(nl - r->csv.p);

	*p = (const char *)r->csv.p;
	*len = n > 0 && (*p)[n - 1] == '\r' ? n - 1 : n;
	n += nl == NULL ? 0 : 1;
	r->csv.p += n;
	r->csv.left -= n;
	r->csv.line += nl == NULL ? 0 : 1;
}

/* The next line with its continuations (RFC 6350 section 3.2). */
static bool
reader_line(struct reader *r, struct buf *out, int *number)
{
	const char *p;
	size_t len;

	buf_clear(out);
	out->over = false;
	if (r->csv.left == 0)
		return false;
	*number = r->csv.line;
	reader_physical(r, &p, &len);
	buf_put(out, p, len);
	while (r->csv.left > 0 && (*r->csv.p == ' ' || *r->csv.p == '\t')) {
		reader_physical(r, &p, &len);
		if (len > 1)
			buf_put(out, p + 1, len - 1);
	}
	if (out->over)
		csv_error(
		    &r->csv, *number, "a line over %u bytes", VCARD_LINE_MAX);
	return true;
}

/* False where it has no name or no value. */
static bool
line_read(const struct buf *text, struct line *out)
{
	const char *p = buf_str(text), *end = p + text->len, *dot;
	bool quoted = false;

	*out = (struct line){.name = p, .params = "", .number = out->number};
	while (p < end && *p != ';' && *p != ':')
		p++;
	out->name_len = (size_t)(p - out->name);
	dot = memchr(out->name, '.', out->name_len);
	if (dot != NULL) {
		out->name_len -= (size_t)(dot + 1 - out->name);
		out->name = dot + 1;
	}
	if (p < end && *p == ';')
		out->params = p;
	for (; p < end && (quoted || *p != ':'); p++)
		quoted = *p == '"' ? !quoted : quoted;
	if (p == end || out->name_len == 0)
		return false;
	if (out->params[0] != '\0')
		out->params_len = (size_t)(p - out->params);
	out->value = p + 1;
	out->value_len = (size_t)(end - out->value);
	return true;
}

static bool
line_is(const struct line *l, const char *name)
{
	return strlen(name) == l->name_len &&
	       strncasecmp(l->name, name, l->name_len) == 0;
}

/* Whether the parameters have this word, as a name, a value or part of one. */
static bool
line_has(const struct line *l, const char *word)
{
	size_t len = strlen(word);
	const char *p = l->params, *end = p + l->params_len;

	while (p < end) {
		const char *q;

		p++; /* the separator */
		for (q = p; q < end && strchr(";=,\"", *q) == NULL; q++)
			;
		if ((size_t)(q - p) == len && strncasecmp(p, word, len) == 0)
			return true;
		p = q;
	}
	return false;
}

/*
 * A value's text up to an unescaped stop (0: all of it), on one line; NULL
 * where nothing is left. The caller's.
 */
static char *
line_text(const struct line *l, char stop)
{
	const char *p = l->value, *end = p + l->value_len;
	struct buf b;
	char *text, *from;
	size_t len;

	buf_init(&b, VCARD_LINE_MAX);
	for (; p < end && (stop == '\0' || *p != stop); p++) {
		if (*p == '\\' && p + 1 < end) {
			p++;
			buf_putc(&b, *p == 'n' || *p == 'N' ? ' ' : *p);
		} else {
			buf_putc(&b, *p);
		}
	}
	text = buf_take_str(&b);
	from = text + strspn(text, " \t");
	len = strlen(from);
	while (len > 0 && (from[len - 1] == ' ' || from[len - 1] == '\t'))
		len--;
	memmove(text, from, len);
	text[len] = '\0';
	if (len > 0)
		return text;
	free(text);
	return NULL;
}

/* Once is enough: the first one counts. */
static void
take_text(char **to, const struct line *l, char stop)
{
	if (*to == NULL)
		*to = line_text(l, stop);
}

static void
take_email(struct reader *r, const struct line *l)
{
	struct strs *list = &r->open->contact.addresses;
	char *address = line_text(l, '\0');
	const char *plain = address;

	if (address == NULL)
		return;
	if (strncasecmp(plain, "mailto:", 7) == 0)
		plain += 7;
	if (list->count >= VCARD_EMAILS_MAX) {
		csv_error(
		    &r->csv, l->number, "over %d addresses", VCARD_EMAILS_MAX);
	} else if (!strs_has_case(list, plain)) {
		strs_add(list, plain);
		if (line_has(l, "pref")) {
			char *last = list->item[list->count - 1];

			memmove(list->item + 1, list->item,
			    (list->count - 1) * sizeof(*list->item));
			list->item[0] = last;
		}
	}
	free(address);
}

static void
take_language(struct vcard *card, const struct line *l)
{
	static const char *const known[] = {"en", "ja"};

	for (size_t i = 0; i < 2 && card->contact.language == NULL; i++)
		if (l->value_len >= 2 &&
		    strncasecmp(l->value, known[i], 2) == 0 &&
		    (l->value_len == 2 || l->value[2] == '-'))
			card->contact.language = xstrdup(known[i]);
}

static struct buf *
key_new(struct reader *r, const struct line *l)
{
	struct vcard *card = r->open;

	if (card->keys >= VCARD_KEYS_MAX) {
		csv_error(&r->csv, l->number, "over %d keys", VCARD_KEYS_MAX);
		return NULL;
	}
	card->key = xgrow(card->key, card->keys, sizeof(*card->key));
	buf_init(&card->key[card->keys], VCARD_LINE_MAX);
	return &card->key[card->keys++];
}

static void
key_base64(struct reader *r, const struct line *l, const char *data, size_t len)
{
	struct buf *key = key_new(r, l);

	if (key == NULL)
		return;
	(void)encoding_decode(key, ENCODING_BASE64, data, len);
	if (key->len == 0)
		csv_error(&r->csv, l->number, "KEY: no base64");
}

/* An armoured key as text: its line ends are "\n" there. */
static void
key_text(struct reader *r, const struct line *l)
{
	struct buf *key = key_new(r, l);
	const char *p = l->value, *end = p + l->value_len;

	for (; key != NULL && p < end; p++)
		if (*p == '\\' && p + 1 < end) {
			p++;
			buf_putc(key, *p == 'n' || *p == 'N' ? '\n' : *p);
		} else {
			buf_putc(key, *p);
		}
}

static bool
value_begins(const struct line *l, const char *word)
{
	size_t len = strlen(word);

	return l->value_len >= len && strncasecmp(l->value, word, len) == 0;
}

static void
take_fingerprint(struct reader *r, const struct line *l)
{
	char *text = xstrndup(l->value + 12, l->value_len - 12);
	size_t len = strlen(text);

	if (len != strspn(text, "0123456789abcdefABCDEF") ||
	    (len != 40 && len != 64))
		csv_error(&r->csv, l->number,
		    "KEY: no fingerprint, expected 40 or 64 digits");
	else if (r->open->fingerprints.count >= VCARD_KEYS_MAX)
		csv_error(&r->csv, l->number, "over %d keys", VCARD_KEYS_MAX);
	else
		strs_add(&r->open->fingerprints, text);
	free(text);
}

static void
take_key(struct reader *r, const struct line *l)
{
	const char *comma = memchr(l->value, ',', l->value_len);

	if (line_has(l, "X509") || line_has(l, "application/pkcs7-mime") ||
	    line_has(l, "application/pkix-cert") ||
	    value_begins(l, "data:application/pki") ||
	    value_begins(l, "data:application/pkcs"))
		return;
	if (value_begins(l, "openpgp4fpr:")) {
		take_fingerprint(r, l);
	} else if (value_begins(l, "data:")) {
		if (comma == NULL || comma - l->value < 12 ||
		    strncasecmp(comma - 7, ";base64", 7) != 0)
			csv_error(&r->csv, l->number,
			    "KEY: a data: URI in base64 was expected");
		else
			key_base64(r, l, comma + 1,
			    l->value_len - (size_t)(comma + 1 - l->value));
	} else if (line_has(l, "b") || line_has(l, "base64")) {
		key_base64(r, l, l->value, l->value_len);
	} else if (value_begins(l, "-----BEGIN PGP")) {
		key_text(r, l);
	}
}

static void
card_begin(struct reader *r, int line)
{
	if (r->open != NULL)
		csv_error(&r->csv, line, "a card begins inside another");
	r->card = xgrow(r->card, r->cards, sizeof(*r->card));
	r->open = &r->card[r->cards++];
	*r->open = (struct vcard){.line = line};
	r->group = r->version = false;
}

/* "Family;Given;..." as a person reads it. */
static char *
card_name(const char *n)
{
	const char *semi = strchr(n, ';');
	size_t family = semi == NULL ? strlen(n) : (size_t)(semi - n);
	size_t given = semi == NULL ? 0 : strcspn(semi + 1, ";");

	if (given == 0)
		return xstrndup(n, family);
	return xasprintf("%.*s%s%.*s", (int)given, semi + 1,
	    family > 0 ? " " : "", (int)family, n);
}

static void
card_end(struct reader *r)
{
	struct contact *c = &r->open->contact;
	struct err why = {0};

	if (r->group) {
		card_free(r->open);
		r->cards--;
	} else {
		if (!r->version)
			csv_error(&r->csv, r->open->line,
			    "VERSION 3.0 or 4.0 was expected");
		if (c->name == NULL && r->n != NULL)
			c->name = card_name(r->n);
		if (c->name == NULL)
			c->name = xstrdup_null(c->organisation);
		if (contact_check(c, &why) == -1)
			csv_error(&r->csv, r->open->line, "%s", why.text);
	}
	free(r->n);
	r->n = NULL;
	r->open = NULL;
}

static bool
line_value_is(const struct line *l, const char *word)
{
	return l->value_len == strlen(word) &&
	       strncasecmp(l->value, word, l->value_len) == 0;
}

static void
reader_take(struct reader *r, const struct line *l)
{
	if (line_is(l, "BEGIN") && line_value_is(l, "VCARD"))
		card_begin(r, l->number);
	else if (r->open == NULL)
		csv_error(&r->csv, l->number, "BEGIN:VCARD was expected");
	else if (line_is(l, "END") && line_value_is(l, "VCARD"))
		card_end(r);
	else if (line_is(l, "VERSION"))
		r->version = line_value_is(l, "3.0") || line_value_is(l, "4.0");
	else if (line_is(l, "KIND") || line_is(l, "X-ADDRESSBOOKSERVER-KIND"))
		r->group = line_value_is(l, "group");
	else if (line_is(l, "FN"))
		take_text(&r->open->contact.name, l, '\0');
	else if (line_is(l, "N"))
		take_text(&r->n, l, '\0');
	else if (line_is(l, "ORG"))
		take_text(&r->open->contact.organisation, l, ';');
	else if (line_is(l, "EMAIL"))
		take_email(r, l);
	else if (line_is(l, "LANG"))
		take_language(r->open, l);
	else if (line_is(l, "KEY"))
		take_key(r, l);
}

static void
reader_all(struct reader *r)
{
	struct line l = {0};
	struct buf text;

	buf_init(&text, VCARD_LINE_MAX);
	while (
	    reader_line(r, &text, &l.number) && r->cards <= VCARD_CARDS_MAX) {
		if (text.len == 0 || text.over)
			continue;
		if (line_read(&text, &l))
			reader_take(r, &l);
		else
			csv_error(&r->csv, l.number,
			    "neither a property nor"
			    " a continuation");
	}
	buf_free(&text);
	if (r->cards > VCARD_CARDS_MAX)
		csv_error(
		    &r->csv, r->csv.line, "over %d cards", VCARD_CARDS_MAX);
	if (r->open != NULL)
		csv_error(&r->csv, r->open->line, "END:VCARD is missing");
	else if (r->cards == 0)
		csv_error(&r->csv, r->csv.line, "there is no card");
	free(r->n);
}

int
vcard_parse(const void *data, size_t len, struct vcard **out, size_t *count,
    struct strs *errors, struct err *e)
{
	struct reader r = {
	    .csv = {.p = data, .left = len, .line = 1, .errors = errors}};
	int bad;

	*out = NULL;
	*count = 0;
	strs_free(errors);
	if (len > VCARD_MAX)
		csv_error(&r.csv, 1, "file over %u bytes", VCARD_MAX);
	else if ((bad = csv_bad_utf8(data, len)) != 0)
		csv_error(&r.csv, bad, "not UTF-8");
	else {
		if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
			r.csv.p += 3;
			r.csv.left -= 3;
		}
		reader_all(&r);
	}
	if (errors->count > 0) {
		vcard_free(r.card, r.cards);
		return err_set(e, ERR_DATA, "%zu mistake%s: %s", errors->count,
		    errors->count == 1 ? "" : "s", errors->item[0]);
	}
	*out = r.card;
	*count = r.cards;
	return 0;
}
