#include "message/words.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "message/charset.h"
#include "message/encoding.h"

#define CHARSET_MAX 60 /* bytes; longer is no charset's name */

struct word {
	char charset[CHARSET_MAX + 1];
	bool base64;
	const char *text;
	size_t len;
	size_t used; /* bytes of the whole word */
};

/* Reads the word that starts at p; false where there is none. */
static bool
word_read(struct word *w, const char *p, size_t len)
{
	size_t n = 0;
	const char *mark;

	if (len < 8 || p[0] != '=' || p[1] != '?')
		return false;
	while (n <= CHARSET_MAX && 2 + n < len && p[2 + n] > ' ' &&
	       p[2 + n] < 127 && p[2 + n] != '?')
		n++;
	if (n == 0 || n > CHARSET_MAX || len < 2 + n + 5 || p[2 + n] != '?' ||
	    p[2 + n + 2] != '?')
		return false;
	memcpy(w->charset, p + 2, n);
	w->charset[n] = '\0';
	/* A language may follow the charset, RFC 2231 section 5. */
	w->charset[strcspn(w->charset, "*")] = '\0';
	if (strchr("BbQq", p[3 + n]) == NULL || p[3 + n] == '\0')
		return false;
	w->base64 = p[3 + n] == 'B' || p[3 + n] == 'b';
	w->text = p + 5 + n;
	mark = memchr(w->text, '?', len - 5 - n);
	if (mark == NULL || mark + 1 == p + len || mark[1] != '=')
		return false;
	w->len = (size_t)(mark - w->text);
	w->used = (size_t)(mark + 2 - p);
	return true;
}

static void
word_bytes(const struct word *w, struct buf *bytes)
{
	if (w->base64)
		encoding_decode(bytes, ENCODING_BASE64, w->text, w->len);
	else
		encoding_q_decode(bytes, w->text, w->len);
}

static void
run_flush(struct buf *out, struct buf *bytes, const char *charset,
    struct strs *warnings)
{
	charset_line(out, charset, bytes->data, bytes->len, warnings);
	buf_clear(bytes);
}

/* Decodes the words that follow each other from p on; returns their bytes. */
static size_t
words_run(struct buf *out, const struct word *first, const char *p, size_t len,
    struct strs *warnings)
{
	struct buf bytes;
	struct word w = *first, next;
	size_t used = w.used;

	buf_init(&bytes, len + 16);
	for (;;) {
		size_t gap = used;

		word_bytes(&w, &bytes);
		while (gap < len && (p[gap] == ' ' || p[gap] == '\t'))
			gap++;
		if (!word_read(&next, p + gap, len - gap))
			break;
		if (strcasecmp(next.charset, w.charset) != 0)
			run_flush(out, &bytes, w.charset, warnings);
		used = gap + next.used;
		w = next;
	}
	run_flush(out, &bytes, w.charset, warnings);
	buf_free(&bytes);
	return used;
}

void
words_decode(
    struct buf *out, const char *text, size_t len, struct strs *warnings)
{
	while (len > 0) {
		const char *mark = memmem(text, len, "=?", 2);
		size_t plain = mark == NULL ? len : (size_t)(mark - text);
		struct word w;

		if (mark != NULL && !word_read(&w, mark, len - plain)) {
			plain += 2;
			mark = NULL;
		}
		if (plain > 0)
			utf8_put_line(out, text, plain);
		text += plain;
		len -= plain;
		if (mark != NULL) {
			size_t used = words_run(out, &w, text, len, warnings);

			text += used;
			len -= used;
		}
	}
}
