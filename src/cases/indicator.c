#include "cases/indicator.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/ascii.h"
#include "cases/defang.h"
#include "cases/hostname.h"
#include "cases/span.h"
#include "cases/url.h"

#define URL_MAX 2048 /* bytes of one URL */
#define LOCAL_MAX 64 /* bytes, RFC 5321 section 4.5.3.1.1 */
#define SLOTS 4096 /* of the hash table: four for each indicator */

struct finder {
	struct indicators *l;
	uint16_t slot[SLOTS]; /* index into l + 1; 0: free */
};

static uint32_t
hash(const char *type, const char *value)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (; *type != '\0'; type++)
		h = (h ^ (unsigned char)*type) * 16777619U;
	for (; *value != '\0'; value++)
		h = (h ^ (unsigned char)*value) * 16777619U;
	return h;
}

/* The slot that holds this indicator, or the free one where it belongs. */
static uint16_t *
slot_of(struct finder *f, const char *type, const char *value)
{
	uint32_t at = hash(type, value) % SLOTS;

	while (f->slot[at] != 0) {
		const struct indicator *i = &f->l->item[f->slot[at] - 1];

		if (strcmp(i->type, type) == 0 && strcmp(i->value, value) == 0)
			break;
		at = (at + 1) % SLOTS;
	}
	return &f->slot[at];
}

/* value is taken. */
static void
add(struct finder *f, const char *type, char *value)
{
	uint16_t *slot = slot_of(f, type, value);
	struct indicators *l = f->l;

	if (*slot != 0 || l->count >= INDICATOR_MAX) {
		if (*slot == 0)
			l->over = true;
		free(value);
		return;
	}
	l->item = xgrow(l->item, l->count, sizeof(*l->item));
	l->item[l->count].type = xstrdup(type);
	l->item[l->count].value = value;
	*slot = (uint16_t)++l->count;
}

static bool
add_ip(struct finder *f, struct span s)
{
	unsigned char raw[16];
	char text[INET6_ADDRSTRLEN];
	bool v6 = memchr(s.p, ':', s.len) != NULL;
	char *copy;
	int rc;

	if (s.len >= sizeof(text))
		return false;
	copy = span_copy(s, NULL);
	rc = inet_pton(v6 ? AF_INET6 : AF_INET, copy, raw);
	free(copy);
	if (rc != 1 ||
	    inet_ntop(v6 ? AF_INET6 : AF_INET, raw, text, sizeof(text)) == NULL)
		return false;
	add(f, v6 ? "ipv6" : "ipv4", xstrdup(text));
	return true;
}

/* Four numbers and three dots between boundaries; "1.2.3" is a version. */
static void
find_ipv4(struct finder *f, struct span s)
{
	for (size_t i = 0; i < s.len;) {
		size_t start = i;
		size_t dots = 0;
		bool fits;

		if (!is_digit(s.p[i])) {
			/* Past the whole word: "v1.2.3.4" is a version. */
			if (is_alnum(s.p[i]) || s.p[i] == '_')
				while (i < s.len &&
				       (is_alnum(s.p[i]) || is_dot(s.p[i]) ||
					   s.p[i] == '_'))
					i++;
			else
				i++;
			continue;
		}
		while (i < s.len && (is_digit(s.p[i]) || is_dot(s.p[i])))
			dots += is_dot(s.p[i++]);
		fits = i == s.len || !(is_alnum(s.p[i]) || s.p[i] == '_');
		/* "1.2.3.4-beta" is a version, "1.2.3.4-1.2.3.9" a range. */
		if (i + 1 < s.len && s.p[i] == '-' && is_alpha(s.p[i + 1]))
			fits = false;
		if (fits && dots == 3)
			add_ip(f, (struct span){s.p + start, i - start});
		else if (!fits)
			while (
			    i < s.len && (is_alnum(s.p[i]) || is_dot(s.p[i]) ||
					     s.p[i] == '-'))
				i++;
	}
}

/* Hexadecimal groups and colons, between boundaries. */
static void
find_ipv6(struct finder *f, struct span s)
{
	size_t i = 0;

	if (s.len > 5 && strncasecmp(s.p, "ipv6:", 5) == 0)
		i = 5; /* RFC 5321 section 4.1.3 */
	while (i < s.len) {
		size_t start = i;
		size_t end;
		size_t colons = 0;

		while (i < s.len &&
		       (is_hex(s.p[i]) || s.p[i] == ':' || is_dot(s.p[i])))
			colons += s.p[i++] == ':';
		end = i;
		if (i < s.len && is_alnum(s.p[i]))
			colons = 0; /* no address touches a letter */
		while (end > start && is_dot(s.p[end - 1]))
			end--;
		if (end - start > 2 && s.p[end - 1] == ':' &&
		    s.p[end - 2] != ':')
			end--;
		if (end - start > 2 && s.p[start] == ':' &&
		    s.p[start + 1] != ':')
			start++;
		if (colons >= 2 && end - start > 3)
			add_ip(f, (struct span){s.p + start, end - start});
		/* On to the next sign behind which an address may begin. */
		while (i < s.len && (is_alnum(s.p[i]) || s.p[i] == '_'))
			i++;
		if (i < s.len)
			i++;
	}
}

