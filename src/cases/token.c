#include "cases/token.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/base32.h"
#include "cases/case.h"
#include "cases/case_people.h"

#define TOKEN_HASH 16 /* letters, five bits each */
#define TOKEN_ID 18 /* digits: what int64_t always holds */
#define TOKEN_LOCAL 64 /* bytes, RFC 5321 section 4.5.3.1.1 */

static char
token_letter(enum token_kind kind)
{
	switch (kind) {
	case TOKEN_SENDER:
		return 's';
	case TOKEN_ADVISORY:
		return 'a';
	case TOKEN_HOLD:
		return 'h';
	default:
		return 'r';
	}
}

static enum token_kind
token_kind(char letter)
{
	switch (letter | 0x20) {
	case 's':
		return TOKEN_SENDER;
	case 'r':
		return TOKEN_REPLY;
	case 'a':
		return TOKEN_ADVISORY;
	case 'h':
		return TOKEN_HOLD;
	default:
		return TOKEN_NONE;
	}
}

static void
token_hash(struct vault *v, enum token_kind kind, int64_t cases,
    const char *correspondent, char out[TOKEN_HASH + 1])
{
	char *text = xasprintf("%c%lld-%s", token_letter(kind),
	    (long long)cases, kind == TOKEN_REPLY ? "" : correspondent);
	unsigned char hash[32];

	vault_hash(v, "case-token", text, strlen(text), hash);
	base32_write(hash, out, TOKEN_HASH);
	free(text);
}

char *
token_address(struct vault *v, const char *team, enum token_kind kind,
    int64_t cases, const char *correspondent)
{
	const char *at = strrchr(team, '@');
	char hash[TOKEN_HASH + 1];
	char *local, *address;

	token_hash(v, kind, cases, correspondent, hash);
	if (at == NULL)
		return xstrdup(team);
	local = xasprintf("%.*s+%c%lld-%s", (int)(at - team), team,
	    token_letter(kind), (long long)cases, hash);
	/* A team's name that leaves no room is written to as it is. */
	address = strlen(local) > TOKEN_LOCAL ? xstrdup(team)
					      : xasprintf("%s%s", local, at);
	free(local);
	return address;
}

/* What an address says of itself, before anything is proven. */
struct token {
	enum token_kind kind;
	int64_t cases;
	char hash[TOKEN_HASH + 1]; /* in lower case */
};

/* Reads "s12-abcdefghijklmnop" of len bytes; mail programs change case. */
static bool
token_parse(const char *text, size_t len, struct token *out)
{
	size_t i = 1;

	if (len < 3 + TOKEN_HASH || len > 2 + TOKEN_ID + TOKEN_HASH)
		return false;
	*out = (struct token){.kind = token_kind(text[0])};
	for (; i < len && i <= TOKEN_ID && text[i] >= '0' && text[i] <= '9';
	     i++)
		out->cases = out->cases * 10 + (text[i] - '0');
	if (out->kind == TOKEN_NONE || i == 1 || text[1] == '0' ||
	    len - i != 1 + TOKEN_HASH || text[i] != '-')
		return false;
	for (size_t k = 0; k < TOKEN_HASH; k++) {
		char c = text[i + 1 + k];

		out->hash[k] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return true;
}

/* The part of address between team's "local+" and "@domain". */
static bool
token_find(const char *team, const char *address, struct token *out)
{
	const char *at = strrchr(team, '@'), *end = strrchr(address, '@');
	size_t local = at == NULL ? 0 : (size_t)(at - team);

	if (at == NULL || end == NULL || strcasecmp(at, end) != 0 ||
	    (size_t)(end - address) <= local || address[local] != '+' ||
	    strncasecmp(team, address, local) != 0)
		return false;
	return token_parse(
	    address + local + 1, (size_t)(end - address) - local - 1, out);
}

static bool
token_fits(struct vault *v, const struct token *t, const char *correspondent)
{
	char hash[TOKEN_HASH + 1];

	token_hash(v, t->kind, t->cases, correspondent, hash);
	return sodium_memcmp(hash, t->hash, TOKEN_HASH) == 0;
}

int
token_read(struct db *db, struct vault *v, const char *team,
    const char *address, const char *from, enum token_kind *kind,
    int64_t *cases, bool *by_other, struct err *e)
{
	struct strs people = {0};
	int64_t version;
	struct token t;
	bool fits;

	*kind = TOKEN_NONE;
	*cases = 0;
	*by_other = false;
	if (!token_find(team, address, &t) || t.kind == TOKEN_ADVISORY ||
	    t.kind == TOKEN_HOLD)
		return 0;
	/* A copy of the database that was put back may not know the case. */
	if (case_version(db, t.cases, &version, e) == -1)
		return -1;
	if (version == 0)
		return 0;
	fits =
	    (t.kind == TOKEN_REPLY || from != NULL) && token_fits(v, &t, from);
	if (!fits && t.kind == TOKEN_SENDER) {
		if (case_participants(db, t.cases, &people, e) == -1)
			return -1;
		for (size_t i = 0; i < people.count && !fits; i++)
			fits = token_fits(v, &t, people.item[i]);
		*by_other = fits;
		strs_free(&people);
	}
	if (fits) {
		*kind = t.kind;
		*cases = t.cases;
	}
	return 0;
}

int64_t
token_advisory(struct vault *v, const char *team, const char *address)
{
	struct token t;

	return token_find(team, address, &t) && t.kind == TOKEN_ADVISORY &&
		       token_fits(v, &t, "")
		   ? t.cases
		   : 0;
}

int64_t
token_held(const char *team, const char *address)
{
	struct token t;

	return token_find(team, address, &t) && t.kind == TOKEN_HOLD ? t.cases
								     : 0;
}

bool
token_is_held(struct vault *v, const char *team, const char *address,
    const char *correspondent)
{
	struct token t;

	return token_find(team, address, &t) && t.kind == TOKEN_HOLD &&
	       token_fits(v, &t, correspondent);
}
