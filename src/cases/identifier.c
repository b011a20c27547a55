#include "cases/identifier.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/ascii.h"

/*
 * Each 'd' in form is a digit, 'x' a letter or digit of GHSA's; then up to more
 * further digits.
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
    {"euvd", "EUVD-dddd-d", 9},
    {"ipa", "IPA#dddddddd", 0},
    {"cwe", "CWE-d", 4},
    {"capec", "CAPEC-d", 4},
    {"advisory", "ICSA-dd-ddd-dd", 0},
    {"advisory", "ICSMA-dd-ddd-dd", 0},
    {"advisory", "MSdd-ddd", 0},
    {"advisory", "RHSA-dddd:dddd", 2},
    {"advisory", "DSA-dddd-d", 1},
    {"advisory", "USN-dddd-d", 1},
    {"advisory", "ZDI-dd-ddd", 1},
    {"advisory", "CNVD-dddd-ddddd", 3},
};

#define IDENTIFIERS (sizeof(identifiers) / sizeof(identifiers[0]))

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

/* "T1059.001": the numbers that ATT&CK has; a camera may be a T3000. */
static size_t
technique_len(struct span s)
{
	static const char *const forms[] = {"Tdddd.ddd", "Tdddd"};
	size_t n = 0;

	for (size_t i = 0; i < 2 && n == 0 && s.len > 0 && *s.p == 'T'; i++)
		n = identifier_len(s, forms[i], 0);
	if (n == 0 || (s.p[1] == '0' ? s.p[2] != '8' : s.p[1] != '1') ||
	    s.p[2] == '9')
		return 0;
	return n;
}

size_t
identifier_at(struct span s, const char **type, char **value)
{
	size_t n = technique_len(s);

	if (n > 0) {
		*type = "attack";
		*value = span_copy((struct span){s.p, n}, NULL);
		return n;
	}
	for (size_t i = 0; i < IDENTIFIERS; i++) {
		if (s.len == 0 || upper(*s.p) != identifiers[i].form[0])
			continue;
		n = identifier_len(s, identifiers[i].form, identifiers[i].more);
		if (n == 0)
			continue;
		*type = identifiers[i].type;
		*value = span_copy((struct span){s.p, n}, upper);
		/* GHSA's digits are lower case, its name is not. */
		if (strcmp(*type, "ghsa") == 0)
			for (char *p = *value + 4; *p != '\0'; p++)
				*p = lower(*p);
		return n;
	}
	return 0;
}

/* The number at p, up to 32 bits, and its digits; *n is 0 where it is none. */
static uint64_t
number_at(struct span s, size_t *n)
{
	uint64_t number = 0;

	*n = 0;
	if (s.len == 0 || *s.p == '0')
		return 0;
	while (*n < s.len && *n < 11 && is_digit(s.p[*n]))
		number = number * 10 + (uint64_t)(s.p[(*n)++] - '0');
	if (number > UINT32_MAX ||
	    (*n < s.len && (is_alnum(s.p[*n]) || s.p[*n] == '_')) ||
	    (*n + 1 < s.len && (is_dot(s.p[*n]) || s.p[*n] == '-') &&
		is_alnum(s.p[*n + 1])))
		*n = 0;
	return number;
}

size_t
identifier_as(struct span s, char **value)
{
	size_t at = 2, digits, least = 3;
	uint64_t number;

	if (s.len < 5 || upper(s.p[0]) != 'A' || upper(s.p[1]) != 'S')
		return 0;
	if (upper(s.p[2]) == 'N') {
		at++;
		least = 1;
		for (int i = 0; i < 3 && at < s.len && is_in(s.p[at], " :=#");
		     i++)
			at++;
	} else if (s.p[2] == DEFANG_FOREIGN && s.p[3] == DEFANG_FOREIGN &&
		   s.p[4] == ':') { /* its Japanese name: "AS番号: 64500" */
		for (at = 5; at < s.len && at < 7 && s.p[at] == ' '; at++)
			;
		least = 1;
	} else if (s.p[0] != 'A' || s.p[1] != 'S') {
		least = 4;
	} else if (s.p[2] == ' ') { /* "AS 400", "AS 2026" are none */
		at++;
		least = 5;
	}
	number = number_at((struct span){s.p + at, s.len - at}, &digits);
	if (digits < least || (at == 2 && number == 400))
		return 0;
	*value = xasprintf("AS%llu", (unsigned long long)number);
	return at + digits;
}
