#include "noroshi.h"

#include <stdint.h>
#include <string.h>
#include <unictype.h>

#include "policy/tlp_cursor.h"

#define GAP_MAX 4 /* spaces inside one label that are forgiven */

struct colour {
	const char *word;
	enum noroshi_tlp label;
	unsigned flags;
};

static const struct colour colours[] = {
    {"red", NOROSHI_TLP_RED, 0},
    {"amberstrict", NOROSHI_TLP_AMBER_STRICT, NOROSHI_TLP_SPELLING},
    {"amber", NOROSHI_TLP_AMBER, 0},
    {"green", NOROSHI_TLP_GREEN, 0},
    {"clear", NOROSHI_TLP_CLEAR, 0},
    {"white", NOROSHI_TLP_CLEAR, NOROSHI_TLP_LEGACY},
    {"yellow", NOROSHI_TLP_AMBER, NOROSHI_TLP_LEGACY},
};

/* Words that are a colour after any separator, though no label is so named. */
static const char *const other_colours[] = {"black", "blue", "orange", "purple",
    "pink", "brown", "grey", "gray", "violet", "silver", "gold", "unclear"};

struct match {
	enum noroshi_tlp label;
	unsigned flags;
};

/* "+STRICT" after AMBER, in each of its spellings. */
static void
match_strict(struct tlp_cursor *c, struct match *m)
{
	struct tlp_cursor at = *c;
	size_t gap = tlp_cursor_skip_spaces(&at, GAP_MAX);
	ucs4_t sign = tlp_cursor_peek(&at);

	if (sign == '+' || sign == '-' || sign == '_') {
		tlp_cursor_step(&at);
		gap += tlp_cursor_skip_spaces(&at, GAP_MAX);
	} else if (gap == 0) {
		return;
	}
	if (!tlp_cursor_skip_whole_word(&at, "strict"))
		return;
	m->label = NOROSHI_TLP_AMBER_STRICT;
	if (sign != '+' || gap > 0)
		m->flags |= NOROSHI_TLP_SPELLING;
	*c = at;
}

static bool
match_colour(struct tlp_cursor *c, struct match *m)
{
	for (size_t i = 0; i < sizeof(colours) / sizeof(*colours); i++) {
		if (!tlp_cursor_skip_whole_word(c, colours[i].word))
			continue;
		m->label = colours[i].label;
		m->flags = colours[i].flags;
		if (m->label == NOROSHI_TLP_AMBER && m->flags == 0)
			match_strict(c, m);
		return true;
	}
	return false;
}

/*
 * A word where a colour should be. Right after the colon any word is one; after
 * a space it must look like a label, so that "About TLP: an introduction" and
 * "TLP-marked" are none.
 */
static bool
match_unknown(struct tlp_cursor *c, bool tight, bool colon)
{
	struct tlp_cursor at = *c;
	bool capitals = true;
	size_t letters = 0;

	for (size_t i = 0; i < sizeof(other_colours) / sizeof(*other_colours);
	     i++)
		if (tlp_cursor_skip_whole_word(c, other_colours[i]))
			return true;
	if (!colon)
		return false;
	for (;;) {
		ucs4_t cp = tlp_cursor_peek(&at);

		if (!tlp_cursor_is_letter(cp) &&
		    !(letters > 0 && tlp_cursor_is_word(cp)))
			break;
		if (cp >= 'a' && cp <= 'z')
			capitals = false;
		letters++;
		tlp_cursor_step(&at);
	}
	if (letters == 0 || (!tight && (!capitals || letters < 2)))
		return false;
	*c = at;
	return true;
}

/* MISP's tlp:ex:chr is the Chatham House Rule, not a colour. */
static bool
is_chatham(struct tlp_cursor at)
{
	return tlp_cursor_skip_word(&at, "ex:chr");
}

/* Reads a label whose "TLP" begins at the cursor. */
static bool
match_label(struct tlp_cursor *c, struct match *m)
{
	struct tlp_cursor at = *c;
	size_t before;
	size_t after = 0;
	ucs4_t sign;

	if (!tlp_cursor_skip_word(&at, "tlp"))
		return false;
	before = tlp_cursor_skip_spaces(&at, GAP_MAX);
	sign = tlp_cursor_peek(&at);
	if (sign == ':' || sign == '-' || sign == '_') {
		tlp_cursor_step(&at);
		after = tlp_cursor_skip_spaces(&at, GAP_MAX);
	} else if (before == 0) {
		return false;
	} else {
		sign = ' ';
	}
	if (match_colour(&at, m)) {
		if (sign != ':' || before > 0 || after > 0)
			m->flags |= NOROSHI_TLP_SPELLING;
	} else if (!is_chatham(at) &&
		   match_unknown(&at, after == 0, sign == ':')) {
		m->label = NOROSHI_TLP_RED;
		m->flags = NOROSHI_TLP_UNKNOWN;
	} else {
		return false;
	}
	*c = at;
	return true;
}

