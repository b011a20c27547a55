#include "policy/auth_results.h"

#include <libpsl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "people/contact.h"

#define WORD_MAX 256 /* bytes of one word, its NUL included; longer is cut */

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

static void
put(char *word, size_t *len, char c)
{
	if (*len + 1 < WORD_MAX)
		word[(*len)++] = c;
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

/* One method's result and the two properties that matter here. */
struct result {
	char method[WORD_MAX];
	char word[WORD_MAX];
	char header_d[WORD_MAX];
	char header_from[WORD_MAX];
};

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
	while (*r->p != '\0' && *r->p != ';') {
		const char *before = r->p;
		char name[WORD_MAX];
		char value[WORD_MAX] = "";

		read_word(r, "=;( \t", name);
		if (skip_sign(r, '='))
			read_word(r, ";( \t", value);
		if (strcasecmp(name, "header.d") == 0)
			memcpy(out->header_d, value, WORD_MAX);
		if (strcasecmp(name, "header.from") == 0)
			memcpy(out->header_from, value, WORD_MAX);
		if (r->p == before) /* a sign that belongs nowhere */
			r->p++;
	}
	return true;
}

/* Both in one organisation's domain: DMARC's relaxed alignment. */
static bool
aligned(const char *d, const char *domain)
{
	const psl_ctx_t *psl = psl_builtin();
	char *a;
	bool same = false;

	if (d[0] == '@')
		d++;
	if (strcasecmp(d, domain) == 0)
		return d[0] != '\0';
	a = xstrdup(d);
	for (char *p = a; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	if (psl != NULL) {
		const char *ours = psl_registrable_domain(psl, domain);
		const char *theirs = psl_registrable_domain(psl, a);

		same =
		    ours != NULL && theirs != NULL && strcmp(ours, theirs) == 0;
	}
	free(a);
	return same;
}

static bool
results_pass(struct reader *r, const char *domain)
{
	struct result result;
	bool dmarc_seen = false;
	bool dmarc = true;
	bool dkim = false;

	while (read_result(r, &result)) {
		bool pass = strcasecmp(result.word, "pass") == 0;

		if (strcasecmp(result.method, "dmarc") == 0) {
			const char *from = result.header_from;

			dmarc_seen = true;
			dmarc =
			    dmarc && pass &&
			    (from[0] == '\0' || strcasecmp(from, domain) == 0);
		} else if (strcasecmp(result.method, "dkim") == 0) {
			dkim =
			    dkim || (pass && aligned(result.header_d, domain));
		}
	}
	return dmarc_seen ? dmarc : dkim;
}

/* True where the field is by one of ids; the reader then stands behind it. */
static bool
is_ours(struct reader *r, const struct strs *ids)
{
	char id[WORD_MAX];

	read_word(r, ";( \t", id);
	if (!strs_has_case(ids, id))
		return false;
	while (*r->p != '\0' && *r->p != ';') /* a version */
		r->p++;
	return true;
}

/* The host that wrote a Received field (RFC 5321 section 4.4), lower case. */
static void
received_by(const char *value, char host[WORD_MAX])
{
	struct reader r = {value};

	host[0] = '\0';
	skip_blank(&r);
	while (*r.p != '\0' && *r.p != ';') {
		const char *before = r.p;
		char word[WORD_MAX];

		read_word(&r, ";( \t", word);
		if (strcasecmp(word, "by") == 0) {
			read_word(&r, ";( \t", host);
			for (char *p = host; *p != '\0'; p++)
				if (*p >= 'A' && *p <= 'Z')
					*p = (char)(*p + ('a' - 'A'));
			return;
		}
		if (r.p == before)
			return;
	}
}

/*
 * True where a host is known to be none of our border: another organisation's
 * than each authserv-id that is a host's name. Names without a dot and
 * addresses are of the inside, as far as anybody can tell.
 */
static bool
is_foreign(const char *host, const struct strs *ids)
{
	bool named = false;

	if (strchr(host, '.') == NULL ||
	    strspn(host, "[]0123456789.") == strlen(host))
		return false;
	for (size_t i = 0; i < ids->count; i++) {
		if (strchr(ids->item[i], '.') == NULL)
			continue;
		named = true;
		if (aligned(ids->item[i], host))
			return false;
	}
	return named;
}

/* The topmost results of ours; false where there are none to believe. */
static bool
results_find(
    const struct part_table *t, const struct strs *ids, struct reader *out)
{
	for (size_t i = 0; i < t->fields; i++) {
		const struct field *f = &t->field[i];
		char host[WORD_MAX];

		if (f->part == 0 && strcasecmp(f->name, "Received") == 0) {
			received_by(f->value, host);
			if (is_foreign(host, ids))
				return false;
		}
		*out = (struct reader){f->value};
		if (f->part == 0 &&
		    strcasecmp(f->name, "Authentication-Results") == 0 &&
		    is_ours(out, ids))
			return true;
	}
	return false;
}

bool
auth_results_pass(
    const struct part_table *t, const struct strs *ids, const char *address)
{
	char *folded = address != NULL ? contact_address_fold(address) : NULL;
	struct reader r;
	bool pass = folded != NULL && results_find(t, ids, &r) &&
		    results_pass(&r, strrchr(folded, '@') + 1);

	free(folded);
	return pass;
}

bool
auth_results_fail(const struct part_table *t, const struct strs *ids)
{
	struct result result;
	struct reader r;

	if (!results_find(t, ids, &r))
		return false;
	while (read_result(&r, &result))
		if (strcasecmp(result.method, "dmarc") == 0 &&
		    strcasecmp(result.word, "fail") == 0)
			return true;
	return false;
}
