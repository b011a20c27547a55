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
#include "cases/ulabel.h"
#include "cases/version.h"

#define LABEL_MAX 63 /* bytes, RFC 1035 section 2.3.4 */

/* Brackets of Japanese, each of three bytes. */
static const char *const wide_open[] = {"【", "〔", "「", "〈"};
static const char *const wide_shut[] = {"】", "〕", "」", "〉"};

/* Length of a bracket's UTF-8 at p, 0 where there is none. */
static size_t
bracket(const char *p, size_t len, const char *ascii, const char *const *wide)
{
	if (len > 0 && is_in(*p, ascii))
		return 1;
	for (size_t i = 0; i < 4 && len >= 3 && (*p & 0x80) != 0; i++)
		if (memcmp(p, wide[i], 3) == 0)
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
    {"。", "\001"},
    {"ドット", "\001"},
    {"アット", "@"},
    {"アットマーク", "@"},
};

/*
 * Reads "[.]", "(dot)", "[at]" ... at p; returns the bytes it takes, the space
 * around the sign included, or 0.
 */
static size_t
read_defanged(const char *p, size_t len, const char **meant)
{
	size_t open = bracket(p, len, "[({", wide_open);

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
		shut = bracket(p + at, len - at, "])}", wide_shut);
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

/*
 * Reads one half of a bracket beside a dot ("evil[.com", "evil.]com") or a
 * backslash before one ("evil\\.com") where names go on at both sides; the
 * bytes that it takes, or 0.
 */
static size_t
read_half(const char *in, size_t i, size_t len)
{
	if (i == 0 || len - i < 3 || !is_alnum(in[i - 1]) ||
	    !is_alnum(in[i + 2]))
		return 0;
	return (is_in(in[i], "[(\\") && in[i + 1] == '.') ||
		       (in[i] == '.' && is_in(in[i + 1], "])"))
		   ? 2
		   : 0;
}

/* Whether a word ends, or begins, at p. */
static bool
is_word(const char *p, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && strncasecmp(p, word, n) == 0 &&
	       (len == n || !is_alnum(p[n]));
}

/*
 * Whether " dot " at the start of p stands for one: behind it comes an ending
 * that people spell out, or a name and one more " dot ".
 */
static bool
is_spelled_dot(const char *p, size_t len)
{
	static const char *const endings[] = {"com", "net", "org", "info",
	    "biz", "jp", "co", "ne", "or", "ac", "go", "ru", "cn", "de", "uk",
	    "fr", "kr", "tw", "us", "io", "top", "xyz", "online", "site",
	    "shop", "club", "cc"};
	size_t n = 5;

	if (len < 7 || strncasecmp(p, " dot ", 5) != 0)
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (is_word(p + 5, len - 5, endings[i]))
			return true;
	while (n < len && n < 5 + LABEL_MAX && (is_alnum(p[n]) || p[n] == '-'))
		n++;
	return n > 5 && len - n > 6 && strncasecmp(p + n, " dot ", 5) == 0 &&
	       is_alnum(p[n + 5]);
}

/* " AT name DOT ": in capitals alone, since prose has "a site at evil dot com".
 */
static bool
is_spelled_at(const char *p, size_t len)
{
	size_t n = 4;

	if (len < 10 || memcmp(p, " AT ", 4) != 0)
		return false;
	while (n < len && n < 4 + LABEL_MAX && (is_alnum(p[n]) || p[n] == '-'))
		n++;
	return n > 4 && (is_spelled_dot(p + n, len - n) ||
			    (len - n > 2 && p[n] == '.' && is_alnum(p[n + 1])));
}

/* What a word stands for: " dot ", " AT "; the bytes that it takes, or 0. */
static size_t
read_spelled(const char *in, size_t i, size_t len, const char **meant)
{
	if (in[i] != ' ' || i == 0 || !is_alnum(in[i - 1]))
		return 0;
	*meant = "\001";
	if (is_spelled_dot(in + i, len - i) &&
	    !version_word_before(in, in + i, "the"))
		return 5;
	*meant = "@";
	return is_spelled_at(in + i, len - i) ? 4 : 0;
}

/*
 * Other spellings of fixed length: the ideographic full stop of a host name
 * (RFC 3490 section 3.1), "h**p", "hxxp(s)", and the word for version that
 * keeps a number from being an address.
 */
static size_t
read_special(const char *in, size_t i, size_t len, const char **meant)
{
	static const char version[] = "バージョン";
	size_t left = len - i;

	if (left > 3 && i > 0 && memcmp(in + i, "。", 3) == 0 &&
	    is_alnum(in[i - 1]) && is_alnum(in[i + 3])) {
		*meant = ".";
		return 3;
	}
	if (left > 4 && is_in(in[i], "hH") && is_in(in[i + 3], "pP") &&
	    (memcmp(in + i + 1, "**", 2) == 0 ||
		memcmp(in + i + 1, "__", 2) == 0)) {
		*meant = "hxxp";
		return 4;
	}
	if (left > 3 && i > 2 && is_in(in[i], "[(") && is_in(in[i + 1], "sS") &&
	    is_in(in[i + 2], "])") && is_in(in[i - 1], "pP")) {
		*meant = "s";
		return 3;
	}
	if (left >= sizeof(version) - 1 &&
	    memcmp(in + i, version, sizeof(version) - 1) == 0) {
		*meant = "\200\200ver";
		return sizeof(version) - 1;
	}
	return 0;
}

/* What is hidden at in[i] in any of these ways; the bytes it takes, or 0. */
static size_t
read_hidden(const char *in, size_t i, size_t len, const char **meant)
{
	size_t used = read_half(in, i, len);

	*meant = "\001";
	if (used == 0)
		used = read_special(in, i, len, meant);
	return used > 0 ? used : read_spelled(in, i, len, meant);
}

/* Whether anything may be hidden at in[i]; not at most of a text. */
static bool
may_hide(const char *in, size_t i, size_t len)
{
	char next = i + 1 < len ? in[i + 1] : '\0';

	switch (in[i]) {
	case ' ': /* read_spelled */
		return next == 'd' || next == 'D' || next == 'A';
	case '.': /* read_half */
		return next == ']' || next == ')';
	case 'h':
	case 'H': /* read_special */
		return next == '*' || next == '_';
	case '[':
	case '(':
	case '{':
	case '\\':
	case DEFANG_DOT:
		return true;
	default:
		return (in[i] & 0x80) != 0;
	}
}

/* Writes the plain form of in to out, which never is longer; its length. */
static size_t
make_plain(const char *in, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		const char *meant;
		size_t used;

		if (!may_hide(in, i, len)) {
			out[n++] = in[i++];
			continue;
		}
		used = read_defanged(in + i, len - i, &meant);
		if (used > 0) {
			if (n > 0 && out[n - 1] == ' ')
				n--;
			while (*meant != '\0')
				out[n++] = *meant++;
			i += used;
			if (i < len && in[i] == ' ')
				i++;
		} else if ((used = read_hidden(in, i, len, &meant)) > 0) {
			while (*meant != '\0')
				out[n++] = *meant++;
			i += used;
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
	char *form = NULL, *named;
	char *out;

	if (!utf8_is_ascii(text, len))
		form = (char *)u8_normalize(
		    UNINORM_NFKC, (const uint8_t *)text, len, NULL, &n);
	/* ASCII is in that form; ill-formed: its ASCII is found all the same */
	if (form == NULL) {
		form = xmemdup(text, len);
		n = len;
	} else if ((named = ulabels_plain(form, n, &n)) != NULL) {
		free(form);
		form = named;
	}
	out = xmalloc(n + 1);
	n = make_plain(form, n, out);
	out[n] = '\0';
	free(form);
	*out_len = n;
	return out;
}
