#include "policy/auth_results.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "message/tree.h"
#include "people/contact.h"
#include "policy/domain.h"

#define WORD_MAX 256 /* bytes of one word, its NUL included */
#define WORD_NONE "?" /* for a word that is too long, or said in two ways */

/* The value of one field, read word by word; comments are white space. */
struct reader {
	const char *p;
};

static void
skip_blank(struct reader *r)
{
	size_t depth = 0;

	for (; *r->p != '\0'; r->p++) {
		if (depth > 0 && *r->p == '\\' && r->p[1] != '\0')
			r->p++;
		else if (*r->p == '(')
			depth++;
		else if (*r->p == ')' && depth > 0)
			depth--;
		else if (depth == 0 && strchr(" \t\r\n", *r->p) == NULL)
			return;
	}
}

/* One that is too long is no word: cut, it would be another one. */
static void
put(char *word, size_t *len, char c)
{
	if (*len < WORD_MAX)
		word[*len] = c;
	++*len;
}

static void
read_quoted(struct reader *r, char *word, size_t *len)
{
	for (r->p++; *r->p != '\0' && *r->p != '"'; r->p++) {
		if (*r->p == '\\' && r->p[1] != '\0')
			r->p++;
		put(word, len, *r->p);
	}
	if (*r->p == '"')
		r->p++;
}

/* Reads up to any of stops; quoted strings are taken whole. */
static void
read_word(struct reader *r, const char *stops, char word[WORD_MAX])
{
	size_t len = 0;

	skip_blank(r);
	while (*r->p != '\0' && strchr(stops, *r->p) == NULL) {
		if (*r->p == '"')
			read_quoted(r, word, &len);
		else
			put(word, &len, *r->p++);
	}
	if (len >= WORD_MAX)
		memcpy(word, WORD_NONE, sizeof(WORD_NONE));
	else
		word[len] = '\0';
	skip_blank(r);
}

/* Moves past c where it comes next. */
static bool
skip_sign(struct reader *r, char c)
{
	skip_blank(r);
	if (*r->p != c)
		return false;
	r->p++;
	return true;
}

/* One method's result and the properties that matter here. */
struct result {
	char method[WORD_MAX];
	char word[WORD_MAX];
	char header_d[WORD_MAX];
	char header_i[WORD_MAX];
	char header_from[WORD_MAX];
};

/* Keeps the domain of [[local]@]domain; what was said otherwise is void. */
static void
set_domain(char to[WORD_MAX], const char *value)
{
	const char *at = strrchr(value, '@');
	const char *domain = at == NULL ? value : at + 1;

	if (domain[0] == '\0' || (to[0] != '\0' && strcasecmp(to, domain) != 0))
		domain = WORD_NONE;
	memmove(to, domain, strlen(domain) + 1);
}

static void
read_property(struct reader *r, struct result *out)
{
	const char *before = r->p;
	char name[WORD_MAX];
	char value[WORD_MAX] = "";

	read_word(r, "=;( \t", name);
	if (skip_sign(r, '='))
		read_word(r, ";( \t", value);
	if (strcasecmp(name, "header.d") == 0)
		set_domain(out->header_d, value);
	if (strcasecmp(name, "header.i") == 0)
		set_domain(out->header_i, value);
	if (strcasecmp(name, "header.from") == 0)
		set_domain(out->header_from, value);
	if (r->p == before) /* a sign that belongs nowhere */
		r->p++;
}

/* Reads the next result; false where there is none. */
static bool
read_result(struct reader *r, struct result *out)
{
	char *version;

	while (skip_sign(r, ';'))
		;
	if (*r->p == '\0')
		return false;
	memset(out, 0, sizeof(*out));
	read_word(r, "=;( \t", out->method);
	version = strchr(out->method, '/');
	if (version != NULL)
		*version = '\0';
	if (skip_sign(r, '='))
		read_word(r, ";( \t", out->word);
	while (*r->p != '\0' && *r->p != ';')
		read_property(r, out);
	return true;
}

static bool
is_any(const char *word, const char *const *words)
{
	while (*words != NULL && strcasecmp(*words, word) != 0)
		words++;
	return *words != NULL;
}

