#include "policy/tlp_cursor.h"

#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

static bool
ignorable(ucs4_t cp)
{
	return cp == 0xAD || (cp >= 0x200B && cp <= 0x200F) || cp == 0x2060 ||
	       cp == 0xFEFF;
}

/* What people and word processors write for '-' and ':', which NFKC keeps. */
static ucs4_t
plain(ucs4_t cp)
{
	if ((cp >= 0x2010 && cp <= 0x2015) || cp == 0x2212)
		return '-';
	if (cp == 0x2236 || cp == 0xA789)
		return ':';
	return cp;
}

/* Reads the code point at the cursor into *cp, and its bytes into *size. */
static void
cursor_decode(
    const struct tlp_cursor *c, ucs4_t *cp, size_t *size, size_t *subs)
{
	ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];
	int tag;
	int n;

	*size = (size_t)u8_mbtouc(cp, c->text + c->pos, c->end - c->pos);
	*subs = 1;
	if (*cp < 0x80)
		return;
	n = uc_decomposition(*cp, &tag, parts);
	/* NFKC puts canonical pieces together again: "é" stays one letter. */
	if (n < 1 || tag == UC_DECOMP_CANONICAL) {
		*cp = plain(*cp);
		return;
	}
	*subs = (size_t)n;
	*cp = plain(parts[c->sub < *subs ? c->sub : 0]);
}

ucs4_t
tlp_cursor_peek(struct tlp_cursor *c)
{
	while (c->pos < c->end) {
		ucs4_t cp;
		size_t size;
		size_t subs;

		cursor_decode(c, &cp, &size, &subs);
		if (!ignorable(cp))
			return cp == TLP_CURSOR_END ? 0xFFFD : cp;
		c->pos += size;
		c->sub = 0;
	}
	return TLP_CURSOR_END;
}

void
tlp_cursor_step(struct tlp_cursor *c)
{
	ucs4_t cp;
	size_t size;
	size_t subs;

	if (c->pos >= c->end)
		return;
	cursor_decode(c, &cp, &size, &subs);
	if (++c->sub < subs)
		return;
	c->pos += size;
	c->sub = 0;
}

size_t
tlp_cursor_end(const struct tlp_cursor *c)
{
	ucs4_t cp;
	size_t size;
	size_t subs;

	if (c->sub == 0)
		return c->pos;
	cursor_decode(c, &cp, &size, &subs);
	return c->pos + size;
}

ucs4_t
tlp_cursor_fold(ucs4_t cp)
{
	return cp >= 'A' && cp <= 'Z' ? cp + ('a' - 'A') : cp;
}

bool
tlp_cursor_is_space(ucs4_t cp)
{
	return cp == ' ' || cp == '\t' || cp == '\n' || cp == '\r' ||
	       cp == 0x3000 || cp == 0xA0;
}

bool
tlp_cursor_is_word(ucs4_t cp)
{
	if (cp < 0x80)
		return (tlp_cursor_fold(cp) >= 'a' &&
			   tlp_cursor_fold(cp) <= 'z') ||
		       (cp >= '0' && cp <= '9');
	return cp < 0x2E80 && uc_is_alpha(cp);
}

bool
tlp_cursor_is_letter(ucs4_t cp)
{
	if (cp < 0x80)
		return tlp_cursor_fold(cp) >= 'a' && tlp_cursor_fold(cp) <= 'z';
	return uc_is_alpha(cp);
}

size_t
tlp_cursor_skip_spaces(struct tlp_cursor *c, size_t max)
{
	size_t n = 0;

	while (n < max && tlp_cursor_is_space(tlp_cursor_peek(c))) {
		tlp_cursor_step(c);
		n++;
	}
	return n;
}

bool
tlp_cursor_skip_word(struct tlp_cursor *c, const char *word)
{
	struct tlp_cursor at = *c;

	for (; *word != '\0'; word++) {
		if (tlp_cursor_fold(tlp_cursor_peek(&at)) !=
		    (ucs4_t)(unsigned char)*word)
			return false;
		tlp_cursor_step(&at);
	}
	*c = at;
	return true;
}

bool
tlp_cursor_skip_whole_word(struct tlp_cursor *c, const char *word)
{
	struct tlp_cursor at = *c;

	if (!tlp_cursor_skip_word(&at, word) ||
	    tlp_cursor_is_word(tlp_cursor_peek(&at)))
		return false;
	*c = at;
	return true;
}
