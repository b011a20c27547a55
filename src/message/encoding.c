#include "message/encoding.h"

#include <string.h>
#include <strings.h>

#define CHUNK 3072
#define LINE_MAX_OCTETS 76 /* columns, RFC 2045 section 6.7 (5) and 6.8 */

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum encoding
encoding_find(const char *name)
{
	if (name == NULL || *name == '\0' || strcasecmp(name, "7bit") == 0 ||
	    strcasecmp(name, "8bit") == 0 || strcasecmp(name, "binary") == 0)
		return ENCODING_IDENTITY;
	if (strcasecmp(name, "base64") == 0)
		return ENCODING_BASE64;
	if (strcasecmp(name, "quoted-printable") == 0)
		return ENCODING_QUOTED_PRINTABLE;
	return ENCODING_UNKNOWN;
}

int
encoding_hex_value(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* 64: no digit. */
static void
base64_table(unsigned char value[256])
{
	memset(value, 64, 256);
	for (unsigned i = 0; i < 64; i++)
		value[(unsigned char)alphabet[i]] = (unsigned char)i;
}

/* Decodes digits in fours to at most room bytes; returns the digits used. */
static size_t
base64_quads(const unsigned char value[256], const unsigned char *p, size_t len,
    unsigned char *to, size_t room)
{
	size_t at = 0;

	for (; len - at >= 4 && room >= 3; at += 4, room -= 3) {
		unsigned a = value[p[at]], b = value[p[at + 1]];
		unsigned c = value[p[at + 2]], d = value[p[at + 3]];

		if ((a | b | c | d) >= 64)
			break;
		*to++ = (unsigned char)(a << 2 | b >> 4);
		*to++ = (unsigned char)(b << 4 | c >> 2);
		*to++ = (unsigned char)(c << 6 | d);
	}
	return at;
}

static bool
base64_decode(struct buf *out, const unsigned char *p, size_t len)
{
	unsigned char chunk[CHUNK];
	size_t n = 0;
	unsigned bits = 0, have = 0;
	bool odd = false, padded = false;
	unsigned char value[256];

	base64_table(value);
	buf_expect(out, len / 4 * 3);
	for (size_t i = 0; i < len; i++) {
		unsigned v = value[p[i]];

		if (have == 0 && v < 64 && !padded) {
			size_t used = base64_quads(value, p + i, len - i,
			    chunk + n, sizeof(chunk) - n);

			n += used / 4 * 3;
			if (n == sizeof(chunk)) {
				buf_put(out, chunk, n);
				n = 0;
			}
			i += used;
			if (i == len)
				break;
			v = value[p[i]];
		}
		if (v == 64) {
			/* Padding ends a quantum; more may follow it when
			 * pieces were joined. */
			if (p[i] == '=') {
				padded = padded || have != 0;
				have = 0;
				bits = 0;
			} else if (strchr("\r\n\t ", p[i]) == NULL ||
				   p[i] == '\0') {
				odd = true;
			}
			continue;
		}
		odd = odd || padded;
		bits = (bits << 6 | v) & 0xffffff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		chunk[n++] = (unsigned char)(bits >> have);
		if (n == sizeof(chunk)) {
			buf_put(out, chunk, n);
			n = 0;
		}
	}
	if (n > 0)
		buf_put(out, chunk, n);
	return odd || have >= 6;
}

/* White space at the end of a line was added on the way: it goes. */
static size_t
line_trimmed(const unsigned char *p, size_t len)
{
	while (len > 0 &&
	       (p[len - 1] == ' ' || p[len - 1] == '\t' || p[len - 1] == '\r'))
		len--;
	return len;
}

static bool
quoted_line(struct buf *out, const unsigned char *p, size_t len, bool *soft)
{
	bool odd = false;
	size_t from = 0;

	*soft = len > 0 && p[len - 1] == '=';
	if (*soft)
		len--;
	for (size_t i = 0; i < len; i++) {
		int hi, lo;

		if (p[i] != '=')
			continue;
		hi = i + 1 < len ? encoding_hex_value(p[i + 1]) : -1;
		lo = i + 2 < len ? encoding_hex_value(p[i + 2]) : -1;
		if (hi == -1 || lo == -1) {
			odd = true;
			continue;
		}
		if (i > from)
			buf_put(out, p + from, i - from);
		buf_putc(out, hi << 4 | lo);
		i += 2;
		from = i + 1;
	}
	if (len > from)
		buf_put(out, p + from, len - from);
	return odd;
}

static bool
quoted_decode(struct buf *out, const unsigned char *p, size_t len)
{
	bool odd = false;

	while (len > 0) {
		const unsigned char *lf = memchr(p, '\n', len);
		size_t line = lf == NULL ? len : (size_t)(lf - p);
		size_t kept = line_trimmed(p, line);
		bool crlf = line > 0 && lf != NULL && p[line - 1] == '\r';
		bool soft;

		/* A last line without an end keeps its spaces. */
		if (lf == NULL && (kept == 0 || p[kept - 1] != '='))
			kept = line;
		if (quoted_line(out, p, kept, &soft))
			odd = true;
		if (lf == NULL)
			break;
		if (!soft)
			buf_puts(out, crlf ? "\r\n" : "\n");
		p += line + 1;
		len -= line + 1;
	}
	return odd;
}

bool
encoding_decode(
    struct buf *out, enum encoding encoding, const void *data, size_t len)
{
	if (len == 0)
		return false;
	if (encoding == ENCODING_BASE64)
		return base64_decode(out, data, len);
	if (encoding == ENCODING_QUOTED_PRINTABLE)
		return quoted_decode(out, data, len);
	buf_put(out, data, len);
	return encoding == ENCODING_UNKNOWN;
}

void
encoding_q_decode(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++) {
		int hi = -1, lo = -1;

		if (p[i] == '=' && i + 2 < len) {
			hi = encoding_hex_value(p[i + 1]);
			lo = encoding_hex_value(p[i + 2]);
		}
		if (hi != -1 && lo != -1) {
			buf_putc(out, hi << 4 | lo);
			i += 2;
		} else {
			buf_putc(out, p[i] == '_' ? ' ' : p[i]);
		}
	}
}