static bool
same_domain(const char *a, const char *b)
{
	char *x = domain_ascii(a), *y = domain_ascii(b);
	bool same = strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

static bool
results_pass(struct reader *r, const char *domain)
{
	/* Where DMARC had nothing to say, RFC 7489 section 11.2. */
	static const char *const silent[] = {
	    "none", "temperror", "permerror", "bestguesspass", NULL};
	struct result result;
	bool dmarc = false, refused = false, dkim = false;

	while (read_result(r, &result)) {
		bool pass = strcasecmp(result.word, "pass") == 0;

		if (strcasecmp(result.method, "dmarc") == 0) {
			const char *from = result.header_from;

			if (pass &&
			    (from[0] == '\0' || same_domain(from, domain)))
				dmarc = true;
			else if (!is_any(result.word, silent))
				refused = true;
		} else if (strcasecmp(result.method, "dkim") == 0 && pass) {
			const char *by = result.header_d[0] != '\0'
					     ? result.header_d
					     : result.header_i;

			dkim = dkim || domain_aligned(by, domain);
		}
	}
	return !refused && (dmarc || dkim);
}

/* What a field is to us, by its authserv-id. */
enum author { AUTHOR_OTHER, AUTHOR_OURS, AUTHOR_UNNAMED };

/* Leaves the reader at the field's first result. */
static enum author
read_author(struct reader *r, const struct strs *ids)
{
	const char *start = r->p;
	char id[WORD_MAX], version[WORD_MAX] = "";

	read_word(r, "=;( \t", id);
	if (*r->p == '=') {
		r->p = start;
		return AUTHOR_UNNAMED;
	}
	if (!strs_has_case(ids, id))
		return AUTHOR_OTHER;
	read_word(r, ";( \t", version);
	/* Of another version nothing can be said, RFC 8601 section 2.2. */
	if ((version[0] != '\0' && strcmp(version, "1") != 0) ||
	    (*r->p != '\0' && *r->p != ';'))
		r->p += strlen(r->p);
	return AUTHOR_OURS;
}

static void
lower(char *word)
{
	for (; *word != '\0'; word++)
		if (*word >= 'A' && *word <= 'Z')
			*word = (char)(*word + ('a' - 'A'));
}

/* The host behind "from" or "by" of a Received (RFC 5321 section 4.4). */
static void
received_host(const char *value, const char *clause, char host[WORD_MAX])
{
	struct reader r = {value};

	host[0] = '\0';
	skip_blank(&r);
	while (*r.p != '\0' && *r.p != ';') {
		const char *before = r.p;
		char word[WORD_MAX];

		read_word(&r, ";( \t", word);
		if (strcasecmp(word, clause) == 0) {
			read_word(&r, ";( \t", host);
			lower(host);
			return;
		}
		if (r.p == before)
			return;
	}
}

static bool
is_one_of(const char *host, const struct strs *names)
{
	bool one = false;

	for (size_t i = 0; i < names->count && !one; i++)
		one = strchr(names->item[i], '.') != NULL &&
		      domain_aligned(names->item[i], host);
	return one;
}

/*
 * True where a host is known to be none of our border: another organisation's
 * than the team and each of ids that is a host's name. Names without a dot and
 * addresses are of the inside, as far as anybody can tell.
 */
static bool
is_foreign(const char *host, const struct auth_border *b)
{
	const char *at = b->team != NULL ? strrchr(b->team, '@') : NULL;

	if (strchr(host, '.') == NULL ||
	    strspn(host, "[]0123456789.") == strlen(host))
		return false;
	return !is_one_of(host, b->ids) &&
	       (at == NULL || !domain_aligned(at + 1, host));
}

/* True where the host is a trusted hop, or has a name below it. */
static bool
is_hop(const char *host, const struct strs *hops)
{
	size_t len = strlen(host);

	for (size_t i = 0; hops != NULL && i < hops->count; i++) {
		size_t hop = strlen(hops->item[i]);

		if (len >= hop && hop > 0 &&
		    strcasecmp(host + len - hop, hops->item[i]) == 0 &&
		    (len == hop || host[len - hop - 1] == '.'))
			return true;
	}
	return false;
}

/* Where in the header we are, from the top. */
struct search {
	const struct auth_border *border;
	const char *unnamed; /* results without an id, since the last host */
	char above[WORD_MAX]; /* from whom the host above took it, or "" */
	bool foreign; /* past a foreign host */
	bool hop; /* past the first trusted hop */
};

/*
 * Passes a host; true where it is the trusted hop that wrote the results just
 * above, and whoever took it from there says so.
 */
static bool
search_host(struct search *s, const char *value)
{
	const char *unnamed = s->unnamed;
	char by[WORD_MAX];
	bool first;

	received_host(value, "by", by);
	first = !s->hop && is_hop(by, s->border->hops);
	if (first && unnamed != NULL &&
	    (s->above[0] == '\0' || domain_aligned(s->above, by)))
		return true;
	s->hop = s->hop || first;
	s->foreign = s->foreign || is_foreign(by, s->border);
	s->unnamed = NULL;
	received_host(value, "from", s->above);
	if (s->above[0] == '\0')
		memcpy(s->above, WORD_NONE, sizeof(WORD_NONE));
	return false;
}

/* A field that is too long was cut, and what it said last is not known. */
static bool
is_whole(const char *value)
{
	return strlen(value) + 4 < TREE_VALUE_MAX;
}

/* The topmost results of ours; false where there are none to believe. */
static bool
results_find(
    const struct part_table *t, const struct auth_border *b, struct reader *out)
{
	struct search s = {.border = b};

	for (size_t i = 0; i < t->fields; i++) {
		const struct field *f = &t->field[i];
		enum author author;

		if (f->part != 0)
			continue;
		if (strcasecmp(f->name, "Received") == 0) {
			const char *found = s.unnamed;

			if (search_host(&s, f->value)) {
				*out = (struct reader){found};
				return is_whole(found);
			}
			continue;
		}
		if (strcasecmp(f->name, "Authentication-Results") != 0)
			continue;
		*out = (struct reader){f->value};
		author = read_author(out, b->ids);
		if (author == AUTHOR_OURS && !s.foreign)
			return is_whole(f->value);
		if (author == AUTHOR_UNNAMED && s.unnamed == NULL)
			s.unnamed = f->value;
	}
	return false;
}

bool
auth_results_pass(const struct part_table *t, const struct auth_border *b,
    const char *address)
{
	char *folded = address != NULL ? contact_address_fold(address) : NULL;
	struct reader r;
	bool pass = folded != NULL && results_find(t, b, &r) &&
		    results_pass(&r, strrchr(folded, '@') + 1);

	free(folded);
	return pass;
}

bool
auth_results_fail(const struct part_table *t, const struct auth_border *b)
{
	struct result result;
	struct reader r;

	if (!results_find(t, b, &r))
		return false;
	while (read_result(&r, &result))
		if (strcasecmp(result.method, "dmarc") == 0 &&
		    strcasecmp(result.word, "fail") == 0)
			return true;
	return false;
}
