#include "cases/reference.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

#define DIGITS "0123456789"
#define NAME_MAX_BRACKET 80 /* bytes of the name in "[name #123]" */

/* Issuers whose numbers are theirs alone, with how long these are. */
static const struct {
	const char *prefix;
	size_t least, most; /* digits */
} issuers[] = {
    {"JPCERT#", 6, 10},
    {"IPA#", 6, 10},
    {"VU#", 5, 8},
    {"JVN#", 8, 8},
    {"JVNVU#", 8, 8},
    {"JVNTA#", 8, 8},
    {"INC", 6, 12}, /* local: ServiceNow and its like, from here on */
    {"INC-", 2, 12}, /* Jira's and its like */
    {"REQ", 7, 12},
    {"RITM", 7, 12},
    {"SCTASK", 7, 12},
    {"CHG", 7, 12},
    {"PRB", 7, 12},
    {"CS", 7, 12},
    {"SIR", 7, 12},
};

/* ASCII alone: Japanese has no spaces around a number. */
static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The bytes of an issuer's number at p, or 0. */
static size_t
reference_issued(const char *p)
{
	for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
		size_t len = strlen(issuers[i].prefix), digits;

		if (strncasecmp(p, issuers[i].prefix, len) != 0)
			continue;
		digits = strspn(p + len, DIGITS);
		if (digits >= issuers[i].least && digits <= issuers[i].most &&
		    !is_word(p[len + digits]))
			return len + digits;
	}
	return 0;
}

/*
 * The bytes of "[name #123]" at p, which is the bracket, or 0. Without the
 * space, or without a name, five digits at least are asked for: lists count
 * their mails so.
 */
static size_t
reference_bracket(const char *p)
{
	size_t name = strcspn(p + 1, "#[]"), digits;
	bool apart = name > 1 && p[name] == ' ';

	if (name > NAME_MAX_BRACKET || p[name + 1] != '#' ||
	    (name > 0 && !apart && p[name] == ' '))
		return 0;
	digits = strspn(p + name + 2, DIGITS);
	if (digits < (apart ? 1U : 5U) || digits > (apart ? 12U : 20U) ||
	    p[name + 2 + digits] != ']')
		return 0;
	return name + digits + 3;
}

static void
reference_take(struct strs *out, const char *p, size_t len)
{
	char *s = xstrndup(p, len);

	for (char *c = s; *c != '\0'; c++)
		*c = (char)(*s == '[' ? tolower((unsigned char)*c)
				      : toupper((unsigned char)*c));
	strs_add_once(out, s);
	free(s);
}

void
reference_find(const char *subject, struct strs *out)
{
	char before = ' ';

	for (const char *p = subject;
	     *p != '\0' && out->count < REFERENCE_MAX;) {
		size_t len = 0;

		if (*p == '[' && reference_issued(p + 1) == 0)
			len = reference_bracket(p);
		else if (!is_word(before))
			len = reference_issued(p);
		if (len > 0)
			reference_take(out, p, len);
		p += len > 0 ? len : 1;
		before = p[-1];
	}
}

bool
reference_is_global(const char *reference)
{
	return isupper((unsigned char)reference[0]) &&
	       strchr(reference, '#') != NULL;
}

char *
reference_other(const char *reference)
{
	char *s;

	if (reference[0] == '[' || strchr(reference, '#') == NULL)
		return NULL;
	s = xstrdup(reference);
	for (char *c = s; *c != '\0'; c++)
		*c = (char)(isupper((unsigned char)*c)
				? tolower((unsigned char)*c)
				: toupper((unsigned char)*c));
	return s;
}

int
reference_add(
    struct db *db, int64_t cases, const char *reference, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO case_reference (reference, cases) VALUES (?, ?)"
	    " ON CONFLICT (reference, cases) DO NOTHING",
	    "si", reference, cases);
}

int
reference_list(struct db *db, int64_t cases, struct strs *out, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT reference FROM case_reference WHERE cases = ?"
		" ORDER BY reference LIMIT 1000",
		"i", cases) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		strs_add(out, db_text(row, 0));
	return rc;
}

int
reference_cases(struct db *db, const char *reference, int64_t **cases,
    size_t *count, struct err *e)
{
	return db_get_ids(db, cases, count, e,
	    "SELECT cases FROM case_reference WHERE reference = ?"
	    " ORDER BY cases DESC LIMIT 100",
	    "s", reference);
}
