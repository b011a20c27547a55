#include "message/dsn.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"

#define DSN_NAME_MAX 64 /* bytes; the longest that is known has 22 */

/* Walks fields; pos never passes len. */
struct dsn_cursor {
	const char *text;
	size_t len;
	size_t pos;
};

/* One field, unfolded; a longer value is cut. */
struct dsn_field {
	char name[DSN_NAME_MAX];
	char value[DSN_VALUE_MAX + 1];
	size_t len;
};

enum dsn_line { DSN_LINE_END, DSN_LINE_EMPTY, DSN_LINE_FIELD, DSN_LINE_OTHER };

/* The line at pos without its end, and past it. */
static const char *
dsn_line(struct dsn_cursor *c, size_t *len)
{
	const char *line = c->text + c->pos;
	size_t left = c->len - c->pos;
	const char *end = memchr(line, '\n', left);

	*len = end == NULL ? left : (size_t)(end - line);
	c->pos += end == NULL ? left : *len + 1;
	if (*len > 0 && line[*len - 1] == '\r')
		(*len)--;
	return line;
}

static void
dsn_append(struct dsn_field *f, const char *s, size_t len)
{
	if (len > DSN_VALUE_MAX - f->len)
		len = DSN_VALUE_MAX - f->len;
	memcpy(f->value + f->len, s, len);
	f->len += len;
	f->value[f->len] = '\0';
}

static bool
dsn_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A line that begins with a blank continues the field, unless it is empty. */
static void
dsn_continue(struct dsn_cursor *c, struct dsn_field *f)
{
	while (c->pos < c->len && dsn_is_blank(c->text[c->pos])) {
		size_t len, before = c->pos;
		const char *line = dsn_line(c, &len);

		while (len > 0 && dsn_is_blank(*line)) {
			line++;
			len--;
		}
		if (len == 0) {
			c->pos = before;
			return;
		}
		dsn_append(f, " ", 1);
		dsn_append(f, line, len);
	}
}

static enum dsn_line
dsn_next(struct dsn_cursor *c, struct dsn_field *f)
{
	const char *line, *colon;
	size_t len, name;

	if (c->pos >= c->len)
		return DSN_LINE_END;
	line = dsn_line(c, &len);
	for (name = 0; name < len && dsn_is_blank(line[name]); name++)
		;
	if (name == len)
		return DSN_LINE_EMPTY;
	colon = memchr(line, ':', len);
	name = colon == NULL ? 0 : (size_t)(colon - line);
	while (name > 0 && dsn_is_blank(line[name - 1]))
		name--;
	*f = (struct dsn_field){0};
	if (name > 0 && name < sizeof(f->name) && !dsn_is_blank(*line)) {
		memcpy(f->name, line, name);
		dsn_append(f, colon + 1, len - (size_t)(colon + 1 - line));
	}
	dsn_continue(c, f);
	return f->name[0] == '\0' ? DSN_LINE_OTHER : DSN_LINE_FIELD;
}

/* The first len bytes of s as one safe line without blanks around it. */
static char *
dsn_safe(const char *s, size_t len)
{
	struct buf b;

	while (len > 0 && dsn_is_blank(*s)) {
		s++;
		len--;
	}
	while (len > 0 && dsn_is_blank(s[len - 1]))
		len--;
	/* Each byte may become U+FFFD, of three. */
	buf_init(&b, 3 * DSN_VALUE_MAX + 1);
	(void)utf8_put_line(&b, s, len);
	return buf_take_str(&b);
}

/* What stands behind "rfc822;" or "smtp;", or all where there is no type. */
static const char *
dsn_behind_type(const struct dsn_field *f, size_t *len)
{
	const char *semicolon = memchr(f->value, ';', f->len);
	const char *s = semicolon == NULL ? f->value : semicolon + 1;

	*len = f->len - (size_t)(s - f->value);
	return s;
}

static void
dsn_set(char **to, const char *s, size_t len)
{
	if (*to == NULL)
		*to = dsn_safe(s, len);
}

static void
dsn_set_address(char **to, const struct dsn_field *f)
{
	size_t len;
	const char *s = dsn_behind_type(f, &len);
	char *line, *end;

	if (*to != NULL)
		return;
	line = dsn_safe(s, len);
	end = strchr(line, '>');
	if (line[0] == '<' && end != NULL)
		*to = xstrndup(line + 1, (size_t)(end - line - 1));
	else
		*to = xstrdup(line);
	free(line);
}

/* RFC 3463 section 2: class "." up to three digits "." up to three. */
static size_t
dsn_status_len(const char *s)
{
	size_t at = 1, digits;

	if (*s != '2' && *s != '4' && *s != '5')
		return 0;
	for (int i = 0; i < 2; i++) {
		if (s[at] != '.')
			return 0;
		digits = strspn(s + at + 1, "0123456789");
		if (digits == 0 || digits > 3)
			return 0;
		at += digits + 1;
	}
	return at;
}

