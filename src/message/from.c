#include "message/from.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "message/words.h"

/* What of one mailbox was met, in the order of the grammar. */
enum stage {
	STAGE_START,
	STAGE_LOCAL, /* words: a name, or one that is a local part */
	STAGE_AT,
	STAGE_DOMAIN,
	STAGE_END /* behind '>' */
};

struct check {
	const char *p;
	size_t left;
	enum stage stage;
	bool angle; /* inside <> */
	bool broken; /* not as section 3.4 has it: look for other readings */
	bool ambiguous;
	bool encoded; /* an encoded word where an address stands */
	bool group; /* ':' was met, and ';' */
	bool colon;
	bool open; /* no ']' is left */
	bool quoted; /* the last word was */
	bool local; /* a quoted one stood before '@' */
	bool bracket; /* '<' in a comment */
	bool remark; /* a comment with '@' came behind the last word */
	size_t words; /* since the last sign that begins something */
	struct buf comments; /* their text */
};

static void
skip(struct check *c, size_t n)
{
	c->p += n;
	c->left -= n;
}

static bool
is_word_byte(char b)
{
	return (b & 0x80) != 0 || (b >= 'a' && b <= 'z') ||
	       (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') ||
	       (b != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", b) != NULL);
}

/* A word or a quoted string: of a name, a local part or a domain. */
static void
take_word(struct check *c, bool quoted)
{
	if (c->stage == STAGE_AT && c->remark)
		c->ambiguous = true;
	c->remark = false;
	c->quoted = quoted;
	c->words++;
	switch (c->stage) {
	case STAGE_START:
		c->stage = STAGE_LOCAL;
		break;
	case STAGE_LOCAL: /* a name of several words */
		c->broken = c->broken || c->angle;
		break;
	case STAGE_AT:
		c->stage = STAGE_DOMAIN;
		c->broken = c->broken || quoted;
		break;
	default:
		c->broken = true;
	}
}

static void
check_quoted(struct check *c)
{
	skip(c, 1);
	while (c->left > 0 && *c->p != '"')
		skip(c, *c->p == '\\' && c->left > 1 ? 2 : 1);
	if (c->left == 0)
		c->broken = true;
	else
		skip(c, 1);
	take_word(c, true);
}

static void
check_comment(struct check *c)
{
	size_t depth = 0;
	bool shows = false;

	do {
		char b = *c->p;

		if (b == '\\' && c->left > 1)
			skip(c, 1);
		else if (b == '(')
			depth++;
		else if (b == ')')
			depth--;
		shows = shows || *c->p == '@';
		c->bracket = c->bracket || *c->p == '<';
		buf_putc(&c->comments, depth > 0 ? *c->p : ' ');
		skip(c, 1);
	} while (c->left > 0 && depth > 0);
	c->broken = c->broken || depth > 0;
	/* Between the pieces of an address it is read by some. */
	if (shows && c->angle)
		c->ambiguous = true;
	if (shows && c->stage >= STAGE_LOCAL && c->stage <= STAGE_AT)
		c->remark = true;
}

static void
check_word(struct check *c)
{
	size_t n = 0;
	bool address;

	while (n < c->left && is_word_byte(c->p[n]))
		n++;
	/* Before '@' or after it, or inside <>, a word is no name's. */
	address =
	    c->angle || c->stage == STAGE_AT || (n < c->left && c->p[n] == '@');
	if (address && memmem(c->p, n, "=?", 2) != NULL)
		c->encoded = true;
	skip(c, n);
	take_word(c, false);
}

static void
check_literal(struct check *c)
{
	const char *end = NULL;

	/* Looked for once: a line of '[' alone would take its square. */
	if (c->stage == STAGE_AT && !c->open)
		end = memchr(c->p, ']', c->left);
	if (end == NULL) {
		c->open = c->open || c->stage == STAGE_AT;
		c->broken = true;
		skip(c, 1);
		return;
	}
	skip(c, (size_t)(end - c->p) + 1);
	take_word(c, false);
}

static void
check_begin(struct check *c)
{
	c->stage = STAGE_START;
	c->words = 0;
	c->remark = false;
}

static void
check_sign(struct check *c)
{
	switch (*c->p) {
	case '@':
		c->broken =
		    c->broken || c->stage != STAGE_LOCAL || c->words != 1;
		c->ambiguous = c->ambiguous || c->remark;
		c->local = c->local || c->quoted;
		c->stage = STAGE_AT;
		break;
	case '<':
		c->broken = c->broken || c->angle || c->stage > STAGE_LOCAL;
		c->angle = true;
		check_begin(c);
		break;
	case '>':
		c->broken = c->broken || !c->angle || c->stage != STAGE_DOMAIN;
		c->angle = false;
		c->stage = STAGE_END;
		break;
	case ':':
		c->broken = c->broken || c->stage > STAGE_LOCAL || c->colon;
		c->ambiguous = c->ambiguous || c->angle;
		c->colon = true;
		check_begin(c);
		break;
	case ';':
		c->broken = c->broken || !c->colon;
		c->group = c->group || c->colon;
		break;
	case ',': /* a second address is the caller's to see */
		c->broken = true;
		c->ambiguous = c->ambiguous || c->angle;
		check_begin(c);
		break;
	default:
		c->broken = true;
	}
	skip(c, 1);
}

/* Walks over the line once, and notes where it leaves the grammar. */
static void
check_line(struct check *c)
{
	while (c->left > 0) {
		if (*c->p == ' ' || *c->p == '\t')
			skip(c, 1);
		else if (*c->p == '"')
			check_quoted(c);
		else if (*c->p == '(')
			check_comment(c);
		else if (*c->p == '[')
			check_literal(c);
		else if (is_word_byte(*c->p))
			check_word(c);
		else
			check_sign(c);
	}
	if (c->angle || (c->stage != STAGE_DOMAIN && c->stage != STAGE_END))
		c->broken = true;
}

/* True where the n bytes at s are the address, up to ASCII case. */
static bool
is_same(const char *s, size_t n, const char *address)
{
	return address != NULL && strlen(address) == n &&
	       strncasecmp(s, address, n) == 0;
}

/*
 * True where text shows an address but the given one (NULL: any at all). Where
 * loose is set, or where its local part was lost, a domain needs a dot to be
 * one.
 */
static bool
shows_other(const char *text, size_t len, const char *address, bool loose)
{
	for (size_t i = 0; i < len;) {
		const char *s = text + i, *at;
		size_t n = 0;

		while (i + n < len && (is_word_byte(s[n]) || s[n] == '@'))
			n++;
		i += n + 1;
		while (n > 0 && strchr("'`.", s[n - 1]) != NULL)
			n--;
		while (n > 0 && (*s == '\'' || *s == '`'))
			s++, n--;
		at = memchr(s, '@', n);
		if (at == NULL || at + 1 == s + n)
			continue;
		if ((loose || at == s) &&
		    memchr(at, '.', (size_t)(s + n - at)) == NULL)
			continue;
		if (!is_same(s, n, address))
			return true;
	}
	return false;
}

/* As some read it: without the blanks around '@', and before a dot. */
static void
squeeze(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t next = i;

		if (text[i] == ' ' || text[i] == '\t') {
			while (next < len &&
			       (text[next] == ' ' || text[next] == '\t'))
				next++;
			if (next < len &&
			    (text[next] == '@' || text[next] == '.'))
				continue;
			if (out->len > 0 && out->data[out->len - 1] == '@')
				continue;
		}
		buf_putc(out, (unsigned char)text[i]);
	}
}

static bool
line_shows_other(const char *line, size_t len, const char *address)
{
	struct buf text, tight;
	bool other;

	buf_init(&text, 8 * len + 64);
	words_decode(&text, line, len, NULL);
	/* blanks go, and nothing comes */
	buf_init(&tight, text.len + 1);
	squeeze(&tight, buf_str(&text), text.len);
	other = shows_other(buf_str(&text), text.len, address, false) ||
		shows_other(buf_str(&tight), tight.len, address, true);
	buf_free(&text);
	buf_free(&tight);
	return other;
}

/*
 * True for bytes at which some parsers end the field. Escape sequences and
 * shifts belong to raw Japanese.
 */
static bool
has_control(const struct header_field *f)
{
	for (size_t i = 0; i < f->body_len; i++) {
		unsigned char b = (unsigned char)f->body[i];

		if (b == '\r' && i + 1 < f->body_len && f->body[i + 1] == '\n')
			continue;
		if ((b < ' ' && b != '\t' && b != '\n' && b != 14 && b != 15 &&
			b != 27) ||
		    b == 127)
			return true;
	}
	return false;
}

static size_t
count_at(const char *address)
{
	size_t n = 0;

	for (; *address != '\0'; address++)
		n += *address == '@';
	return n;
}

void
from_check(const struct header_field *f, const char *line, size_t len,
    const struct mailboxes *read, struct strs *warnings)
{
	struct check c = {.p = line, .left = len};
	const char *address =
	    read->count == 1 && strchr(read->item[0].address, '@') != NULL
		? read->item[0].address
		: NULL;

	buf_init(&c.comments, len + 16);
	check_line(&c);
	if (address != NULL && c.broken &&
	    (c.local || line_shows_other(line, len, address)))
		c.ambiguous = true;
	if (address == NULL && read->count <= 1 &&
	    line_shows_other(line, len, NULL)) {
		c.ambiguous = true;
		c.encoded = !shows_other(line, len, NULL, false);
	}
	if (address != NULL && count_at(address) > 1)
		c.ambiguous = true;
	if (shows_other(buf_str(&c.comments), c.comments.len, address, false)) {
		strs_add_once(warnings, "comment-shows-address");
		/* Not few look for "<" first of all. */
		c.ambiguous = c.ambiguous || c.bracket;
	}
	buf_free(&c.comments);
	if (c.encoded)
		strs_add_once(warnings, "encoded-address");
	if (c.ambiguous || c.encoded || has_control(f))
		strs_add_once(warnings, "from-ambiguous");
	if (c.group)
		strs_add_once(warnings, "from-group");
}
