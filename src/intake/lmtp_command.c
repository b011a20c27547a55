#include "intake/lmtp_command.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"

#define DIGITS_MAX 18 /* of a number that fits 64 bits; RFC 1870: 20 */

enum lmtp_verb
lmtp_verb(const char *line, const char **rest)
{
	static const struct {
		const char *name;
		enum lmtp_verb verb;
	} verbs[] = {
	    {"LHLO", LMTP_LHLO},
	    {"MAIL", LMTP_MAIL},
	    {"RCPT", LMTP_RCPT},
	    {"DATA", LMTP_DATA},
	    {"BDAT", LMTP_BDAT},
	    {"RSET", LMTP_RSET},
	    {"NOOP", LMTP_NOOP},
	    {"QUIT", LMTP_QUIT},
	    {"VRFY", LMTP_VRFY},
	    {"HELO", LMTP_HELO},
	    {"EHLO", LMTP_HELO},
	};
	size_t len = strcspn(line, " ");

	*rest = line + len + strspn(line + len, " ");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (len == 4 && strncasecmp(line, verbs[i].name, 4) == 0)
			return verbs[i].verb;
	return LMTP_UNKNOWN;
}

/* The length of what stands before the closing bracket; 0: there is none. */
static size_t
path_end(const char *p)
{
	bool quoted = false;
	size_t i = 0;

	for (; p[i] != '\0' && (quoted || p[i] != '>'); i++) {
		if (quoted && p[i] == '\\' && p[i + 1] != '\0')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (p[i] == ' ' || p[i] == '<'))
			return 0;
	}
	return p[i] == '>' ? i + 1 : 0;
}

static bool
path_is_clean(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			return false;
	return utf8_is(p, len);
}

/* Without "@one,@two:" in front. */
static const char *
path_unrouted(const char *p, const char *end)
{
	const char *colon;

	if (p == end || *p != '@')
		return p;
	colon = memchr(p, ':', (size_t)(end - p));
	return colon == NULL ? p : colon + 1;
}

bool
lmtp_path(
    const char *rest, const char *prefix, bool null, struct lmtp_path *out)
{
	size_t n = strlen(prefix), len;
	const char *p, *end;

	if (strncasecmp(rest, prefix, n) != 0)
		return false;
	p = rest + n + strspn(rest + n, " ");
	if (*p++ != '<')
		return false;
	len = path_end(p);
	if (len == 0 || (p[len] != '\0' && p[len] != ' '))
		return false;
	end = p + len - 1;
	out->parameters = p + len;
	p = path_unrouted(p, end);
	len = (size_t)(end - p);
	if (len > LMTP_PATH_MAX || (len == 0 && !null) ||
	    !path_is_clean(p, len) || (len > 0 && *p == '@'))
		return false;
	memcpy(out->address, p, len);
	out->address[len] = '\0';
	return true;
}

/* A number of len digits, and nothing else. */
static bool
number(const char *p, size_t len, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9' || i == DIGITS_MAX)
			return false;
		*out = *out * 10 + (uint64_t)(p[i] - '0');
	}
	return len > 0;
}

static bool
is_word(const char *p, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp(p, word, len) == 0;
}

bool
lmtp_mail_parameters(const char *p, struct lmtp_mail *out)
{
	*out = (struct lmtp_mail){0};
	for (p += strspn(p, " "); *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (len > 5 && strncasecmp(p, "SIZE=", 5) == 0) {
			out->has_size = true;
			if (!number(p + 5, len - 5, &out->size))
				return false;
		} else if (is_word(p, len, "SMTPUTF8")) {
			out->utf8 = true;
		} else if (!is_word(p, len, "BODY=7BIT") &&
			   !is_word(p, len, "BODY=8BITMIME")) {
			return false;
		}
		p += len;
	}
	return true;
}

bool
lmtp_chunk(const char *rest, uint64_t *size, bool *last)
{
	size_t len = strcspn(rest, " ");
	const char *p = rest + len + strspn(rest + len, " ");

	*last = strcasecmp(p, "LAST") == 0;
	return number(rest, len, size) && (*p == '\0' || *last);
}
