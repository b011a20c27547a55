#include "cases/terms.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

#include "base/utf8.h"

#define TERMS_PIECE 4096 /* bytes that are folded at a time */
#define TERMS_WRAP 50 /* columns from which a line's end may be a wrap */
#define TERMS_CHAR 4 /* bytes, the longest character */

/* What was read last, and so what may follow without a gap. */
struct terms {
	enum terms_for why;
	bool (*found)(void *context, const char *term, size_t len, bool same);
	void *context;
	char word[TERMS_WORD + TERMS_CHAR];
	size_t word_len; /* over TERMS_WORD: it is too long */
	char last[2 * TERMS_CHAR]; /* a spaceless character, room for two */
	size_t last_len;
	bool open; /* a spaceless character now makes a pair with last */
	bool pending; /* asked: last was told at most as the end of a pair */
	bool single; /* and not even that */
	bool wrapped; /* a line ended after last; marks of quotes may follow */
	size_t columns; /* of the line, up to here */
	bool full; /* nobody wants more */
};

struct terms_range {
	uint32_t first, last;
};

/* Written without spaces: Thai to Khmer, kana, ideographs, Hangul, Yi. */
static bool
terms_is_spaceless(uint32_t cp)
{
	static const struct terms_range range[] = {{0x0e00, 0x0fff},
	    {0x1000, 0x109f}, {0x1100, 0x11ff}, {0x1780, 0x17ff},
	    {0x1a20, 0x1aaf}, {0x2e80, 0x2fd5}, {0x3005, 0x3007},
	    {0x3021, 0x3029}, {0x3031, 0x3035}, {0x3038, 0x303c},
	    {0x3041, 0x309f}, {0x30a1, 0x30fa}, {0x30fc, 0x30ff},
	    {0x3105, 0x318e}, {0x31a0, 0x31ff}, {0x3400, 0x4dbf},
	    {0x4e00, 0xa4cf}, {0xa960, 0xa97f}, {0xa9e0, 0xa9ff},
	    {0xaa60, 0xaadf}, {0xac00, 0xd7ff}, {0xf900, 0xfaff},
	    {0x1b000, 0x1b16f}, {0x20000, 0x3134f}};

	if (cp < range[0].first)
		return false;
	for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++)
		if (cp >= range[i].first && cp <= range[i].last)
			return true;
	return false;
}

static bool
terms_is_ascii_word(uint32_t cp)
{
	return (cp >= '0' && cp <= '9') || (cp >= 'a' && cp <= 'z') ||
	       (cp >= 'A' && cp <= 'Z');
}

static bool
terms_is_word(uint32_t cp)
{
	if (cp < 0x80)
		return terms_is_ascii_word(cp);
	return uc_is_general_category_withtable(
	    cp, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N);
}

static void
terms_tell(struct terms *t, const char *term, size_t len, bool same)
{
	if (!t->full)
		t->full = !t->found(t->context, term, len, same);
}

/* Something follows the spaceless run: its last character counts by itself. */
static void
terms_settle(struct terms *t)
{
	if (t->pending)
		terms_tell(t, t->last, t->last_len, false);
	t->pending = false;
}

static void
terms_end_word(struct terms *t)
{
	if (t->word_len > 0 && t->word_len <= TERMS_WORD)
		terms_tell(t, t->word, t->word_len, false);
	t->word_len = 0;
}

static void
terms_word(struct terms *t, const uint8_t *p, size_t n)
{
	if (t->word_len == 0)
		terms_settle(t);
	t->open = t->wrapped = false;
	if (t->word_len > TERMS_WORD)
		return;
	if (n > sizeof(t->word) - t->word_len)
		n = sizeof(t->word) - t->word_len;
	memcpy(t->word + t->word_len, p, n);
	t->word_len += n;
}

