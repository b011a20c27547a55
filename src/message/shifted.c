#include "message/shifted.h"

#include <stdbool.h>
#include <string.h>

#define NOTHING 0xff
#define SHIFT_OUT 0x0e
#define SHIFT_IN 0x0f
#define ESCAPE 0x1b

static bool
is_seven_bit(unsigned char c)
{
	return c > 0x20 && c < 0x7f;
}

/* Two bytes of a character; returns how many were taken. */
static size_t
put_pair(struct buf *out, const unsigned char *p, size_t len)
{
	if (len > 1 && is_seven_bit(p[1])) {
		buf_putc(out, p[0] | 0x80);
		buf_putc(out, p[1] | 0x80);
		return 2;
	}
	buf_putc(out, NOTHING);
	return 1;
}

void
shifted_hz(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	bool wide = false;

	for (size_t i = 0; i < len;) {
		unsigned char next = i + 1 < len ? p[i + 1] : 0;

		if (p[i] == '~' && (next == '{' || next == '}')) {
			wide = next == '{';
			i += 2;
		} else if (p[i] == '~' && !wide && next == '~') {
			buf_putc(out, '~');
			i += 2;
		} else if (p[i] == '~' && !wide && next == '\n') {
			i += 2;
		} else if (wide && is_seven_bit(p[i])) {
			i += put_pair(out, p + i, len - i);
		} else {
			wide = wide && p[i] != '\n';
			buf_putc(out, p[i++]);
		}
	}
}

void
shifted_kr(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	bool wide = false;

	for (size_t i = 0; i < len;) {
		if (p[i] == SHIFT_OUT || p[i] == SHIFT_IN) {
			wide = p[i++] == SHIFT_OUT;
		} else if (p[i] == ESCAPE && len - i >= 4 &&
			   memcmp(p + i + 1, "$)C", 3) == 0) {
			i += 4;
		} else if (p[i] == ESCAPE) {
			buf_putc(out, NOTHING);
			i++;
		} else if (wide && is_seven_bit(p[i])) {
			i += put_pair(out, p + i, len - i);
		} else {
			wide = wide && p[i] != '\n';
			buf_putc(out, p[i++]);
		}
	}
}
