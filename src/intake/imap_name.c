#include "intake/imap_name.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

#define NAME_MAX_WIRE 4096 /* bytes */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+,";

/* Sixteen bits at a time, on their way to six. */
struct shifted {
	uint32_t bits;
	int count; /* of bits that are left */
	bool on; /* between & and - */
};

static void
shifted_put(struct shifted *s, uint32_t unit, struct buf *out)
{
	if (!s->on)
		buf_putc(out, '&');
	s->on = true;
	s->bits = s->bits << 16 | unit;
	s->count += 16;
	for (; s->count >= 6; s->count -= 6)
		buf_putc(out, digits[s->bits >> (s->count - 6) & 0x3f]);
	s->bits &= (1U << s->count) - 1;
}

static void
shifted_end(struct shifted *s, struct buf *out)
{
	if (!s->on)
		return;
	/* What is left is filled up with zero bits. */
	if (s->count > 0)
		buf_putc(out, digits[s->bits << (6 - s->count) & 0x3f]);
	buf_putc(out, '-');
	*s = (struct shifted){0};
}

static void
name_put(struct shifted *s, uint32_t cp, struct buf *out)
{
	if (cp >= 0x20 && cp <= 0x7e) {
		shifted_end(s, out);
		buf_putc(out, (int)cp);
		if (cp == '&')
			buf_putc(out, '-');
	} else if (cp >= 0x10000) {
		shifted_put(s, 0xd800 + ((cp - 0x10000) >> 10), out);
		shifted_put(s, 0xdc00 + ((cp - 0x10000) & 0x3ff), out);
	} else {
		shifted_put(s, cp, out);
	}
}

char *
imap_name_wire(const char *name)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t len = strlen(name);
	struct shifted s = {0};
	struct buf out;

	buf_init(&out, NAME_MAX_WIRE);
	while (len > 0) {
		uint32_t cp;
		size_t n = utf8_next(p, len, &cp);

		if (n == 0) {
			cp = 0xfffd;
			n = 1;
		}
		name_put(&s, cp, &out);
		p += n;
		len -= n;
	}
	shifted_end(&s, &out);
	return buf_take_str(&out);
}
