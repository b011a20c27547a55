#include "base/utf8.h"

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

bool
utf8_is(const void *text, size_t len)
{
	const unsigned char *p = text;
	uint32_t cp;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_next(p + i, len - i, &cp);
		if (n == 0)
			return false;
	}
	return true;
}

bool
utf8_is_ascii(const void *text, size_t len)
{
	const unsigned char *p = text;
	unsigned char all = 0;

	for (size_t i = 0; i < len; i++)
		all |= p[i];
	return all < 0x80;
}

bool
utf8_unsafe(uint32_t cp)
{
	static const uint32_t range[][2] = {{0x00, 0x08}, {0x0b, 0x1f},
	    {0x7f, 0x9f}, {0x61c, 0x61c}, {0x200b, 0x200f}, {0x2028, 0x202e},
	    {0x2060, 0x2060}, {0x2066, 0x2069}, {0xfeff, 0xfeff},
	    {0xe0000, 0xe007f}};

	if (cp >= 0x20 && cp < 0x7f)
		return false;
	for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++)
		if (cp >= range[i][0] && cp <= range[i][1])
			return true;
	return false;
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

	for (size_t i = 0; i < len;) {
		uint32_t cp = 0;
		size_t n = utf8_plain(p + i, len - i);

		if (n > 0) {
			buf_put(b, p + i, n);
			i += n;
			continue;
		}
		n = utf8_next(p + i, len - i, &cp);
		if (n == 1 && cp == '\r') {
			if (i + 1 == len || p[i + 1] != '\n')
				buf_putc(b, line ? ' ' : '\n');
		} else if (line && (cp == '\n' || cp == '\t') && n == 1) {
			buf_putc(b, ' ');
		} else if (n == 0 || utf8_unsafe(cp)) {
			buf_puts(b, UTF8_REPLACEMENT);
			replaced = true;
		} else {
			buf_put(b, p + i, n);
		}
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
