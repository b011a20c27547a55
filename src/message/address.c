#include "message/address.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "message/words.h"

#define ID_MAX 998 /* bytes, RFC 5322 section 2.1.1 */

/* What was read of the mailbox at hand. */
struct reader {
	struct mailboxes *out;
	struct strs *warnings;
	const char *p;
	size_t left;
	struct buf phrase; /* words, unquoted */
	struct buf spec; /* the same as an addr-spec, quotes kept */
	struct buf comment; /* the last comment */
	struct buf angle; /* inside <> */
	bool has_angle;
	char *pending; /* "Last" of an unquoted "Last, First <a@b>" */
};

static void
step(struct reader *r)
{
	r->p++;
	r->left--;
}

static void
put_space(struct buf *b)
{
	if (b->len > 0 && b->data[b->len - 1] != ' ')
		buf_putc(b, ' ');
}

static bool
is_atext(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c >= 0x80 ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* Reads a quoted string into two buffers: as text, and as a local part. */
static void
read_quoted(struct reader *r, struct buf *text, struct buf *spec)
{
	size_t from = text->len;
	bool plain = true;

	step(r);
	while (r->left > 0 && *r->p != '"') {
		if (*r->p == '\\' && r->left > 1)
			step(r);
		plain = plain && is_atext((unsigned char)*r->p);
		buf_putc(text, (unsigned char)*r->p);
		step(r);
	}
	if (r->left > 0)
		step(r);
	if (!plain || text->len == from)
		buf_putc(spec, '"');
	for (size_t i = from; i < text->len; i++) {
		if (text->data[i] == '"' || text->data[i] == '\\')
			buf_putc(spec, '\\');
		buf_putc(spec, text->data[i]);
	}
	if (!plain || text->len == from)
		buf_putc(spec, '"');
}

static void
read_comment(struct reader *r, struct buf *out)
{
	unsigned depth = 0;

	buf_clear(out);
	while (r->left > 0) {
		if (*r->p == '(' && depth++ == 0) {
			step(r);
			continue;
		}
		if (*r->p == ')' && --depth == 0) {
			step(r);
			return;
		}
		if (*r->p == '\\' && r->left > 1)
			step(r);
		buf_putc(out, (unsigned char)*r->p);
		step(r);
	}
}

static void
read_angle(struct reader *r)
{
	struct buf text;

	buf_init(&text, r->left);
	buf_clear(&r->angle);
	r->has_angle = true;
	step(r);
	while (r->left > 0 && *r->p != '>') {
		if (*r->p == '"') {
			buf_clear(&text);
			read_quoted(r, &text, &r->angle);
			continue;
		}
		if (*r->p == '(') {
			read_comment(r, &text);
			continue;
		}
		/* An obsolete route "@a,@b:" goes, section 4.4. */
		if (*r->p == ':' && r->angle.len > 0 && r->angle.data[0] == '@')
			buf_clear(&r->angle);
		else if (*r->p != ' ' && *r->p != '\t' && *r->p != '<')
			buf_putc(&r->angle, (unsigned char)*r->p);
		step(r);
	}
	if (r->left > 0)
		step(r);
	buf_free(&text);
}

/* Domain in lower case, ASCII only: other letters have their own rules. */
static void
lower_domain(char *address)
{
	char *at = strrchr(address, '@');

	for (; at != NULL && *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
}

static char *
trimmed(const struct buf *b)
{
	const char *s = buf_str(b);
	size_t len = b->len;

	while (len > 0 && *s == ' ') {
		s++;
		len--;
	}
	while (len > 0 && s[len - 1] == ' ')
		len--;
	return xstrndup(s, len);
}

static char *
decoded(struct reader *r, const char *prefix, const struct buf *words)
{
	char *raw = trimmed(words);
	size_t len = strlen(raw);
	size_t more = prefix == NULL ? 0 : strlen(prefix) + 2;
	struct buf text;
	char *s;

	buf_init(&text, 8 * (len + more) + 64);
	if (prefix != NULL)
		words_decode(&text, prefix, more - 2, r->warnings);
	if (prefix != NULL && len > 0)
		buf_puts(&text, ", ");
	words_decode(&text, raw, len, r->warnings);
	free(raw);
	s = trimmed(&text);
	buf_free(&text);
	if (*s == '\0') {
		free(s);
		return NULL;
	}
	return s;
}

static void
emit(struct reader *r, const char *name, char *address)
{
	lower_domain(address);
	if (*address != '\0' && r->out->count < ADDRESS_LIST_MAX)
		mailboxes_add(r->out, name, address);
}

static void
flush_pending(struct reader *r)
{
	if (r->pending != NULL)
		emit(r, NULL, r->pending);
	free(r->pending);
	r->pending = NULL;
}

/* "addr-spec", "Some Words local@domain", or a word that stands for itself. */
static void
emit_bare(struct reader *r)
{
	char *spec = trimmed(&r->spec);
	char *at = strrchr(spec, '@');
	char *space = NULL;
	char *name;
	char *to = spec;

	if (at != NULL) {
		/* Space around '@' and '.' is obsolete, not an end. */
		for (char *s = spec; s < at; s++)
			if (*s == ' ' && s > spec && s[-1] != '.' &&
			    s[1] != '.' && s[1] != '@' && *spec != '"')
				space = s;
	}
	if (space != NULL) {
		struct buf words;

		buf_init(&words, strlen(spec));
		buf_put(&words, spec, (size_t)(space - spec));
		name = decoded(r, r->pending, &words);
		buf_free(&words);
		memmove(spec, space + 1, strlen(space + 1) + 1);
		free(r->pending);
		r->pending = NULL;
	} else {
		name = decoded(r, NULL, &r->comment);
		flush_pending(r);
	}
	if (*spec != '"')
		for (char *s = spec; *s != '\0' || (*to = '\0', false); s++)
			if (*s != ' ')
				*to++ = *s;
	emit(r, name, spec);
	free(name);
	free(spec);
}

/* Ends the mailbox at hand; more says that a comma follows it. */
static void
finish(struct reader *r, bool more)
{
	if (r->has_angle) {
		char *address = trimmed(&r->angle);
		char *name = decoded(r, r->pending, &r->phrase);

		if (name == NULL)
			name = decoded(r, NULL, &r->comment);
		emit(r, name, address);
		free(r->pending);
		r->pending = NULL;
		free(name);
		free(address);
	} else if (r->spec.len > 0 && memchr(r->spec.data, '@', r->spec.len)) {
		emit_bare(r);
	} else if (r->phrase.len > 0) {
		flush_pending(r);
		r->pending = trimmed(&r->phrase);
		/* Words without an address are no mailbox. */
		if (!more && strchr(r->pending, ' ') != NULL) {
			free(r->pending);
			r->pending = NULL;
		}
	}
	if (!more)
		flush_pending(r);
	buf_clear(&r->phrase);
	buf_clear(&r->spec);
	buf_clear(&r->comment);
	buf_clear(&r->angle);
	r->has_angle = false;
}

static void
read_next(struct reader *r)
{
	switch (*r->p) {
	case '"':
		/* A quote that is never closed is a slip, not a string. */
		if (memchr(r->p + 1, '"', r->left - 1) == NULL)
			break;
		read_quoted(r, &r->phrase, &r->spec);
		return;
	case '(':
		read_comment(r, &r->comment);
		return;
	case '<':
		/* Text after an address is noise, a second one is another. */
		if (r->has_angle)
			finish(r, true);
		read_angle(r);
		return;
	case ',':
		finish(r, true);
		break;
	case ';':
		finish(r, false);
		break;
	case ':':
		/* What stood before was a group's name. */
		buf_clear(&r->phrase);
		buf_clear(&r->spec);
		break;
	case ' ':
	case '\t':
		put_space(&r->phrase);
		put_space(&r->spec);
		break;
	default:
		buf_putc(&r->phrase, (unsigned char)*r->p);
		buf_putc(&r->spec, (unsigned char)*r->p);
	}
	step(r);
}

void
address_parse(
    struct mailboxes *out, const char *text, size_t len, struct strs *warnings)
{
	struct reader r = {
	    .out = out, .warnings = warnings, .p = text, .left = len};

	buf_init(&r.phrase, len + 1);
	buf_init(&r.spec, 2 * len + 16);
	buf_init(&r.comment, len + 1);
	buf_init(&r.angle, 2 * len + 16);
	while (r.left > 0)
		read_next(&r);
	finish(&r, false);
	buf_free(&r.phrase);
	buf_free(&r.spec);
	buf_free(&r.comment);
	buf_free(&r.angle);
}

/*
 * Some programs leave the brackets out (RFC 5322 section 3.6.4 asks for them).
 * Where one word is no id, all of it is a phrase.
 */
static void
address_bare_ids(struct strs *out, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *word = text;
		const char *at;
		size_t n;
		char *id;

		while (text < end && *text != ' ' && *text != '\t')
			text++;
		n = (size_t)(text++ - word);
		if (n == 0)
			continue;
		at = memchr(word, '@', n);
		if (at == NULL || at == word || at + 1 == word + n ||
		    memchr(word, '>', n) != NULL || n > ID_MAX - 2 ||
		    out->count == ADDRESS_IDS_MAX) {
			strs_free(out);
			return;
		}
		id = xasprintf("<%.*s>", (int)n, word);
		strs_add(out, id);
		free(id);
	}
}

void
address_ids(struct strs *out, const char *text, size_t len)
{
	char id[ID_MAX + 1];

	if (out->count == 0 && len > 0 && memchr(text, '<', len) == NULL) {
		address_bare_ids(out, text, len);
		return;
	}
	while (len > 0 && out->count < ADDRESS_IDS_MAX) {
		const char *open = memchr(text, '<', len);
		size_t skip = open == NULL ? len : (size_t)(open - text) + 1;
		const char *close;
		size_t n = 0;

		text += skip;
		len -= skip;
		close = len == 0 ? NULL : memchr(text, '>', len);
		if (close == NULL)
			return;
		id[n++] = '<';
		for (const char *p = text; p < close && n < ID_MAX; p++) {
			if (*p == '<')
				n = 0;
			if (*p != ' ' && *p != '\t')
				id[n++] = *p;
		}
		len -= (size_t)(close + 1 - text);
		text = close + 1;
		if (n > 1 && n < ID_MAX) {
			id[n++] = '>';
			strs_add_len(out, id, n);
		}
	}
}
