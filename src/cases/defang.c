#include "cases/defang.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uninorm.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "cases/ascii.h"

/* Length of a bracket's UTF-8 at p, 0 where there is none. */
static size_t
bracket(const char *p, size_t len, const char *ascii, const char *wide)
{
	if (len > 0 && is_in(*p, ascii))
		return 1;
	if (len >= 3 && memcmp(p, wide, 3) == 0)
		return 3;
	return 0;
}

/* What brackets hide, and what is meant. */
static const struct {
	const char *hidden;
	const char *meant;
} defanged[] = {
    {".", "\001"},
    {"dot", "\001"},
    {"://", "://"},
    {":", ":"},
    {"//", "//"},
    {"/", "/"},
    {"@", "@"},
    {"at", "@"},
};

/*
 * Reads "[.]", "(dot)", "[at]" ... at p; returns the bytes it takes, the space
 * around the sign included, or 0.
 */
static size_t
read_defanged(const char *p, size_t len, const char **meant)
{
	size_t open = bracket(p, len, "[({", "【");

	for (size_t i = 0; open > 0 && i < sizeof(defanged) / sizeof(*defanged);
	     i++) {
		size_t at = open;
		size_t n = strlen(defanged[i].hidden);
		size_t shut;

		if (at < len && p[at] == ' ')
			at++;
		if (len - at < n ||
		    strncasecmp(p + at, defanged[i].hidden, n) != 0)
			continue;
		at += n;
		if (at < len && p[at] == ' ')
			at++;
		shut = bracket(p + at, len - at, "])}", "】");
		if (shut == 0)
			continue;
		*meant = defanged[i].meant;
		return at + shut;
	}
	return 0;
}

/* Hyphens that NFKC keeps apart from '-': U+2010-2015 and U+2212. */
static bool
is_hyphen(const char *p, size_t len)
{
	if (len < 3 || (unsigned char)p[0] != 0xE2)
		return false;
	if ((unsigned char)p[1] == 0x80)
		return (unsigned char)p[2] >= 0x90 &&
		       (unsigned char)p[2] <= 0x95;
	return (unsigned char)p[1] == 0x88 && (unsigned char)p[2] == 0x92;
}

/* Writes the plain form of in to out, which never is longer; its length. */
static size_t
make_plain(const char *in, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		const char *meant;
		size_t used = read_defanged(in + i, len - i, &meant);

		if (used > 0) {
			if (n > 0 && out[n - 1] == ' ')
				n--;
			while (*meant != '\0')
				out[n++] = *meant++;
			i += used;
			if (i < len && in[i] == ' ')
				i++;
		} else if (is_hyphen(in + i, len - i)) {
			out[n++] = '-';
			i += 3;
		} else if (in[i] & 0x80) {
			out[n++] = DEFANG_FOREIGN;
			for (i++; i < len && (in[i] & 0xC0) == 0x80; i++)
				;
		} else {
			out[n++] = in[i] == DEFANG_DOT ? ' ' : in[i];
			i++;
		}
	}
	return n;
}

char *
defang(const char *text, size_t len, size_t *out_len)
{
	size_t n = 0;
	char *form = NULL;
	char *out;

	if (!utf8_is_ascii(text, len))
		form = (char *)u8_normalize(
		    UNINORM_NFKC, (const uint8_t *)text, len, NULL, &n);
	/* ASCII is in that form; ill-formed: its ASCII is found all the same */
	if (form == NULL) {
		form = xmemdup(text, len);
		n = len;
	}
	out = xmalloc(n + 1);
	n = make_plain(form, n, out);
	out[n] = '\0';
	free(form);
	*out_len = n;
	return out;
}
