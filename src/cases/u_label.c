#include "cases/u_label.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "cases/ascii.h"
#include "policy/domain.h"

#define LABEL_CHARS                                                            \
	63 /* of a U-label; its A-label has more bytes than that               \
	    */

#define GROWTH 8 /* times: two bytes may become "xn--80a" */

/* One word of letters and digits, as it stands in the text. */
struct word {
	size_t start, end;
	size_t chars;
	bool ascii; /* has some */
	bool alphabet; /* has letters of one that is written with spaces */
	bool other; /* has others beyond ASCII */
};

/* Latin, Greek, Cyrillic, Armenian: people part their words. */
static bool
is_alphabet(ucs4_t c)
{
	return (c >= 0xC0 && c < 0x590) || (c >= 0x1E00 && c < 0x2000);
}

static bool
is_letter(ucs4_t c)
{
	return uc_is_general_category_withtable(
	    c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N);
}

/* The word at i, which is the end of what was before it; none has no chars. */
static struct word
word_at(const char *text, size_t len, size_t i)
{
	struct word w = {.start = i, .end = i};

	while (w.end < len) {
		const uint8_t *p = (const uint8_t *)text + w.end;
		ucs4_t c;
		int n = u8_mbtouc(&c, p, len - w.end);

		if (c < 0x80 ? !is_alnum((char)c) && c != '-' : !is_letter(c))
			break;
		w.ascii = w.ascii || c < 0x80;
		w.alphabet = w.alphabet || is_alphabet(c);
		w.other = w.other || (c >= 0x80 && !is_alphabet(c));
		w.end += (size_t)n;
		w.chars++;
	}
	return w;
}

/* Whether a dot stands there, or the bracket that one is in. */
static bool
is_joint(char c, const char *brackets)
{
	return c == '.' || is_in(c, brackets);
}

static bool
is_label(const char *text, size_t len, const struct word *w, bool after)
{
	char before = w->start == 0 ? ' ' : text[w->start - 1];
	char behind = w->end == len ? ' ' : text[w->end];

	if (w->chars == 0 || w->chars > LABEL_CHARS ||
	    !(w->alphabet || w->other))
		return false;
	/* a path may have any words; a host stands behind two slashes */
	if (before == '/' && (w->start < 2 || text[w->start - 2] != '/'))
		return false;
	if (!w->other)
		return is_joint(behind, "[({") || is_joint(before, "])}");
	if (w->ascii || w->alphabet || (before & 0x80) != 0)
		return false;
	/* the ending of a name whose other labels were such, too */
	if (after && before == '.')
		return (behind & 0x80) == 0;
	return before != '.' && behind == '.';
}

char *
u_label_ascii(const char *text, size_t len, size_t *out_len)
{
	size_t done = 0, last = 0;
	struct buf out;
	char *whole;

	buf_init(&out, GROWTH * len + 1);
	for (size_t i = 0; i < len;) {
		struct word w = word_at(text, len, i);
		char *label, *ascii;

		if (!is_label(text, len, &w, last > 0 && last + 1 == w.start)) {
			i = w.end > i ? w.end : i + 1;
			continue;
		}
		label = xstrndup(text + w.start, w.end - w.start);
		ascii = domain_ascii(label);
		buf_put(&out, text + done, w.start - done);
		buf_puts(&out, ascii);
		free(label);
		free(ascii);
		i = done = last = w.end;
	}
	buf_put(&out, text + done, len - done);
	*out_len = out.len;
	whole = done == 0 || out.over ? NULL : xmalloc(out.len + 1);
	if (whole != NULL) {
		memcpy(whole, out.data, out.len);
		whole[out.len] = '\0';
	}
	buf_free(&out);
	return whole;
}