static void
find_hash(struct finder *f, struct span s)
{
	const char *type = NULL;
	bool digit = false;
	bool letter = false;

	if (s.len == 32)
		type = "md5";
	else if (s.len == 40)
		type = "sha1";
	else if (s.len == 64)
		type = "sha256";
	if (type == NULL)
		return;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_hex(s.p[i]))
			return;
		if (is_digit(s.p[i]))
			digit = true;
		else
			letter = true;
	}
	/* A row of digits alone is a number, of letters alone a word. */
	if (digit && letter)
		add(f, type, span_copy(s, lower));
}

/*
 * Kinds of identifiers: each 'd' in form is a digit, 'x' a letter or digit of
 * GHSA's; then up to more further digits.
 */
static const struct {
	const char *type;
	const char *form;
	size_t more;
} identifiers[] = {
    {"cve", "CVE-dddd-dddd", 15},
    {"jvn", "JVN#dddddddd", 0},
    {"jvn", "JVNVU#dddddddd", 0},
    {"jvn", "JVNTA#dddddddd", 0},
    {"jvn", "JVNDB-dddd-dddddd", 0},
    {"cert-vu", "VU#ddd", 3},
    {"ghsa", "GHSA-xxxx-xxxx-xxxx", 0},
};

/* Length of the identifier of that form at the start of s, or 0. */
static size_t
identifier_len(struct span s, const char *form, size_t more)
{
	size_t n = 0;

	for (; form[n] != '\0'; n++) {
		bool fits;

		if (n >= s.len)
			return 0;
		if (form[n] == 'd')
			fits = is_digit(s.p[n]);
		else if (form[n] == 'x')
			fits = is_in(lower(s.p[n]), "23456789cfghjmpqrvwx");
		else
			fits = upper(s.p[n]) == form[n];
		if (!fits)
			return 0;
	}
	for (; more > 0 && n < s.len && is_digit(s.p[n]); more--)
		n++;
	return n < s.len && is_alnum(s.p[n]) ? 0 : n;
}

static void
find_identifier(struct finder *f, struct span s)
{
	for (size_t i = 0; i < sizeof(identifiers) / sizeof(*identifiers);
	     i++) {
		size_t n =
		    identifier_len(s, identifiers[i].form, identifiers[i].more);
		char *value;

		if (n == 0)
			continue;
		value = span_copy((struct span){s.p, n}, upper);
		/* GHSA's digits are lower case, its name is not. */
		if (strcmp(identifiers[i].type, "ghsa") == 0)
			for (char *p = value + 4; *p != '\0'; p++)
				*p = lower(*p);
		add(f, identifiers[i].type, value);
		return;
	}
}

/* A word of letters, digits and . - _ #. */
static void
find_in_word(struct finder *f, struct span s)
{
	char *domain;

	s = span_trimmed(s, "._-#\001");
	if (s.len == 0)
		return;
	for (size_t i = 0; i < s.len;) {
		size_t start = i;

		while (i < s.len && is_alnum(s.p[i]))
			i++;
		if (i > start) {
			find_hash(f, (struct span){s.p + start, i - start});
			find_identifier(
			    f, (struct span){s.p + start, s.len - start});
		}
		while (i < s.len && !is_alnum(s.p[i]))
			i++;
	}
	find_ipv4(f, s);
	if (memchr(s.p, '#', s.len) != NULL)
		return;
	domain = hostname_domain(s.p, s.len, false);
	if (domain != NULL)
		add(f, "domain", domain);
}

static void
find_in_words(struct finder *f, struct span s)
{
	if (s.len == 0)
		return;
	if (memchr(s.p, ':', s.len) != NULL)
		find_ipv6(f, s);
	for (size_t i = 0; i < s.len; i++) {
		size_t start = i;

		while (
		    i < s.len && (span_is_host_byte(s.p[i]) || s.p[i] == '#'))
			i++;
		if (i > start)
			find_in_word(f, (struct span){s.p + start, i - start});
	}
}

