#include "policy/skeleton.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"

#define SKELETON_MAX 255 /* bytes of a text that are looked at */
#define WORDS_MAX 16 /* of a name */

struct look {
	uint32_t letter;
	uint32_t like;
};

/* By code point. Lower case only: what comes here is folded. */
static const struct look looks[] = {
    {0xe6, 'a'}, /* ae */
    {0xf0, 'd'},
    {0xf8, 'o'},
    {0xfe, 'p'},
    {0x111, 'd'},
    {0x127, 'h'},
    {0x131, 'l'}, /* dotless i */
    {0x138, 'k'},
    {0x142, 'l'},
    {0x14b, 'n'},
    {0x167, 't'},
    {0x180, 'b'},
    {0x1c0, 'l'},
    {0x251, 'a'},
    {0x253, 'b'},
    {0x257, 'd'},
    {0x261, 'g'},
    {0x262, 'g'},
    {0x268, 'l'},
    {0x269, 'l'},
    {0x26a, 'l'},
    {0x274, 'n'},
    {0x280, 'r'},
    {0x28f, 'y'},
    {0x299, 'b'},
    {0x29c, 'h'},
    {0x29f, 'l'},
    /* Greek */
    {0x3b1, 'a'},
    {0x3b2, 'b'},
    {0x3b3, 'y'},
    {0x3b5, 'e'},
    {0x3b7, 'n'},
    {0x3b9, 'l'},
    {0x3ba, 'k'},
    {0x3bc, 'u'},
    {0x3bd, 'v'},
    {0x3bf, 'o'},
    {0x3c1, 'p'},
    {0x3c2, 'c'},
    {0x3c3, 'o'},
    {0x3c4, 't'},
    {0x3c5, 'u'},
    {0x3c7, 'x'},
    {0x3c9, 'w'},
    {0x3f2, 'c'},
    {0x3f3, 'j'},
    /* Cyrillic */
    {0x430, 'a'},
    {0x432, 'b'},
    {0x433, 'r'},
    {0x435, 'e'},
    {0x437, 'e'},
    {0x43a, 'k'},
    {0x43c, 'm'},
    {0x43d, 'h'},
    {0x43e, 'o'},
    {0x43f, 'n'},
    {0x440, 'p'},
    {0x441, 'c'},
    {0x442, 't'},
    {0x443, 'y'},
    {0x445, 'x'},
    {0x448, 'w'},
    {0x44c, 'b'},
    {0x454, 'e'},
    {0x455, 's'},
    {0x456, 'l'},
    {0x458, 'j'},
    {0x45b, 'h'},
    {0x461, 'w'},
    {0x475, 'v'},
    {0x491, 'r'},
    {0x493, 'f'},
    {0x49b, 'k'},
    {0x4ab, 'c'},
    {0x4af, 'y'},
    {0x4bb, 'h'},
    {0x4bd, 'e'},
    {0x4cf, 'l'},
    {0x4d5, 'a'},
    {0x501, 'd'},
    {0x51b, 'q'},
    {0x51d, 'w'},
    /* Armenian */
    {0x561, 'w'},
    {0x563, 'q'},
    {0x566, 'q'},
    {0x570, 'h'},
    {0x575, 'j'},
    {0x578, 'n'},
    {0x57d, 'u'},
    {0x581, 'g'},
    {0x582, 'l'},
    {0x584, 'p'},
    {0x585, 'o'},
    /* small capitals */
    {0x1d00, 'a'},
    {0x1d04, 'c'},
    {0x1d05, 'd'},
    {0x1d07, 'e'},
    {0x1d0a, 'j'},
    {0x1d0b, 'k'},
    {0x1d0d, 'm'},
    {0x1d0f, 'o'},
    {0x1d18, 'p'},
    {0x1d1b, 't'},
    {0x1d1c, 'u'},
    {0x1d20, 'v'},
    {0x1d21, 'w'},
    {0x1d22, 'z'},
    /* dashes */
    {0x2010, '-'},
    {0x2011, '-'},
    {0x2012, '-'},
    {0x2013, '-'},
    {0x2014, '-'},
    {0x2212, '-'},
    /* kana and the kanji that look like them */
    {0x3078, 0x30d8},
    {0x30ab, 0x529b},
    {0x30bf, 0x5915},
    {0x30c8, 0x535c},
    {0x30cb, 0x4e8c},
    {0x30cf, 0x516b},
    {0x30ed, 0x53e3},
    {0x30a8, 0x5de5},
    {0x30fc, '-'},
    {0x4e00, '-'},
};

static uint32_t
look_of(uint32_t cp)
{
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (looks[i].letter == cp)
			return looks[i].like;
	return cp;
}

