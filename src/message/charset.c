#include "message/charset.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "message/charset_label.h"
#include "message/convert.h"
#include "message/jis.h"
#include "message/shifted.h"

#define GROWTH 8 /* UTF-8 bytes that one byte may become, at most */

static void
warn(struct strs *warnings, const char *word)
{
	if (warnings != NULL)
		strs_add_once(warnings, word);
}

static bool
has_8bit(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] >= 0x80)
			return true;
	return false;
}

/* Shift_JIS lead, trail and single bytes as CP932 has them. */
static bool
is_cp932(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = p[i];

		if (c < 0x80 || (c >= 0xa1 && c <= 0xdf))
			continue;
		if (c == 0x80 || c == 0xa0 || c > 0xfc || ++i == len)
			return false;
		if (p[i] < 0x40 || p[i] == 0x7f || p[i] > 0xfc)
			return false;
	}
	return true;
}

static bool
is_euc_jp(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = p[i];
		size_t more = c == 0x8f ? 2 : 1;

		if (c < 0x80)
			continue;
		if (c != 0x8e && c != 0x8f && (c < 0xa1 || c == 0xff))
			return false;
		while (more-- > 0)
			if (++i == len || p[i] < 0xa1 || p[i] == 0xff ||
			    (c == 0x8e && p[i] > 0xdf))
				return false;
	}
	return true;
}

/* Which of the four it is; false for none of them. */
static bool
guess(struct charset *out, const unsigned char *p, size_t len)
{
	const char *name = NULL;

	if (len > 0 && (memmem(p, len, "\x1b$", 2) != NULL ||
			   memmem(p, len, "\x1b(", 2) != NULL))
		name = "iso-2022-jp";
	else if (utf8_is(p, len))
		name = "utf-8";
	else if (is_euc_jp(p, len))
		name = "euc-jp";
	else if (is_cp932(p, len))
		name = "cp932";
	charset_find(out, name == NULL ? "utf-8" : name);
	return name != NULL;
}

static void
put_ascii(struct buf *to, const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] < 0x80 && p[i] != 0x1b)
			buf_putc(to, p[i]);
		else
			buf_puts(to, CONVERT_REPLACEMENT);
	}
}

/* By the way of one of iconv's charsets, from another form of it. */
static bool
put_shifted(struct buf *to, enum charset_way way, const unsigned char *p,
    size_t len, bool *bad)
{
	struct buf bytes;
	bool done;

	buf_init_secret(&bytes, len);
	if (way == CHARSET_HZ)
		shifted_hz(&bytes, p, len);
	else
		shifted_kr(&bytes, p, len);
	done = convert_to_utf8(to, way == CHARSET_HZ ? "GB18030" : "UHC",
	    bytes.data, bytes.len, bad);
	buf_free(&bytes);
	return done;
}

/* False where nothing can read it. */
static bool
put_decoded(struct buf *to, const struct charset *c, const unsigned char *p,
    size_t len, bool *bad)
{
	switch (c->way) {
	case CHARSET_JIS:
		*bad = jis_decode(to, p, len);
		return true;
	case CHARSET_UTF8:
		*bad = !utf8_is(p, len);
		buf_put(to, p, len);
		return true;
	case CHARSET_HZ:
	case CHARSET_KR:
		return put_shifted(to, c->way, p, len, bad);
	case CHARSET_ICONV:
		return convert_to_utf8(to, c->iconv, p, len, bad);
	default:
		return false;
	}
}

static void
decode(struct buf *to, const char *label, const unsigned char *p, size_t len,
    struct strs *warnings)
{
	struct charset c;
	bool bad = false;

	charset_find(&c, label);
	if (c.way == CHARSET_JIS && memchr(p, 0x1b, len) == NULL &&
	    has_8bit(p, len))
		c.way = CHARSET_GUESS;
	if (c.way == CHARSET_GUESS) {
		bad = !guess(&c, p, len);
		if (has_8bit(p, len) || c.way == CHARSET_JIS)
			warn(warnings, "charset-guessed");
	}
	if (c.way == CHARSET_REFUSED) {
		warn(warnings, "charset-refused");
		put_ascii(to, p, len);
	} else if (!put_decoded(to, &c, p, len, &bad)) {
		warn(warnings, "charset-unknown");
		put_ascii(to, p, len);
	}
	if (bad)
		warn(warnings, "charset-bad");
}

/* A mark of the byte order may stand first; it is no text. */
static void
skip_mark(const struct buf *text, size_t *from)
{
	*from = text->len >= 3 && memcmp(text->data, "\xef\xbb\xbf", 3) == 0
		    ? 3
		    : 0;
}

void
charset_text(struct buf *out, const char *charset, const void *data, size_t len,
    struct strs *warnings)
{
	struct buf to;
	size_t from;

	if (len == 0)
		return;
	buf_init_secret(&to, GROWTH * len + 64);
	decode(&to, charset, data, len, warnings);
	skip_mark(&to, &from);
	utf8_put_safe(out, buf_str(&to) + from, to.len - from);
	buf_free(&to);
}

void
charset_line(struct buf *out, const char *charset, const void *data, size_t len,
    struct strs *warnings)
{
	struct buf to;
	size_t from;

	if (len == 0)
		return;
	buf_init_secret(&to, GROWTH * len + 64);
	decode(&to, charset, data, len, warnings);
	skip_mark(&to, &from);
	utf8_put_line(out, buf_str(&to) + from, to.len - from);
	buf_free(&to);
}
