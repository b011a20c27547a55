#include "message/params.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "message/charset.h"
#include "message/encoding.h"
#include "message/words.h"

struct cursor {
	const char *p;
	size_t left;
};

static void
cursor_step(struct cursor *c)
{
	c->p++;
	c->left--;
}

/* Passes white space, comments and the characters in also. */
static void
cursor_skip(struct cursor *c, const char *also)
{
	unsigned depth = 0;

	while (c->left > 0) {
		char ch = *c->p;

		if (ch == '(')
			depth++;
		else if (depth > 0 && ch == ')')
			depth--;
		else if (depth > 0 && ch == '\\' && c->left > 1)
			cursor_step(c);
		else if (depth == 0 && ch != ' ' && ch != '\t' &&
			 (ch == '\0' || strchr(also, ch) == NULL))
			return;
		cursor_step(c);
	}
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static void
read_quoted(struct cursor *c, struct buf *out)
{
	cursor_step(c);
	while (c->left > 0 && *c->p != '"') {
		if (*c->p == '\\' && c->left > 1)
			cursor_step(c);
		buf_putc(out, (unsigned char)*c->p);
		cursor_step(c);
	}
	if (c->left > 0)
		cursor_step(c);
}

/* File names come with bare spaces and parentheses; they end at ';'. */
static bool
is_name(const char *name)
{
	return strncmp(name, "name", 4) == 0 ||
	       strncmp(name, "filename", 8) == 0;
}

static void
read_value(struct cursor *c, struct buf *out, bool spaces)
{
	const char *from = c->p;
	size_t n = 0;

	while (n < c->left && from[n] != ';' &&
	       (spaces || strchr(" \t(\"", from[n]) == NULL || from[n] == '\0'))
		n++;
	c->p += n;
	c->left -= n;
	while (n > 0 && (from[n - 1] == ' ' || from[n - 1] == '\t'))
		n--;
	if (n > 0)
		buf_put(out, from, n);
}

static bool
read_param(struct cursor *c, struct param *item)
{
	const char *from;
	size_t n = 0;
	struct buf value;

	cursor_skip(c, ";");
	from = c->p;
	while (n < c->left && strchr("=; \t(\"", from[n]) == NULL)
		n++;
	if (n == 0) {
		/* Something like a stray quote: pass it, there is more. */
		if (c->left > 0)
			cursor_step(c);
		return false;
	}
	c->p += n;
	c->left -= n;
	cursor_skip(c, "");
	if (c->left == 0 || *c->p != '=')
		return false;
	cursor_step(c);
	cursor_skip(c, "");
	item->name = xstrndup(from, n);
	lower(item->name);
	buf_init(&value, c->left + 1);
	if (c->left > 0 && *c->p == '"')
		read_quoted(c, &value);
	else
		read_value(c, &value, is_name(item->name));
	item->len = value.len;
	item->value = xmemdup(buf_str(&value), value.len + 1);
	buf_free(&value);
	return true;
}

void
params_parse(struct params *out, const char *body, size_t len)
{
	struct cursor c = {body, len};
	struct buf value;

	memset(out, 0, sizeof(*out));
	buf_init(&value, len + 1);
	cursor_skip(&c, "");
	while (c.left > 0 && *c.p != ';') {
		if (*c.p != '\0')
			buf_putc(&value, (unsigned char)*c.p);
		cursor_step(&c);
		/* A space ends it where no "/" is near: "text/plain x=y". */
		if (c.left > 0 && strchr(" \t(", *c.p) != NULL) {
			cursor_skip(&c, "");
			if (c.left > 0 && *c.p != '/' && value.len > 0 &&
			    value.data[value.len - 1] != '/')
				break;
		}
	}
	out->value = buf_take_str(&value);
	lower(out->value);
	while (c.left > 0) {
		struct param item;

		if (out->count == PARAMS_MAX) {
			out->more = true;
			return;
		}
		if (!read_param(&c, &item))
			continue;
		out->item = xgrow(out->item, out->count, sizeof(*out->item));
		out->item[out->count++] = item;
	}
}

void
params_free(struct params *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->item[i].name);
		free(p->item[i].value);
	}
	free(p->item);
	free(p->value);
	memset(p, 0, sizeof(*p));
}

const struct param *
params_find(const struct params *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->item[i].name, name) == 0)
			return &p->item[i];
	return NULL;
}

