/*
 * indicator.h - addresses, names of hosts, hashes and identifiers (CVE, JVN,
 * CERT/CC, GHSA) in a text, defanged or not. Nothing is ever looked up.
 */
#ifndef CASES_INDICATOR_H
#define CASES_INDICATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strs.h"

#define INDICATOR_MAX 1000 /* of one message */

struct indicator {
	char *type; /* ipv4 ipv6 domain url email md5 sha1 sha256 cve jvn
		       cert-vu ghsa */
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

/* Frees what is in it; l itself is the caller's. */
void indicators_free(struct indicators *l);

#endif