static void
dsn_set_status(struct dsn_recipient *r, const struct dsn_field *f)
{
	const char *s = f->value + strspn(f->value, " \t");
	size_t len = dsn_status_len(s);

	if (len > 0)
		dsn_set(&r->status, s, len);
}

static void
dsn_set_action(struct dsn_recipient *r, bool *known, const struct dsn_field *f)
{
	static const struct {
		const char *word;
		enum dsn_action action;
	} actions[] = {{"failed", DSN_FAILED}, {"delayed", DSN_DELAYED},
	    {"delivered", DSN_FINE}, {"relayed", DSN_FINE},
	    {"expanded", DSN_FINE}};
	const char *s = f->value + strspn(f->value, " \t");
	size_t len = strcspn(s, " \t(;");

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (*known || strlen(actions[i].word) != len ||
		    strncasecmp(s, actions[i].word, len) != 0)
			continue;
		r->action = actions[i].action;
		*known = true;
	}
}

static void
dsn_recipient_free(struct dsn_recipient *r)
{
	free(r->original);
	free(r->final);
	free(r->status);
	free(r->diagnostic);
}

/* The group ends: it counts where it names a recipient. */
static void
dsn_group_end(struct dsn *d, struct dsn_recipient *r, bool known)
{
	if ((r->final == NULL && r->original == NULL) ||
	    d->recipients == DSN_RECIPIENTS_MAX) {
		dsn_recipient_free(r);
	} else {
		if (!known && r->status != NULL && r->status[0] != '2')
			r->action =
			    r->status[0] == '5' ? DSN_FAILED : DSN_DELAYED;
		d->recipient =
		    xgrow(d->recipient, d->recipients, sizeof(*d->recipient));
		d->recipient[d->recipients++] = *r;
	}
	*r = (struct dsn_recipient){0};
}

static void
dsn_take(struct dsn_recipient *r, bool *known, const struct dsn_field *f)
{
	if (strcasecmp(f->name, "Final-Recipient") == 0) {
		dsn_set_address(&r->final, f);
	} else if (strcasecmp(f->name, "Original-Recipient") == 0) {
		dsn_set_address(&r->original, f);
	} else if (strcasecmp(f->name, "Action") == 0) {
		dsn_set_action(r, known, f);
	} else if (strcasecmp(f->name, "Status") == 0) {
		dsn_set_status(r, f);
	} else if (strcasecmp(f->name, "Diagnostic-Code") == 0) {
		size_t len;
		const char *s = dsn_behind_type(f, &len);

		dsn_set(&r->diagnostic, s,
		    len < DSN_DIAGNOSTIC_MAX ? len : DSN_DIAGNOSTIC_MAX);
	}
}

void
dsn_read(const char *text, size_t len, struct dsn *out)
{
	struct dsn_cursor c = {
	    .text = text, .len = len < DSN_TEXT_MAX ? len : DSN_TEXT_MAX};
	struct dsn_recipient r = {0};
	struct dsn_field f;
	enum dsn_line line;
	bool known = false;

	*out = (struct dsn){0};
	while ((line = dsn_next(&c, &f)) != DSN_LINE_END) {
		if (line == DSN_LINE_FIELD &&
		    strcasecmp(f.name, "Original-Envelope-Id") == 0) {
			dsn_set(&out->envelope, f.value, f.len);
		} else if (line == DSN_LINE_FIELD) {
			dsn_take(&r, &known, &f);
		} else if (line == DSN_LINE_EMPTY) {
			dsn_group_end(out, &r, known);
			known = false;
		}
	}
	dsn_group_end(out, &r, known);
}

void
dsn_free(struct dsn *d)
{
	for (size_t i = 0; i < d->recipients; i++)
		dsn_recipient_free(&d->recipient[i]);
	free(d->recipient);
	free(d->envelope);
	*d = (struct dsn){0};
}

char *
dsn_message_id(const char *text, size_t len)
{
	struct dsn_cursor c = {
	    .text = text, .len = len < DSN_TEXT_MAX ? len : DSN_TEXT_MAX};
	struct dsn_field f;
	enum dsn_line line;

	while ((line = dsn_next(&c, &f)) == DSN_LINE_FIELD ||
	       line == DSN_LINE_OTHER) {
		const char *open, *end;

		if (strcasecmp(f.name, "Message-ID") != 0)
			continue;
		open = memchr(f.value, '<', f.len);
		end = open == NULL
			  ? NULL
			  : memchr(open, '>', f.len - (size_t)(open - f.value));
		return end == NULL ? NULL
				   : dsn_safe(open, (size_t)(end + 1 - open));
	}
	return NULL;
}