static void
percent_decode(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int hi = -1, lo = -1;

		if (s[i] == '%' && i + 2 < len) {
			hi = encoding_hex_value((unsigned char)s[i + 1]);
			lo = encoding_hex_value((unsigned char)s[i + 2]);
		}
		if (hi != -1 && lo != -1) {
			buf_putc(out, hi << 4 | lo);
			i += 2;
		} else {
			buf_putc(out, (unsigned char)s[i]);
		}
	}
}

/* Adds a piece; the first extended one starts with charset'language'. */
static void
piece_add(struct buf *bytes, const struct param *piece, bool extended,
    bool first, char **charset)
{
	const char *s = piece->value;
	size_t len = piece->len;
	const char *one =
	    first && extended && len > 0 ? memchr(s, '\'', len) : NULL;
	const char *two =
	    one == NULL ? NULL
			: memchr(one + 1, '\'', len - (size_t)(one + 1 - s));

	if (!extended) {
		buf_put(bytes, s, len);
		return;
	}
	if (two != NULL) {
		*charset = xstrndup(s, (size_t)(one - s));
		len -= (size_t)(two + 1 - s);
		s = two + 1;
	}
	percent_decode(bytes, s, len);
}

/* A value in pieces, by their numbers; each of them once, the first of it. */
struct pieces {
	const struct param *whole; /* "name*" */
	const struct param *plain[PARAMS_MAX]; /* "name*0" ... */
	const struct param *extended[PARAMS_MAX]; /* "name*0*" ... */
};

static void
piece_keep(const struct param **at, const struct param *item)
{
	if (*at == NULL)
		*at = item;
}

/* The mark behind the name: "*", "*1" or "*1*"; without leading zeros. */
static void
piece_sort(struct pieces *to, const struct param *item, const char *mark)
{
	size_t number = 0, digits = strspn(++mark, "0123456789");

	if (digits == 0 && *mark == '\0')
		piece_keep(&to->whole, item);
	if (digits == 0 || digits > 3 || (digits > 1 && *mark == '0'))
		return;
	while (digits-- > 0)
		number = number * 10 + (size_t)(*mark++ - '0');
	if (strcmp(mark, "*") == 0)
		piece_keep(&to->extended[number], item);
	else if (*mark == '\0')
		piece_keep(&to->plain[number], item);
}

/* What stands behind the name in "name*...", or NULL where it is another. */
static const char *
piece_mark(const struct param *item, const char *name)
{
	size_t len = strlen(name);

	return strncmp(item->name, name, len) == 0 && item->name[len] == '*'
		   ? item->name + len
		   : NULL;
}

/* Collects "name*" or "name*0", "name*1*" ...; false where there is none. */
static bool
pieces_join(
    const struct params *p, const char *name, struct buf *bytes, char **charset)
{
	struct pieces pieces;
	size_t i = 0;

	while (i < p->count && piece_mark(&p->item[i], name) == NULL)
		i++;
	if (i == p->count)
		return false;
	memset(&pieces, 0, sizeof(pieces));
	for (; i < p->count; i++) {
		const char *mark = piece_mark(&p->item[i], name);

		if (mark != NULL)
			piece_sort(&pieces, &p->item[i], mark);
	}
	if (pieces.whole != NULL) {
		piece_add(bytes, pieces.whole, true, true, charset);
		return true;
	}
	for (i = 0; i < PARAMS_MAX; i++) {
		const struct param *piece = pieces.extended[i];
		bool extended = piece != NULL;

		if (piece == NULL)
			piece = pieces.plain[i];
		if (piece == NULL)
			return i > 0;
		piece_add(bytes, piece, extended, i == 0, charset);
	}
	return true;
}

char *
params_text(const struct params *p, const char *name, struct strs *warnings)
{
	const struct param *plain = params_find(p, name);
	struct buf bytes, text;
	char *charset = NULL;
	bool joined;
	size_t size = 64;

	for (size_t i = 0; i < p->count; i++)
		size += p->item[i].len;
	buf_init(&bytes, size);
	buf_init(&text, 8 * size);
	joined = pieces_join(p, name, &bytes, &charset);
	if (joined)
		charset_line(&text, charset, bytes.data, bytes.len, warnings);
	else if (plain != NULL)
		words_decode(&text, plain->value, plain->len, warnings);
	free(charset);
	buf_free(&bytes);
	if (!joined && plain == NULL) {
		buf_free(&text);
		return NULL;
	}
	return buf_take_str(&text);
}

char *
params_word(const struct params *p, const char *name, struct strs *warnings)
{
	char *s = params_text(p, name, warnings);

	if (s != NULL)
		lower(s);
	return s;
}
