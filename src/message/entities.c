#include "message/entities.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

#define REFERENCE_MAX 12 /* bytes between '&' and ';' */

static const struct named {
	const char *name;
	const char *text;
} names[] = {
    {"amp", "&"},
    {"lt", "<"},
    {"gt", ">"},
    {"quot", "\""},
    {"apos", "'"},
    {"nbsp", " "},
    {"copy", "©"},
    {"reg", "®"},
    {"trade", "™"},
    {"hellip", "…"},
    {"mdash", "—"},
    {"ndash", "–"},
    {"lsquo", "‘"},
    {"rsquo", "’"},
    {"ldquo", "“"},
    {"rdquo", "”"},
    {"sbquo", "‚"},
    {"bdquo", "„"},
    {"bull", "•"},
    {"middot", "·"},
    {"laquo", "«"},
    {"raquo", "»"},
    {"yen", "¥"},
    {"euro", "€"},
    {"pound", "£"},
    {"cent", "¢"},
    {"sect", "§"},
    {"para", "¶"},
    {"deg", "°"},
    {"times", "×"},
    {"divide", "÷"},
    {"plusmn", "±"},
    {"larr", "←"},
    {"rarr", "→"},
    {"uarr", "↑"},
    {"darr", "↓"},
    {"ensp", " "},
    {"emsp", " "},
    {"thinsp", " "},
    {"shy", ""},
    {"zwnj", ""},
    {"zwj", ""},
    {"agrave", "à"},
    {"aacute", "á"},
    {"acirc", "â"},
    {"auml", "ä"},
    {"Auml", "Ä"},
    {"aring", "å"},
    {"ccedil", "ç"},
    {"egrave", "è"},
    {"eacute", "é"},
    {"ecirc", "ê"},
    {"euml", "ë"},
    {"icirc", "î"},
    {"iuml", "ï"},
    {"ntilde", "ñ"},
    {"ocirc", "ô"},
    {"ouml", "ö"},
    {"Ouml", "Ö"},
    {"oslash", "ø"},
    {"ugrave", "ù"},
    {"ucirc", "û"},
    {"uuml", "ü"},
    {"Uuml", "Ü"},
    {"szlig", "ß"},
};

/* Hints for who breaks lines or joins letters; as text they are nothing. */
static bool
is_hint(uint32_t cp)
{
	return cp == 0xad || cp == 0x34f || (cp >= 0x200b && cp <= 0x200d) ||
	       cp == 0x2060 || cp == 0xfeff;
}

static void
utf8_write(uint32_t cp, char out[ENTITY_TEXT_MAX])
{
	size_t n = 0;

	if (cp < 0x80) {
		out[n++] = (char)cp;
	} else if (cp < 0x800) {
		out[n++] = (char)(0xc0 | cp >> 6);
	} else if (cp < 0x10000) {
		out[n++] = (char)(0xe0 | cp >> 12);
		out[n++] = (char)(0x80 | (cp >> 6 & 63));
	} else {
		out[n++] = (char)(0xf0 | cp >> 18);
		out[n++] = (char)(0x80 | (cp >> 12 & 63));
		out[n++] = (char)(0x80 | (cp >> 6 & 63));
	}
	if (cp >= 0x80)
		out[n++] = (char)(0x80 | (cp & 63));
	out[n] = '\0';
}

/* The digits after "&#", up to the semicolon. */
static uint32_t
number(const char *p, size_t len)
{
	uint32_t base = 10, cp = 0;

	if (len > 0 && (*p == 'x' || *p == 'X')) {
		base = 16;
		p++;
		len--;
	}
	for (size_t i = 0; i < len; i++) {
		uint32_t digit = 99;

		if (p[i] >= '0' && p[i] <= '9')
			digit = (uint32_t)(p[i] - '0');
		else if ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f')
			digit = (uint32_t)((p[i] | 0x20) - 'a' + 10);
		if (digit >= base || cp > 0x10ffff)
			return 0xfffd;
		cp = cp * base + digit;
	}
	/* NUL, surrogates and what lies beyond Unicode are no text. */
	if (len == 0 || cp == 0 || cp > 0x10ffff ||
	    (cp >= 0xd800 && cp < 0xe000))
		return 0xfffd;
	return cp;
}

size_t
entity_read(const char *p, size_t len, char out[ENTITY_TEXT_MAX])
{
	size_t most = len < REFERENCE_MAX + 2 ? len : REFERENCE_MAX + 2;
	const char *end = memchr(p, ';', most);
	size_t n = end == NULL ? 0 : (size_t)(end - p);

	if (n < 2)
		return 0;
	if (p[1] == '#') {
		uint32_t cp = number(p + 2, n - 2);

		out[0] = '\0';
		if (!is_hint(cp))
			utf8_write(cp, out);
		return n + 1;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) != n - 1 ||
		    memcmp(names[i].name, p + 1, n - 1) != 0)
			continue;
		memcpy(out, names[i].text, strlen(names[i].text) + 1);
		return n + 1;
	}
	return 0;
}

char *
entity_decode(const char *p, size_t len)
{
	struct buf out;
	size_t from = 0;

	buf_init(&out, 3 * len + 16);
	for (size_t i = 0; i < len;) {
		char text[ENTITY_TEXT_MAX];
		size_t n = p[i] == '&' ? entity_read(p + i, len - i, text) : 0;

		if (n == 0) {
			i++;
			continue;
		}
		utf8_put_line(&out, p + from, i - from);
		utf8_put_line(&out, text, strlen(text));
		i += n;
		from = i;
	}
	utf8_put_line(&out, p + from, len - from);
	return buf_take_str(&out);
}