/* What may stand before a label that is first on its line. */
static bool
is_decoration(ucs4_t cp)
{
	if (cp < 0x80)
		return tlp_cursor_is_space(cp) ||
		       (cp != 0 &&
			   strchr("[](){}<>*=#_-~+|\"'/", (int)cp) != NULL);
	return tlp_cursor_is_space(cp) || (cp < 0x10000 && uc_is_punct(cp)) ||
	       (cp >= 0x2500 && cp <= 0x27BF);
}

/*
 * True where what follows a label at the start of a line makes it the subject
 * of a sentence: "TLP:RED means that ...", "TLP:REDとは". Other words after it
 * are text or a restriction, and the label counts.
 */
static bool
is_explained(struct tlp_cursor at)
{
	static const char *const verbs[] = {"means", "mean", "meant", "is",
	    "are", "was", "were", "stands", "labels", "has", "have", "had",
	    "indicates", "indicate", "denotes", "denote", "describes",
	    "refers"};
	size_t gap = tlp_cursor_skip_spaces(&at, GAP_MAX);
	ucs4_t cp = tlp_cursor_peek(&at);

	if (cp == 0x3068) { /* と */
		tlp_cursor_step(&at);
		cp = tlp_cursor_peek(&at);
	}
	if (cp == 0x306F) /* は */
		return true;
	/* A restriction after the label shouts or begins with a capital. */
	if (gap == 0 || cp < 'a' || cp > 'z')
		return false;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (tlp_cursor_skip_whole_word(&at, verbs[i]))
			return true;
	return false;
}

static void
found_own(struct noroshi_tlp_found *f, const struct match *m, size_t offset,
    size_t len)
{
	f->flags |= m->flags;
	if (f->found && f->label != m->label)
		f->flags |= NOROSHI_TLP_SEVERAL;
	if (f->found && f->label >= m->label)
		return;
	f->found = true;
	f->label = m->label;
	f->offset = offset;
	f->len = len;
}

static void
found_quoted(struct noroshi_tlp_found *f, const struct match *m)
{
	f->flags |= m->flags | NOROSHI_TLP_QUOTED;
	if (!f->quoted || f->quoted_label < m->label)
		f->quoted_label = m->label;
	f->quoted = true;
}

/* How the labels of one stretch of text are taken. */
struct stretch {
	bool quoted; /* somebody else's */
	bool first_only; /* in a sentence a label is only mentioned */
};

/*
 * Moves past ASCII that no label begins with: nearly all of a text, byte by
 * byte instead of by code points.
 */
static void
skip_plain(struct tlp_cursor *c, bool *first, bool *boundary)
{
	if (c->sub != 0)
		return;
	while (c->pos < c->end) {
		unsigned char b = c->text[c->pos];

		if (b >= 0x80 || (*boundary && tlp_cursor_fold(b) == 't'))
			return;
		if (*first && !is_decoration(b))
			*first = false;
		*boundary = !tlp_cursor_is_word(b);
		c->pos++;
	}
}

static void
scan(struct tlp_cursor c, const struct stretch *s, struct noroshi_tlp_found *f)
{
	bool first = true; /* nothing but decoration so far */
	bool boundary = true; /* a word may begin here */

	for (;;) {
		struct tlp_cursor at;
		struct match m;
		size_t offset;
		ucs4_t cp;

		skip_plain(&c, &first, &boundary);
		at = c;
		cp = tlp_cursor_peek(&at);
		offset = at.pos;

		if (cp == TLP_CURSOR_END)
			return;
		if (boundary && tlp_cursor_fold(cp) == 't' &&
		    match_label(&at, &m)) {
			if (s->first_only && (!first || is_explained(at)))
				f->flags |= NOROSHI_TLP_MENTIONED;
			else if (s->quoted)
				found_quoted(f, &m);
			else
				found_own(f, &m, offset,
				    tlp_cursor_end(&at) - offset);
			c = at;
			boundary = true;
			continue;
		}
		if (!is_decoration(cp))
			first = false;
		boundary = !tlp_cursor_is_word(cp);
		tlp_cursor_step(&at);
		c = at;
	}
}

/* Moves past quotation marks at the start of a line. */
static bool
skip_quote(struct tlp_cursor *c)
{
	struct tlp_cursor at = *c;
	bool quoted = false;

	for (;;) {
		ucs4_t cp = tlp_cursor_peek(&at);

		if (cp == '>')
			quoted = true;
		else if (!tlp_cursor_is_space(cp))
			break;
		tlp_cursor_step(&at);
	}
	if (quoted)
		*c = at;
	return quoted;
}

/* "Subject:" of a mail that was forwarded in the text. */
static bool
skip_subject(struct tlp_cursor *c)
{
	static const char *const names[] = {"subject", "件名"};
	struct tlp_cursor at = *c;

	tlp_cursor_skip_spaces(&at, GAP_MAX);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const uint8_t *name = (const uint8_t *)names[i];
		struct tlp_cursor here = at;
		size_t len = strlen(names[i]);

		if (name[0] < 0x80) {
			if (!tlp_cursor_skip_word(&here, names[i]))
				continue;
		} else if (here.end - here.pos < len ||
			   memcmp(here.text + here.pos, name, len) != 0) {
			continue;
		} else {
			here.pos += len;
		}
		tlp_cursor_skip_spaces(&here, GAP_MAX);
		if (tlp_cursor_peek(&here) != ':')
			continue;
		tlp_cursor_step(&here);
		*c = here;
		return true;
	}
	return false;
}