static void
terms_spaceless(struct terms *t, const uint8_t *p, size_t n)
{
	bool joined = t->open;

	terms_end_word(t);
	if (joined) {
		memcpy(t->last + t->last_len, p, n);
		terms_tell(t, t->last, t->last_len + n, t->why == TERMS_STORE);
	} else {
		terms_settle(t);
	}
	memcpy(t->last, p, n);
	t->last_len = n;
	t->open = true;
	t->wrapped = false;
	if (t->why == TERMS_STORE)
		terms_tell(t, t->last, n, false);
	t->pending = t->why == TERMS_ASK;
	t->single = !joined;
}

/* What is no letter. */
static void
terms_part(struct terms *t, uint32_t cp)
{
	terms_end_word(t);
	if (t->why == TERMS_STORE && t->open) {
		if (cp == '\n' && t->columns >= TERMS_WRAP)
			t->wrapped = true;
		if (t->wrapped && (cp == '\n' || cp == ' ' || cp == '\t' ||
				      cp == '>' || cp == '|'))
			return;
	}
	t->open = t->wrapped = false;
}

static void
terms_point(struct terms *t, const uint8_t *p, size_t n, uint32_t cp)
{
	if (terms_is_spaceless(cp))
		terms_spaceless(t, p, n);
	else if (terms_is_word(cp))
		terms_word(t, p, n);
	else
		terms_part(t, cp);
	t->columns = cp == '\n' ? 0 : t->columns + (cp >= 0x1100 ? 2 : 1);
}

static void
terms_points(struct terms *t, const uint8_t *p, size_t len)
{
	uint32_t cp;
	size_t n;

	for (; len > 0 && !t->full; p += n, len -= n) {
		n = utf8_next(p, len, &cp);
		if (n == 0) {
			n = 1;
			cp = '?';
		}
		terms_point(t, p, n, cp);
	}
}

/* The word that text begins with; bytes of it, 0: it begins with none. */
static size_t
terms_ascii_word(struct terms *t, const uint8_t *p, size_t len)
{
	size_t n = 0, from = t->word_len;

	while (n < len && terms_is_ascii_word(p[n]))
		n++;
	if (n == 0)
		return 0;
	terms_word(t, p, n);
	/* of letters and digits, it changes capitals alone */
	for (; from < t->word_len; from++)
		t->word[from] |= 0x20;
	return n;
}

static void
terms_ascii(struct terms *t, const uint8_t *p, size_t len)
{
	size_t n;

	for (; len > 0 && !t->full; p += n, len -= n) {
		n = terms_ascii_word(t, p, len);
		if (n == 0) {
			n = 1;
			terms_part(t, *p);
		}
		t->columns = *p == '\n' ? 0 : t->columns + n;
	}
}

/* Bytes up to which a text is folded at once: cut behind a line or a space,
 * else between characters, where a mark may lose its letter. */
static size_t
terms_piece(const char *text, size_t len)
{
	size_t n = TERMS_PIECE;

	if (len <= TERMS_PIECE)
		return len;
	while (n > 0 && text[n - 1] != '\n' && text[n - 1] != ' ')
		n--;
	if (n > 0)
		return n;
	n = TERMS_PIECE;
	while (
	    n > TERMS_PIECE - TERMS_CHAR && ((uint8_t)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void
terms_walk(const char *text, size_t len, enum terms_for why,
    bool (*found)(void *context, const char *term, size_t len, bool same),
    void *context)
{
	struct terms t = {.why = why, .found = found, .context = context};
	size_t n;

	for (; len > 0 && !t.full; text += n, len -= n) {
		const uint8_t *p = (const uint8_t *)text;
		uint8_t *folded = NULL;
		size_t many;

		n = terms_piece(text, len);
		if (utf8_is_ascii(text, n)) {
			terms_ascii(&t, p, n);
			continue;
		}
		folded = u8_casefold(p, n, NULL, UNINORM_NFKC, NULL, &many);
		if (folded == NULL)
			terms_points(&t, p, n);
		else
			terms_points(&t, folded, many);
		free(folded);
	}
	terms_end_word(&t);
	if (t.single)
		terms_settle(&t);
	explicit_bzero(&t, sizeof(t));
}
