#include "policy/domain.h"

#include <idn2.h>
#include <libpsl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

static char *
plain(const char *domain)
{
	size_t len = strlen(domain);
	char *s;

	if (len > 1 && domain[len - 1] == '.')
		len--;
	s = xstrndup(domain, len);
	for (char *p = s; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return s;
}

char *
domain_ascii(const char *domain)
{
	char *s = plain(domain);
	char *out = NULL;
	size_t len = strlen(s);

	if (len > DOMAIN_MAX || utf8_is_ascii(s, len) || !utf8_is(s, len) ||
	    idn2_to_ascii_8z(s, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) !=
		IDN2_OK)
		return s;
	free(s);
	s = xstrdup(out);
	idn2_free(out);
	return s;
}

char *
domain_unicode(const char *domain)
{
	char *s = plain(domain);
	char *out = NULL;
	size_t len = strlen(s);

	if (len > DOMAIN_MAX || !utf8_is(s, len) ||
	    (utf8_is_ascii(s, len) && strstr(s, "xn--") == NULL) ||
	    idn2_to_unicode_8z8z(s, &out, 0) != IDN2_OK)
		return s;
	free(s);
	s = xstrdup(out);
	idn2_free(out);
	return s;
}

const char *
domain_organisation(const char *ascii)
{
	const psl_ctx_t *psl = psl_builtin();
	const char *own =
	    psl == NULL ? NULL : psl_registrable_domain(psl, ascii);

	return own == NULL ? ascii : own;
}

bool
domain_aligned(const char *a, const char *b)
{
	const psl_ctx_t *psl = psl_builtin();
	char *x = domain_ascii(a), *y = domain_ascii(b);
	bool same = x[0] != '\0' && strcmp(x, y) == 0;

	if (!same && psl != NULL) {
		const char *ours = psl_registrable_domain(psl, x);
		const char *theirs = psl_registrable_domain(psl, y);

		same =
		    ours != NULL && theirs != NULL && strcmp(ours, theirs) == 0;
	}
	free(x);
	free(y);
	return same;
}

char *
domain_address_key(const char *folded)
{
	const char *at = strrchr(folded, '@');
	char *domain, *key;

	if (at == NULL)
		return xstrdup(folded);
	domain = domain_ascii(at + 1);
	key = xasprintf("%.*s@%s", (int)(at - folded), folded, domain);
	free(domain);
	return key;
}
