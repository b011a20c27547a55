/*
 * pattern.h - one PCRE2 pattern of the configuration, matched in bounded time.
 *
 * UTF, Unicode properties, case folded, unanchored. A text is matched in its
 * NFKC form, so that full-width letters are found, and as it was written.
 */
#ifndef POLICY_PATTERN_H
#define POLICY_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct pattern;

/*
 * steps bounds the work of one match: as PCRE2's match limit for each start,
 * and, with 8 more for each byte of text, for all of them together. ERR_CONFIG
 * names the mistake and where in the pattern it stands.
 */
int pattern_compile(
    struct pattern **out, const char *text, int64_t steps, struct err *e);
void pattern_free(struct pattern *p);

/* A text made ready once for many patterns. */
struct subject {
	char *plain; /* NFKC, safe UTF-8 */
	size_t plain_len;
	char *written; /* NULL where it is the same as plain */
	size_t written_len;
};

/* text of len bytes is copied; NULL gives an empty one. */
void subject_init(struct subject *s, const char *text, size_t len);
void subject_free(struct subject *s);

enum pattern_result {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_LIMIT /* it took too many steps: neither */
};

/*
 * Whether the pattern is found anywhere in the text, as it is written or in
 * NFKC (Unicode Standard Annex 15).
 */
enum pattern_result pattern_match(
    const struct pattern *p, const struct subject *s);

#endif
