#include "pgp/replay.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/sha256.h"

#define DIGEST SHA256_BYTES

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/*
 * Blanks at line ends, line ends themselves and empty lines at the end differ
 * between a text, its clear-signed form and its MIME form, and a text's
 * signature is good for each.
 */
static void
digest_content(const unsigned char *p, size_t len, unsigned char out[DIGEST])
{
	struct sha256 state;

	sha256_begin(&state);
	while (len > 0 && (p[len - 1] == '\n' || is_blank(p[len - 1])))
		len--;
	while (len > 0) {
		const unsigned char *lf = memchr(p, '\n', len);
		size_t n = lf == NULL ? len : (size_t)(lf - p);
		size_t next = lf == NULL ? n : n + 1;

		while (n > 0 && is_blank(p[n - 1]))
			n--;
		sha256_add(&state, p, n);
		sha256_add(&state, "\n", 1);
		p += next;
		len -= next;
	}
	sha256_end(&state, out);
}

static void
name_one(struct signature *s, const unsigned char content[DIGEST])
{
	struct sha256 state;
	unsigned char sum[DIGEST];
	char who[KEY_FINGERPRINT + 24];
	int n = snprintf(who, sizeof(who), "%s %lld ", s->fingerprint,
	    (long long)s->created);

	sha256_begin(&state);
	sha256_add(&state, who, (size_t)n);
	sha256_add(&state, content, DIGEST);
	sha256_end(&state, sum);
	hex_encode(sum, DIGEST, s->replay);
}

void
replay_name(struct signatures *l, size_t first, const void *content, size_t len)
{
	unsigned char digest[DIGEST];

	if (first >= l->count)
		return;
	digest_content(content, len, digest);
	for (size_t i = first; i < l->count; i++) {
		struct signature *s = &l->item[i].facts;

		if (s->fingerprint[0] != '\0' &&
		    (s->status == SIGNATURE_GOOD ||
			s->status == SIGNATURE_EXPIRED ||
			s->status == SIGNATURE_REVOKED))
			name_one(s, digest);
	}
}
