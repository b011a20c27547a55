#include "cases/sentence.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "cases/text_line.h"

#define SENTENCE_BYTES 4096 /* a longer one is told apart by its beginning */

/* A run of code points that is being gathered. */
struct sentence {
	struct buf bytes;
	size_t points;
	bool cjk;
};

struct sentence_walk {
	struct sentence line, whole;
	void (*found)(void *context, const char *bytes, size_t len);
	void *context;
};

/* What everybody writes, folded and without white space. */
static bool
sentence_is_form(const char *bytes)
{
	static const char *const form[] = {"tlp:", "thankyou", "regards,",
	    "hesitateto", "intendedrecipient", "intendedsolely", "お願いいた",
	    "お願い致", "お願い申し上げ", "お世話になっ", "ありがとうございま"};

	for (size_t i = 0; i < sizeof(form) / sizeof(form[0]); i++)
		if (strstr(bytes, form[i]) != NULL)
			return true;
	return false;
}

/* Whoever copies a sentence may leave its full stop behind. */
static size_t
sentence_len(const struct sentence *s)
{
	static const char stop[] = "。";
	const char *bytes = buf_str(&s->bytes);
	size_t len = s->bytes.len, n = sizeof(stop) - 1;

	for (;;) {
		if (len > 0 && memchr(".!?:;,", bytes[len - 1], 6) != NULL)
			len--;
		else if (len >= n && memcmp(bytes + len - n, stop, n) == 0)
			len -= n;
		else
			return len;
	}
}

static void
sentence_end(struct sentence_walk *w, struct sentence *s)
{
	size_t least = s->cjk ? SENTENCE_MIN_CJK : SENTENCE_MIN;

	if (s->points >= least && !sentence_is_form(buf_str(&s->bytes)))
		w->found(w->context, buf_str(&s->bytes), sentence_len(s));
	buf_clear(&s->bytes);
	s->points = 0;
	s->cjk = false;
}

static void
sentence_put(struct sentence *s, const uint8_t *p, size_t len, uint32_t cp)
{
	bool mark = cp == '-' || cp == '*' || cp == 0x2022 || cp == 0x30fb;

	/* a list's bullet is not of its text */
	if (s->bytes.len + len > SENTENCE_BYTES || (s->points == 0 && mark))
		return;
	buf_put(&s->bytes, p, len);
	s->points++;
	s->cjk = s->cjk || (cp >= 0x3040 && cp <= 0x9fff);
}

/* The end of a sentence: in ASCII only before white space, else it may stand in
 * an address. */
static bool
sentence_stops(uint32_t cp, const uint8_t *after, size_t len)
{
	if (cp == 0x3002)
		return true;
	return (cp == '.' || cp == '!' || cp == '?') &&
	       (len == 0 || *after == ' ' || *after == '\t');
}

/* One line, folded and without its '>'. */
static void
sentence_line(struct sentence_walk *w, const uint8_t *p, size_t len)
{
	uint32_t cp;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = utf8_next(p, len, &cp);
		if (n == 0) {
			n = 1;
			continue;
		}
		if (cp <= ' ' || cp == 0x3000 || utf8_unsafe(cp))
			continue;
		sentence_put(&w->line, p, n, cp);
		sentence_put(&w->whole, p, n, cp);
		if (sentence_stops(cp, p + n, len - n))
			sentence_end(w, &w->whole);
	}
	sentence_end(w, &w->line);
}

void
sentence_walk(const char *text, size_t len, bool quoted,
    void (*found)(void *context, const char *bytes, size_t len), void *context)
{
	struct sentence_walk w = {.found = found, .context = context};
	struct text_line line;

	buf_init_secret(&w.line.bytes, SENTENCE_BYTES + 1);
	buf_init_secret(&w.whole.bytes, SENTENCE_BYTES + 1);
	while (text_line_next(&text, &len, "> \t\r", &line)) {
		uint8_t *folded;
		size_t n;

		if (line.len == 0 || (line.quoted && !quoted)) {
			sentence_end(&w, &w.whole);
			continue;
		}
		folded = text_line_fold(&line, &n);
		sentence_line(&w, folded, n);
		free(folded);
	}
	sentence_end(&w, &w.whole);
	buf_free(&w.line.bytes);
	buf_free(&w.whole.bytes);
}
