#include "policy/restriction.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicase.h>
#include <uninorm.h>

#include "base/alloc.h"
#include "base/utf8.h"

#define RESTRICTION_LINES 8 /* of a text's head, blank ones not counted */
#define RESTRICTION_LINE_MAX 1000 /* bytes of a line that are read */

/* Folded; a word of ASCII stands between others, Japanese has no such marks. */
static const char *const restrictions[] = {"do not forward",
    "do not distribute", "do not redistribute", "do not disseminate",
    "do not circulate", "do not pass on", "do not publish",
    "do not share further", "do not share outside", "do not share with vendor",
    "do not share with vendors", "do not share with third parties",
    "do not share this", "do not share beyond", "not for onward distribution",
    "not for onward sharing", "not for further distribution",
    "not for further dissemination", "not for redistribution",
    "not for distribution", "not for publication", "not for release",
    "not to vendors", "not for vendors", "no vendors", "vendors excluded",
    "no onward sharing", "no further distribution", "no forwarding",
    "verbal only", "verbally only", "orally only", "internal only",
    "internal use only", "for internal use", "recipients only",
    "named recipients only", "eyes only", "need to know only", "転送禁止",
    "転送不可", "転載禁止", "再配布禁止", "再配布不可", "二次配布禁止",
    "配布禁止", "展開禁止", "共有禁止", "公開禁止", "社外秘", "部外秘",
    "関係者外秘", "厳秘", "極秘", "取扱注意", "取扱い注意", "取り扱い注意",
    "取扱厳重注意", "関係者限り", "関係者のみ", "社内限り", "部内限り",
    "組織内限り", "受信者限り", "口頭のみ", "口頭限り", "他言無用"};

static bool
is_ascii_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* needle in line, as a whole word where it is ASCII. */
static bool
has_words(const char *line, const char *needle)
{
	size_t len = strlen(needle);
	bool ascii = is_ascii_word(needle[0]);
	const char *at = line;

	while ((at = strstr(at, needle)) != NULL) {
		if (!ascii || ((at == line || !is_ascii_word(at[-1])) &&
				  !is_ascii_word(at[len])))
			return true;
		at += len;
	}
	return false;
}

/* Runs of white space, and of marks that stand for it, as one space. */
static void
squeeze(char *s)
{
	char *to = s, *start = s;

	for (; *s != '\0'; s++) {
		bool space = strchr(" \t\r\n-_*", *s) != NULL;

		if (space && (to == start || to[-1] == ' '))
			continue;
		*to++ = space ? ' ' : *s;
	}
	*to = '\0';
}

/* The line after NFKC and case folding; the caller's. Of ASCII that is what
 * becomes of its capitals, at a tenth of the price. */
static char *
restriction_fold(const char *line, size_t len, bool ascii)
{
	uint8_t *folded;
	char *text;
	size_t n;

	if (ascii) {
		text = xstrndup(line, len);
		for (char *p = text; *p != '\0'; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p + ('a' - 'A'));
		return text;
	}
	folded = u8_casefold(
	    (const uint8_t *)line, len, NULL, UNINORM_NFKC, NULL, &n);
	text = folded == NULL ? xstrndup(line, len)
			      : xstrndup((const char *)folded, n);
	free(folded);
	return text;
}

static void
restriction_line(const char *line, size_t len, struct strs *found)
{
	bool ascii;
	char *text;

	if (len > RESTRICTION_LINE_MAX)
		len = RESTRICTION_LINE_MAX;
	ascii = utf8_is_ascii(line, len);
	text = restriction_fold(line, len, ascii);
	squeeze(text);
	for (size_t i = 0; i < sizeof(restrictions) / sizeof(restrictions[0]);
	     i++)
		if ((!ascii || is_ascii_word(restrictions[i][0])) &&
		    has_words(text, restrictions[i]))
			strs_add_once(found, restrictions[i]);
	free(text);
}

static bool
begins(const char *line, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && strncasecmp(line, with, n) == 0;
}

/* Where mail programs put somebody else's mail below. */
static bool
opens_forwarded(const char *line, size_t len)
{
	if (len == 0 || strchr("-Bb", line[0]) == NULL)
		return false;
	return begins(line, len, "-----Original Message") ||
	       begins(line, len, "---------- Forwarded message") ||
	       begins(line, len, "-------- Forwarded Message") ||
	       begins(line, len, "-------- Original Message") ||
	       begins(line, len, "Begin forwarded message") ||
	       begins(line, len, "-----元のメッセージ") ||
	       begins(line, len, "-------- 転送されたメッセージ");
}

static bool
has_label(const char *line, size_t len)
{
	for (size_t i = 0; i + 3 < len && i < RESTRICTION_LINE_MAX; i++)
		if ((line[i] == 'T' || line[i] == 't') &&
		    strncasecmp(line + i, "TLP", 3) == 0)
			return true;
	return false;
}

static void
restriction_text(const char *text, struct strs *found)
{
	int lines = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n"), blank;
		const char *line = text;

		text += len + (text[len] == '\n');
		if (len > 0 && line[len - 1] == '\r')
			len--;
		if ((len == 3 && memcmp(line, "-- ", 3) == 0) ||
		    (len == 2 && memcmp(line, "--", 2) == 0) ||
		    opens_forwarded(line, len))
			return;
		for (blank = 0; blank < len; blank++)
			if (line[blank] != ' ' && line[blank] != '\t')
				break;
		if (blank == len || line[blank] == '>')
			continue;
		if (lines++ < RESTRICTION_LINES || has_label(line, len))
			restriction_line(line, len, found);
	}
}

void
restriction_find(
    const char *subject, const struct strs *texts, struct strs *found)
{
	if (subject != NULL)
		restriction_line(subject, strlen(subject), found);
	for (size_t i = 0; texts != NULL && i < texts->count; i++)
		restriction_text(texts->item[i], found);
}