static void
base64_four(unsigned v, unsigned char to[4])
{
	to[0] = (unsigned char)alphabet[v >> 18];
	to[1] = (unsigned char)alphabet[v >> 12 & 63];
	to[2] = (unsigned char)alphabet[v >> 6 & 63];
	to[3] = (unsigned char)alphabet[v & 63];
}

void
encoding_base64(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	unsigned char *to = buf_reserve(out, (len + 2) / 3 * 4);

	if (to == NULL)
		return;
	for (; len >= 3; len -= 3, p += 3, to += 4)
		base64_four(
		    (unsigned)p[0] << 16 | (unsigned)p[1] << 8 | p[2], to);
	if (len == 0)
		return;
	base64_four(
	    (unsigned)p[0] << 16 | (len > 1 ? (unsigned)p[1] << 8 : 0), to);
	to[3] = '=';
	if (len == 1)
		to[2] = '=';
}

void
encoding_base64_lines(struct buf *out, const void *data, size_t len)
{
	const size_t line = LINE_MAX_OCTETS / 4 * 3;
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i += line) {
		encoding_base64(out, p + i, len - i < line ? len - i : line);
		buf_puts(out, "\r\n");
	}
}

/* True where the byte at i may not stand in a line as it is. */
static bool
quoted_needs(const char *line, size_t len, size_t i)
{
	unsigned char c = (unsigned char)line[i];

	if (c == ' ' || c == '\t')
		return i + 1 == len;
	if (c < 33 || c > 126 || c == '=')
		return true;
	/* A lone dot would end an SMTP session that forgot to double it. */
	if (i == 0 && c == '.' && len == 1)
		return true;
	return i == 0 && len >= 5 && memcmp(line, "From ", 5) == 0;
}

/* How many of len bytes inside a line stay as they are. */
static size_t
quoted_run(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len &&
	       ((p[n] >= 32 && p[n] <= 126 && p[n] != '=') || p[n] == '\t'))
		n++;
	return n;
}

static void
quoted_put_line(struct buf *out, const char *line, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t column = 0;

	for (size_t i = 0; i < len; i++) {
		bool needs = quoted_needs(line, len, i);
		size_t width = needs ? 3 : 1;
		unsigned char c = (unsigned char)line[i];
		size_t room = LINE_MAX_OCTETS - 1 - column, run;

		/* What is neither first nor last on its line goes at once: 8
		 * instructions a byte instead of 70. */
		run = i == 0 || column == 0
			  ? 0
			  : quoted_run(line + i,
				len - 1 - i < room ? len - 1 - i : room);
		if (run > 0) {
			buf_put(out, line + i, run);
			column += run;
			i += run - 1;
			continue;
		}
		if (column + width > LINE_MAX_OCTETS - 1) {
			buf_puts(out, "=\r\n");
			column = 0;
			/* "From " may have come to stand first. */
			needs = quoted_needs(line + i, len - i, 0) || needs;
			width = needs ? 3 : 1;
		}
		if (needs) {
			buf_putc(out, '=');
			buf_putc(out, digits[c >> 4]);
			buf_putc(out, digits[c & 15]);
		} else {
			buf_putc(out, c);
		}
		column += width;
	}
	buf_puts(out, "\r\n");
}

void
encoding_quoted_printable(struct buf *out, const char *text, size_t len)
{
	while (len > 0) {
		const char *lf = memchr(text, '\n', len);
		size_t line = lf == NULL ? len : (size_t)(lf - text);
		size_t used = lf == NULL ? len : line + 1;

		if (lf != NULL && line > 0 && text[line - 1] == '\r')
			line--;
		quoted_put_line(out, text, line);
		text += used;
		len -= used;
	}
}
