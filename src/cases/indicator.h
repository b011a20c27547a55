/*
 * indicator.h - addresses, networks, names of hosts and files, hashes and
 * identifiers (identifier.h) in a text, defanged or not. Nothing is ever looked
 * up.
 */
#ifndef CASES_INDICATOR_H
#define CASES_INDICATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strs.h"

#define INDICATOR_MAX 1000 /* of one message */

struct indicator {
	char *type; /* ipv4 ipv6 cidr asn domain url email md5 sha1 sha256
		       sha512 file, or one of identifier.h's */
	char *value; /* in its plain spelling, lower case where case is void */
};

struct indicators {
	struct indicator *item;
	size_t count;
	bool over; /* there were more than INDICATOR_MAX */
};

/*
 * Adds each indicator of text (len bytes of UTF-8) that l does not hold yet, up
 * to INDICATOR_MAX; linear in len.
 */
void indicators_find(struct indicators *l, const char *text, size_t len);

/* Adds copies, where l does not hold it yet and has room; each is looked at. */
void indicators_add(struct indicators *l, const char *type, const char *value);

/* Numbers of public catalogues and networks, and names of files, which are
 * everybody's, are nobody's own. */
bool indicator_is_public(const char *type);

/* Names a kind of weakness or technique, and no one thing. */
bool indicator_is_kind(const char *type);

/* Frees what is in it; l itself is the caller's. */
void indicators_free(struct indicators *l);

#endif