/* The address around the '@' at s.p[at]; *used: where the reader goes on. */
static bool
find_email(struct finder *f, struct span s, size_t from, size_t at,
    size_t *start, size_t *end)
{
	struct span host;
	char *domain;
	char *local;

	*start = at;
	while (*start > from && at - *start < LOCAL_MAX &&
	       (span_is_host_byte(s.p[*start - 1]) ||
		   is_in(s.p[*start - 1], "+%")))
		(*start)--;
	while (*start < at && is_in(s.p[*start], ".\001"))
		(*start)++;
	*end = at + 1;
	while (*end < s.len && span_is_host_byte(s.p[*end]))
		(*end)++;
	host =
	    span_trimmed((struct span){s.p + at + 1, *end - at - 1}, "._-\001");
	if (*start == at || host.len == 0)
		return false;
	domain = hostname_domain(host.p, host.len, true);
	if (domain == NULL)
		return false;
	local = span_copy((struct span){s.p + *start, at - *start}, NULL);
	add(f, "email", xasprintf("%s@%s", local, domain));
	free(local);
	free(domain);
	return true;
}

/* A token that holds no URL. */
static void
find_in_token(struct finder *f, struct span s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.len; i++) {
		size_t start;
		size_t end;

		if (s.p[i] != '@' || !find_email(f, s, from, i, &start, &end))
			continue;
		find_in_words(f, (struct span){s.p + from, start - from});
		from = end;
		i = end - 1;
	}
	find_in_words(f, (struct span){s.p + from, s.len - from});
}

/* Adds the URL whose authority and rest are given, and its host. */
static void
add_url(struct finder *f, const char *scheme, struct span rest)
{
	struct span host = url_host(rest);
	struct span whole = host; /* of it, only this is case-less */
	bool dotted = false;
	char *domain;
	char *front;
	char *middle;
	char *tail;

	for (size_t i = 0; i < host.len; i++) {
		if (is_dot(host.p[i]) || host.p[i] == ':')
			dotted = true;
		else if (!span_is_host_byte(host.p[i]))
			return;
	}
	if (!dotted)
		return;
	if (!add_ip(f, host)) {
		host = span_trimmed(host, "._-\001");
		domain = hostname_domain(host.p, host.len, true);
		if (domain != NULL)
			add(f, "domain", domain);
	}
	if (rest.len > URL_MAX)
		return;
	front =
	    span_copy((struct span){rest.p, (size_t)(whole.p - rest.p)}, NULL);
	middle = span_copy(whole, lower);
	tail = span_copy((struct span){whole.p + whole.len,
			     rest.len - strlen(front) - whole.len},
	    NULL);
	add(f, "url", xasprintf("%s://%s%s%s", scheme, front, middle, tail));
	free(front);
	free(middle);
	free(tail);
}

static bool
is_token_byte(char c)
{
	return is_alnum(c) || c == DEFANG_DOT || is_in(c, "._~:/?#@!$&*+=%-");
}

/* Reads the plain text token by token; a URL may reach beyond its token. */
static void
find_all(struct finder *f, const char *p, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t start = i;
		size_t end;
		bool url = false;

		while (i < len && is_token_byte(p[i]) && !url) {
			size_t letters;
			const char *scheme;

			if (p[i] != ':' || len - i < 3 ||
			    memcmp(p + i, "://", 3) != 0 ||
			    (scheme = url_scheme_before(p, i, &letters)) ==
				NULL) {
				i++;
				continue;
			}
			end = i + 3 + url_end(p + i + 3, len - i - 3);
			if (i - letters > start)
				find_in_token(f, (struct span){p + start,
						     i - letters - start});
			add_url(
			    f, scheme, (struct span){p + i + 3, end - i - 3});
			i = end;
			url = true;
		}
		if (!url && i > start)
			find_in_token(f, (struct span){p + start, i - start});
		if (!url)
			i++;
	}
}

void
indicators_find(struct indicators *l, const char *text, size_t len)
{
	struct finder *f;
	size_t n;
	char *plain;

	if (text == NULL || len == 0)
		return;
	plain = defang(text, len, &n);
	f = xcalloc(1, sizeof(*f));
	f->l = l;
	for (size_t i = 0; i < l->count; i++)
		*slot_of(f, l->item[i].type, l->item[i].value) =
		    (uint16_t)(i + 1);
	find_all(f, plain, n);
	free(f);
	free(plain);
}

void
indicators_free(struct indicators *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->item[i].type);
		free(l->item[i].value);
	}
	free(l->item);
	memset(l, 0, sizeof(*l));
}
