/*
 * identifier.h - numbers of vulnerabilities, advisories, weaknesses, techniques
 * and networks, as their registries write them.
 */
#ifndef CASES_IDENTIFIER_H
#define CASES_IDENTIFIER_H

#include <stddef.h>

#include "cases/span.h"

/*
 * The identifier at the start of s, which is the rest of a text: what is
 * before it ended a word. Returns its bytes, or 0; *type is constant, *value in
 * its registry's spelling and the caller's.
 *   cve euvd ghsa jvn cert-vu ipa advisory (ICSA, MS, RHSA, DSA, USN, ZDI,
 *   CNVD) cwe capec attack (MITRE ATT&CK techniques)
 */
size_t identifier_at(struct span s, const char **type, char **value);

/*
 * The number of an autonomous system at the start of s: "AS64496",
 * "ASN: 64496", "AS 64496". As above; *value is "AS64496" (RFC 5396 section
 * 2, asplain). AS2 to AS4 and AS400 are protocols and a machine.
 */
size_t identifier_as(struct span s, char **value);

#endif
