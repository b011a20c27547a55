#include "cases/indicator.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "cases/ascii.h"
#include "cases/defang.h"
#include "cases/file_name.h"
#include "cases/hostname.h"
#include "cases/identifier.h"
#include "cases/span.h"
#include "cases/url.h"
#include "cases/version.h"

#define URL_MAX 2048 /* bytes of one URL */
#define LOCAL_MAX 64 /* bytes, RFC 5321 section 4.5.3.1.1 */
#define SLOTS 4096 /* of the hash table: four for each indicator */

struct finder {
	struct indicators *l;
	const char *begin; /* of the plain text */
	const char *end;
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

/* "This host" and what never leaves one; what all of a network is sent. */
static bool
is_nowhere(const unsigned char *raw, bool v6)
{
	static const unsigned char none[16] = {0};

	if (v6)
		return memcmp(raw, none, 15) == 0 && raw[15] <= 1;
	return raw[0] == 0 || raw[0] == 127 ||
	       (raw[0] == 255 && raw[1] == 255 && raw[2] == 255);
}

/* The prefix behind an address that ends at p: "/24"; 0: none. */
static int
prefix_at(const struct finder *f, const char *p, bool v6)
{
	int bits = 0, n = 1;

	if (p >= f->end || *p != '/')
		return 0;
	while (n < 4 && p + n < f->end && is_digit(p[n]))
		bits = bits * 10 + (p[n++] - '0');
	if (p + n < f->end &&
	    (is_alnum(p[n]) || is_in(p[n], "/_-") ||
		(is_dot(p[n]) && p + n + 1 < f->end && is_alnum(p[n + 1]))))
		return 0;
	return bits >= (v6 ? 16 : 8) && bits < (v6 ? 128 : 32) ? bits : 0;
}

/* bits: of its network, 0: it is one address. */
static bool
add_ip(struct finder *f, struct span s, int bits)
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
	if (rc != 1)
		return false;
	if (is_nowhere(raw, v6))
		return true;
	for (int i = bits; bits > 0 && i < (v6 ? 128 : 32); i++)
		raw[i / 8] &= (unsigned char)~(0x80U >> (i % 8));
	if (is_nowhere(raw, v6)) /* "::1d/62" */
		return true;
	if (inet_ntop(v6 ? AF_INET6 : AF_INET, raw, text, sizeof(text)) == NULL)
		return false;
	if (bits > 0)
		add(f, "cidr", xasprintf("%s/%d", text, bits));
	else
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
		if (fits && dots == 3 && !version_before(f->begin, s.p + start))
			add_ip(f, (struct span){s.p + start, i - start},
			    prefix_at(f, s.p + i, false));
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
		int bits;

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
		bits = prefix_at(f, s.p + end, true);
		if (colons >= 2 && end - start > (bits > 0 ? 2 : 3))
			add_ip(
			    f, (struct span){s.p + start, end - start}, bits);
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
	else if (s.len == 128)
		type = "sha512";
	if (type == NULL || version_word_before(f->begin, s.p, "fingerprint") ||
	    version_word_before(f->begin, s.p, "commit"))
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

static void
find_identifier(struct finder *f, struct span s)
{
	const char *type;
	char *value;

	/* Some go on behind the word: "RHSA-2024:1234". */
	s.len = (size_t)(f->end - s.p);
	if (identifier_at(s, &type, &value) > 0)
		add(f, type, value);
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
			find_identifier(f, (struct span){s.p + start, 0});
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

/* Most tokens are: each kind of indicator has a digit, a dot or a sign. */
static bool
is_mere_word(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_alpha(s.p[i]))
			return false;
	return true;
}

/* A token that holds no URL. */
static void
find_in_token(struct finder *f, struct span s)
{
	size_t from = 0;

	if (is_mere_word(s))
		return;
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
	if (!add_ip(f, host, 0)) {
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

/* Where the URL ends whose authority is at p[at]: quotes that open also shut.
 */
static size_t
url_stop(const char *p, size_t len, size_t at, char before)
{
	size_t end = at + url_end(p + at, len - at);
	const char *shut =
	    before == '\'' ? memchr(p + at, '\'', end - at) : NULL;

	return shut != NULL ? (size_t)(shut - p) : end;
}

static bool
is_token_byte(char c)
{
	if (is_alnum(c))
		return true;
	switch (c) {
	case DEFANG_DOT:
	case '.':
	case '_':
	case '~':
	case ':':
	case '/':
	case '?':
	case '#':
	case '@':
	case '!':
	case '$':
	case '&':
	case '*':
	case '+':
	case '=':
	case '%':
	case '-':
		return true;
	default:
		return false;
	}
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
			end = url_stop(p, len, i + 3,
			    i > letters ? p[i - letters - 1] : ' ');
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

/* Numbers of networks, which may stand apart from their letters. */
static void
find_as(struct finder *f)
{
	for (const char *p = f->begin; p + 4 < f->end;) {
		char *value;
		size_t n;

		if (!is_alnum(*p)) {
			p++;
			continue;
		}
		n = identifier_as(
		    (struct span){p, (size_t)(f->end - p)}, &value);
		if (n > 0)
			add(f, "asn", value);
		while (p < f->end && (is_alnum(*p) || *p == '_'))
			p++;
	}
}

static void
add_file(void *context, const char *name, size_t len)
{
	struct finder *f = context;

	/* A wide letter that is half a sign never gets into a record. */
	if (utf8_is(name, len))
		add(f, "file", xstrndup(name, len));
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
	f->begin = plain;
	f->end = plain + n;
	for (size_t i = 0; i < l->count; i++)
		*slot_of(f, l->item[i].type, l->item[i].value) =
		    (uint16_t)(i + 1);
	find_all(f, plain, n);
	find_as(f);
	file_name_walk(text, len, add_file, f);
	free(f);
	free(plain);
}

void
indicators_add(struct indicators *l, const char *type, const char *value)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->item[i].value, value) == 0 &&
		    strcmp(l->item[i].type, type) == 0)
			return;
	if (l->count >= INDICATOR_MAX) {
		l->over = true;
		return;
	}
	l->item = xgrow(l->item, l->count, sizeof(*l->item));
	l->item[l->count].type = xstrdup(type);
	l->item[l->count++].value = xstrdup(value);
}

bool
indicator_is_public(const char *type)
{
	static const char *const public[] = {"cve", "euvd", "ghsa", "jvn",
	    "cert-vu", "ipa", "advisory", "cwe", "capec", "attack", "asn",
	    "file"};

	for (size_t i = 0; i < sizeof(public) / sizeof(public[0]); i++)
		if (strcmp(type, public[i]) == 0)
			return true;
	return false;
}

bool
indicator_is_kind(const char *type)
{
	return strcmp(type, "cwe") == 0 || strcmp(type, "capec") == 0 ||
	       strcmp(type, "attack") == 0;
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
