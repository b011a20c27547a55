#include "cases/ulabel.h"

#include <libpsl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unictype.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "cases/ascii.h"
#include "policy/domain.h"

#define ULABEL_BYTES 252 /* 63 characters of UTF-8, the longest that can be */
#define ACE_MAX 63 /* bytes, RFC 1035 section 2.3.4 */

/* A run of letters, digits and hyphens. */
struct run {
	const char *p;
	size_t len; /* bytes */
	bool foreign; /* has letters beyond ASCII */
	bool unspaced; /* some are of a script without spaces */
	bool ascii; /* has letters of ASCII */
	bool particle; /* has a letter that joins words of a sentence */
};

/* Han, kana, Thai. */
static bool
is_unspaced(uint32_t c)
{
	return (c >= 0x3005 && c <= 0x3007) || (c >= 0x3040 && c <= 0x30FF) ||
	       (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
	       (c >= 0x20000 && c <= 0x3FFFF) || (c >= 0x0E00 && c <= 0x0E7F);
}

/* The run at text[at]; its length is 0 where none begins there. */
static struct run
run_at(const char *text, size_t at, size_t len)
{
	struct run r = {.p = text + at};

	while (at + r.len < len) {
		const unsigned char *p = (const unsigned char *)r.p + r.len;
		uint32_t c;
		size_t n;

		if (is_alnum((char)*p) || *p == '-' || *p == '_') {
			r.ascii = r.ascii || is_alpha((char)*p);
			r.len++;
			continue;
		}
		n = *p < 0x80 ? 0 : utf8_next(p, len - at - r.len, &c);
		if (n == 0 || !(uc_is_property_alphabetic(c) ||
				  uc_is_general_category(c, UC_MARK)))
			break;
		r.foreign = true;
		r.unspaced = r.unspaced || is_unspaced(c);
		r.particle = r.particle || c == 0x306F || c == 0x3092;
		r.len += n;
	}
	return r;
}

/* A letter or digit may begin at p. */
static bool
goes_on(const char *p, const char *end)
{
	return p < end && (is_alnum(*p) || (*p & 0x80) != 0);
}

/* A dot stands at p, or one in brackets, and a name goes on behind it. */
static bool
is_dotted(const char *p, const char *end)
{
	static const char *const opens[] = {"[", "(", "{", "【", "〔"};
	static const char *const dots[] = {".", "dot", "ドット"};

	if (p < end && *p == '.')
		return goes_on(p + 1, end);
	for (size_t i = 0; i < sizeof(opens) / sizeof(*opens); i++) {
		size_t n = strlen(opens[i]);

		if ((size_t)(end - p) <= n || memcmp(p, opens[i], n) != 0)
			continue;
		for (size_t k = 0; k < sizeof(dots) / sizeof(*dots); k++)
			if ((size_t)(end - p) - n > strlen(dots[k]) &&
			    strncasecmp(p + n, dots[k], strlen(dots[k])) == 0)
				return true;
	}
	return false;
}

/* A dot ends before p, or one in brackets. */
static bool
is_behind_dot(const char *text, const char *p)
{
	if (p > text && is_in(p[-1], "])}"))
		p--;
	else if (p - text > 3 &&
		 (memcmp(p - 3, "】", 3) == 0 || memcmp(p - 3, "〕", 3) == 0))
		p -= 3;
	return p > text && p[-1] == '.';
}

static bool
is_suffix(const char *ace)
{
	return psl_builtin() != NULL &&
	       psl_is_public_suffix2(
		   psl_builtin(), ace, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

/* The run's ASCII form, the caller's, where it is a label; or NULL. */
static char *
run_label(const char *text, const char *end, const struct run *r)
{
	bool begins = (r->p - text >= 3 && memcmp(r->p - 3, "://", 3) == 0) ||
		      (r->p > text && r->p[-1] == '@');
	bool dotted = is_dotted(r->p + r->len, end);
	bool path = !begins && r->p > text && is_in(r->p[-1], "/\\");
	char *label, *ace = NULL;

	if (!r->foreign || path || r->len > ULABEL_BYTES ||
	    (!dotted && !is_behind_dot(text, r->p)) ||
	    (r->unspaced && !begins && (r->ascii || r->particle)))
		return NULL;
	label = xstrndup(r->p, r->len);
	ace = domain_ascii(label);
	free(label);
	if (!utf8_is_ascii(ace, strlen(ace)) || strlen(ace) > ACE_MAX ||
	    (!dotted && !is_suffix(ace))) {
		free(ace);
		ace = NULL;
	}
	return ace;
}

char *
ulabels_plain(const char *text, size_t len, size_t *out_len)
{
	struct buf out;
	size_t done = 0, looked = 0;

	buf_init(&out, len + ULABELS_MAX * ACE_MAX + 1);
	for (size_t i = 0; i < len && looked < ULABELS_MAX;) {
		struct run r = run_at(text, i, len);
		char *ace;

		if (r.len == 0) {
			i++;
			continue;
		}
		looked += r.foreign && (is_dotted(r.p + r.len, text + len) ||
					   is_behind_dot(text, r.p));
		ace = run_label(text, text + len, &r);
		if (ace != NULL) {
			buf_put(&out, text + done, i - done);
			buf_puts(&out, ace);
			done = i + r.len;
		}
		free(ace);
		i += r.len;
	}
	if (done == 0) {
		buf_free(&out);
		return NULL;
	}
	buf_put(&out, text + done, len - done);
	*out_len = out.len;
	return buf_take_str(&out);
}