static uint32_t
digit_look(uint32_t cp)
{
	static const char digits[] = "olzeasgtbg";

	if (cp >= '0' && cp <= '9')
		return (uint32_t)digits[cp - '0'];
	return cp == 'i' || cp == '|' || cp == '!' ? 'l' : cp;
}

/*
 * Case folded and taken apart (NFKD), accents left out; an array of *n code
 * points of the caller's. Never NULL.
 */
static uint32_t *
letters_of(const char *text, size_t len, size_t *n)
{
	uint8_t *folded = NULL;
	uint32_t *out;
	size_t size = 0;

	*n = 0;
	if (len > SKELETON_MAX) {
		len = SKELETON_MAX;
		while (len > 0 && (text[len] & 0xc0) == 0x80)
			len--;
	}
	if (utf8_is(text, len))
		folded = u8_casefold((const uint8_t *)text, len, NULL,
		    UNINORM_NFKD, NULL, &size);
	out = xcalloc(size + 1, sizeof(*out));
	for (size_t i = 0; i < size;) {
		uint32_t cp;
		size_t used = utf8_next(folded + i, size - i, &cp);

		if (used == 0)
			break;
		i += used;
		if (!uc_is_general_category(cp, UC_CATEGORY_Mn))
			out[(*n)++] = look_of(cp);
	}
	free(folded);
	return out;
}

static void
put_letter(struct buf *b, uint32_t cp)
{
	if (cp < 0x80)
		buf_putc(b, (int)cp);
	else /* no text for people: any writing of it will do */
		buf_putf(b, "%c%c%c%c", (int)(0x80 | (cp & 0x3f)),
		    (int)(0x80 | (cp >> 6 & 0x3f)),
		    (int)(0x80 | (cp >> 12 & 0x3f)),
		    (int)(0x80 | (cp >> 18 & 0x07)));
}

char *
skeleton_make(const char *text, size_t len)
{
	size_t n;
	uint32_t *cp = letters_of(text, len, &n);
	struct buf b;

	buf_init(&b, 4 * n + 1);
	for (size_t i = 0; i < n; i++) {
		uint32_t next = i + 1 < n ? cp[i + 1] : 0;

		if (cp[i] == '-' || cp[i] == '_')
			continue;
		if (cp[i] == 'r' && next == 'n') {
			put_letter(&b, 'm');
			i++;
		} else if (cp[i] == 'v' && next == 'v') {
			put_letter(&b, 'w');
			i++;
		} else {
			put_letter(&b, digit_look(cp[i]));
		}
	}
	free(cp);
	return buf_take_str(&b);
}

static bool
is_in_word(uint32_t cp)
{
	return cp >= 0x80
		   ? uc_is_general_category(cp,
			 uc_general_category_or(UC_CATEGORY_L, UC_CATEGORY_N))
		   : (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9');
}

static int
compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *
skeleton_name(const char *name)
{
	size_t n, words = 0;
	uint32_t *cp = letters_of(name, strlen(name), &n);
	char *word[WORDS_MAX];
	struct buf b;

	for (size_t i = 0; i < n && words < WORDS_MAX;) {
		struct buf one;

		buf_init(&one, 4 * n + 1);
		while (i < n && is_in_word(cp[i]))
			put_letter(&one, digit_look(cp[i++]));
		if (one.len > 0)
			word[words++] = buf_take_str(&one);
		else
			i++;
		buf_free(&one);
	}
	qsort(word, words, sizeof(word[0]), compare_words);
	buf_init(&b, 5 * n + 1);
	for (size_t i = 0; i < words; i++) {
		if (i > 0)
			buf_putc(&b, ' ');
		buf_puts(&b, word[i]);
		free(word[i]);
	}
	free(cp);
	return buf_take_str(&b);
}

/* A bit for each script that is not written with others; 0: any. */
static unsigned
script_bit(uint32_t cp)
{
	static const char *const alone[] = {"Latin", "Cyrillic", "Greek",
	    "Armenian", "Cherokee", "Georgian", "Hebrew", "Arabic", "Coptic"};
	const uc_script_t *script = uc_script(cp);

	for (size_t i = 0; script != NULL && i < sizeof(alone) / sizeof(*alone);
	     i++)
		if (strcmp(script->name, alone[i]) == 0)
			return 1U << i;
	return 0;
}

bool
skeleton_mixed(const char *domain)
{
	size_t len = strlen(domain);
	const unsigned char *p = (const unsigned char *)domain;
	unsigned seen = 0;

	if (!utf8_is(domain, len))
		return true;
	while (len > 0) {
		uint32_t cp;
		size_t used = utf8_next(p, len, &cp);

		if (cp == '.')
			seen = 0;
		seen |= script_bit(cp);
		if ((seen & (seen - 1)) != 0)
			return true;
		p += used;
		len -= used;
	}
	return false;
}
