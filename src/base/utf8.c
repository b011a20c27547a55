#include "base/utf8.h"

#include <string.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

size_t
utf8_next(const unsigned char *p, size_t len, uint32_t *cp)
{
	size_t n;
	uint32_t v;

	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		n = 2;
		v = p[0] & 0x1fU;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		n = 3;
		v = p[0] & 0x0fU;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		n = 4;
		v = p[0] & 0x07U;
	} else {
		return 0;
	}
	if (len < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (p[i] & 0x3fU);
	}
	if ((n == 3 && v < 0x800) || (n == 4 && v < 0x10000) || v > 0x10ffff ||
	    (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*cp = v;
	return n;
}

/* How many bytes at p are ASCII, eight at a time: 1 instruction a byte. */
static size_t
utf8_ascii(const unsigned char *p, size_t len)
{
	size_t n = 0;
	uint64_t eight;

	for (; len - n >= sizeof(eight); n += sizeof(eight)) {
		memcpy(&eight, p + n, sizeof(eight));
		if (eight & 0x8080808080808080ULL)
			break;
	}
	while (n < len && p[n] < 0x80)
		n++;
	return n;
}

bool
utf8_is(const void *text, size_t len)
{
	const unsigned char *p = text;
	uint32_t cp;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_ascii(p + i, len - i);
		if (n > 0)
			continue;
		n = utf8_next(p + i, len - i, &cp);
		if (n == 0)
			return false;
	}
	return true;
}

bool
utf8_is_ascii(const void *text, size_t len)
{
	return utf8_ascii(text, len) == len;
}

struct range {
	uint32_t from;
	uint32_t to;
};

/* The ranges are in order and end with one that nothing lies behind. */
static bool
in_ranges(const struct range *range, uint32_t cp)
{
	while (cp > range->to)
		range++;
	return cp >= range->from;
}

bool
utf8_unsafe(uint32_t cp)
{
	static const struct range unsafe[] = {{0x00, 0x08}, {0x0b, 0x1f},
	    {0x7f, 0x9f}, {0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c},
	    {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180e, 0x180e},
	    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
	    {0x3164, 0x3164}, {0xfdd0, 0xfdef}, {0xfeff, 0xfeff},
	    {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff},
	    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff},
	    {0xe01f0, 0xe0fff}, {UINT32_MAX, UINT32_MAX}};

	if ((cp >= 0x20 && cp < 0x7f) || (cp > 0x3164 && cp < 0xfdd0))
		return false;
	return in_ranges(unsafe, cp) || (cp & 0xfffe) == 0xfffe;
}

/* Arabic and Indic scripts need joiners to be spelt; emoji are made of them. */
static bool
takes_joiner(uint32_t cp)
{
	static const struct range takes[] = {{0x620, 0x8ff}, {0x900, 0xdff},
	    {0x1000, 0x109f}, {0x1780, 0x17b3}, {0x17b6, 0x17ff},
	    {0x1800, 0x180d}, {0x1820, 0x18af}, {0x2190, 0x2bff},
	    {0xfb50, 0xfdcf}, {0xfe0f, 0xfe0f}, {0xfe70, 0xfefc},
	    {0x1f000, 0x1faff}, {UINT32_MAX, UINT32_MAX}};

	return in_ranges(takes, cp);
}

/* Han have variants by name, in Japanese for people's names and places. */
static bool
takes_ideographic_variation(uint32_t cp)
{
	static const struct range takes[] = {{0x3400, 0x9fff}, {0xf900, 0xfaff},
	    {0x20000, 0x3ffff}, {UINT32_MAX, UINT32_MAX}};

	return in_ranges(takes, cp);
}

static bool
takes_variation(uint32_t cp)
{
	if (cp < 0xa9)
		return (cp >= '0' && cp <= '9') || cp == '#' || cp == '*';
	return (cp < 0xfe00 || cp > 0xfe0f) && (cp < 0xe0100 || cp > 0xe01ef) &&
	       cp != 0xfffd && !utf8_unsafe(cp);
}

/*
 * utf8_unsafe for cp behind another one (0: at the start). Joiners pass in
 * scripts that are written with them and between emoji, a variation selector
 * behind what can have variants; one alone.
 */
static bool
unsafe_after(uint32_t before, uint32_t cp)
{
	if (cp >= 0x20 && cp < 0x7f)
		return false;
	if (cp == 0x200c || cp == 0x200d)
		return !takes_joiner(before);
	if (cp >= 0xfe00 && cp <= 0xfe0f)
		return !takes_variation(before);
	if (cp >= 0xe0100 && cp <= 0xe01ef)
		return !takes_ideographic_variation(before);
	return utf8_unsafe(cp);
}

bool
utf8_is_line(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text);
	uint32_t before = 0;

	while (left > 0) {
		uint32_t cp;
		size_t n = utf8_next(p, left, &cp);

		if (n == 0 || cp == '\t' || cp == '\n' ||
		    unsafe_after(before, cp))
			return false;
		before = cp;
		p += n;
		left -= n;
	}
	return true;
}

/* How many bytes at p are printable ASCII. */
static size_t
utf8_plain(const unsigned char *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] >= 0x20 && p[n] < 0x7f)
		n++;
	return n;
}

static bool
utf8_put(struct buf *b, const void *text, size_t len, bool line)
{
	const unsigned char *p = text;
	bool replaced = false;
	uint32_t before = 0;

	for (size_t i = 0; i < len;) {
		uint32_t cp = 0;
		size_t n = utf8_plain(p + i, len - i);

		if (n > 0) {
			buf_put(b, p + i, n);
			i += n;
			before = p[i - 1];
			continue;
		}
		n = utf8_next(p + i, len - i, &cp);
		if (n == 1 && cp == '\r') {
			if (i + 1 == len || p[i + 1] != '\n')
				buf_putc(b, line ? ' ' : '\n');
		} else if (line && (cp == '\n' || cp == '\t') && n == 1) {
			buf_putc(b, ' ');
		} else if (n == 0 || unsafe_after(before, cp)) {
			buf_puts(b, UTF8_REPLACEMENT);
			replaced = true;
			cp = 0xfffd;
		} else {
			buf_put(b, p + i, n);
		}
		before = cp;
		i += n == 0 ? 1 : n;
	}
	return replaced;
}

bool
utf8_put_safe(struct buf *b, const void *text, size_t len)
{
	return utf8_put(b, text, len, false);
}

bool
utf8_put_line(struct buf *b, const void *text, size_t len)
{
	return utf8_put(b, text, len, true);
}