/* "-----Original Message-----": what follows is somebody else's. */
static bool
begins_forwarded(struct tlp_cursor at)
{
	size_t dashes = 0;

	tlp_cursor_skip_spaces(&at, GAP_MAX);
	while (tlp_cursor_peek(&at) == '-') {
		dashes++;
		tlp_cursor_step(&at);
	}
	tlp_cursor_skip_spaces(&at, GAP_MAX);
	if (tlp_cursor_skip_word(&at, "begin forwarded message"))
		return true;
	if (dashes < 2)
		return false;
	return tlp_cursor_skip_word(&at, "original message") ||
	       tlp_cursor_skip_word(&at, "forwarded message") ||
	       tlp_cursor_skip_word(&at, "forwarded by");
}

static bool
is_tlp(uint8_t a, uint8_t b, uint8_t c)
{
	return (a | 0x20) == 't' && (b | 0x20) == 'l' && (c | 0x20) == 'p';
}

/*
 * False where a line is all ASCII and "tlp" is nowhere in it, so that no label
 * can be: every third byte is looked at, since one of them is in each "tlp". 9
 * instructions a byte of text instead of 57.
 */
static bool
may_hold_label(const uint8_t *p, size_t len)
{
	uint64_t eight, all = 0;
	size_t at = 0;

	for (; len - at >= sizeof(eight); at += sizeof(eight)) {
		memcpy(&eight, p + at, sizeof(eight));
		all |= eight;
	}
	for (; at < len; at++)
		all |= p[at];
	if (all & 0x8080808080808080ULL)
		return true;
	for (size_t i = 2; i < len; i += 3) {
		uint8_t c = p[i] | 0x20;

		if ((c == 'p' && is_tlp(p[i - 2], p[i - 1], p[i])) ||
		    (c == 'l' && i + 1 < len &&
			is_tlp(p[i - 1], p[i], p[i + 1])) ||
		    (c == 't' && i + 2 < len &&
			is_tlp(p[i], p[i + 1], p[i + 2])))
			return true;
	}
	return false;
}

static void
scan_line(struct tlp_cursor line, bool *forwarded, struct noroshi_tlp_found *f)
{
	struct stretch s = {.first_only = true};

	if (begins_forwarded(line))
		*forwarded = true;
	if (!may_hold_label(line.text + line.pos, line.end - line.pos))
		return;
	s.quoted = skip_quote(&line) || *forwarded;
	if (skip_subject(&line)) {
		s.quoted = true;
		s.first_only = false;
	}
	scan(line, &s, f);
}

static void
scan_body(const uint8_t *text, size_t len, struct noroshi_tlp_found *f)
{
	bool forwarded = false;
	size_t start = 0;

	while (start < len) {
		size_t end = start;

		while (end < len && text[end] != '\n' && text[end] != '\r')
			end++;
		scan_line(
		    (struct tlp_cursor){.text = text, .end = end, .pos = start},
		    &forwarded, f);
		start = end + 1;
	}
}

bool
noroshi_tlp_find(const char *text, size_t len, enum noroshi_tlp_place place,
    struct noroshi_tlp_found *found)
{
	const uint8_t *bytes = (const uint8_t *)text;
	struct stretch s = {0};

	memset(found, 0, sizeof(*found));
	if (text == NULL || len == 0)
		return false;
	if (place == NOROSHI_TLP_BODY)
		scan_body(bytes, len, found);
	else
		scan((struct tlp_cursor){.text = bytes, .end = len}, &s, found);
	return found->found;
}

bool
noroshi_tlp_parse(const char *text, enum noroshi_tlp *label)
{
	struct tlp_cursor c;
	struct match m;

	if (text == NULL)
		return false;
	c = (struct tlp_cursor){
	    .text = (const uint8_t *)text, .end = strlen(text)};
	tlp_cursor_skip_spaces(&c, c.end);
	if (!match_label(&c, &m) && !match_colour(&c, &m))
		return false;
	tlp_cursor_skip_spaces(&c, c.end);
	if (tlp_cursor_peek(&c) != TLP_CURSOR_END ||
	    (m.flags & NOROSHI_TLP_UNKNOWN))
		return false;
	*label = m.label;
	return true;
}

const char *
noroshi_tlp_name(enum noroshi_tlp label)
{
	switch (label) {
	case NOROSHI_TLP_CLEAR:
		return "CLEAR";
	case NOROSHI_TLP_GREEN:
		return "GREEN";
	case NOROSHI_TLP_AMBER:
		return "AMBER";
	case NOROSHI_TLP_AMBER_STRICT:
		return "AMBER+STRICT";
	case NOROSHI_TLP_RED:
		break;
	}
	return "RED"; /* what is no label travels least */
}
