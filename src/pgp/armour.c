#include "pgp/armour.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define CRC24_POLY 0x1864cfbU /* RFC 9580 section 6.1 */
#define LINE_BYTES 48 /* 64 characters a line */
#define LINE_LONG 60 /* characters; no word is */
#define CHUNK 3072 /* bytes decoded between two writes */

static const char *const kind_word[ARMOUR_KINDS] = {"MESSAGE", "SIGNED MESSAGE",
    "SIGNATURE", "PUBLIC KEY BLOCK", "PRIVATE KEY BLOCK"};

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* table[n][b]: what byte b has become with n more bytes after it. */
static void
crc24_tables(uint32_t table[3][256])
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i << 16;

		for (int bit = 0; bit < 8; bit++)
			c = c & 0x800000U ? (c << 1) ^ CRC24_POLY : c << 1;
		table[0][i] = c & 0xffffffU;
	}
	for (int n = 1; n < 3; n++)
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = table[n - 1][i];

			table[n][i] = (c << 8 & 0xffffffU) ^ table[0][c >> 16];
		}
}

uint32_t
armour_crc(uint32_t crc, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint32_t table[3][256];

	crc24_tables(table);
	for (; len >= 3; p += 3, len -= 3) {
		crc ^= (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		crc = table[2][crc >> 16] ^ table[1][crc >> 8 & 0xff] ^
		      table[0][crc & 0xff];
	}
	for (; len > 0; p++, len--)
		crc = (crc << 8 & 0xffffffU) ^ table[0][crc >> 16 ^ p[0]];
	return crc;
}

size_t
armour_line(const char *p, size_t len, size_t *next)
{
	const char *lf = memchr(p, '\n', len);
	size_t n = lf == NULL ? len : (size_t)(lf - p);

	*next = lf == NULL ? len : n + 1;
	while (
	    n > 0 && (p[n - 1] == '\r' || p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	return n;
}

static bool
line_is(const char *p, size_t len, const char *verb, enum armour_kind kind)
{
	size_t verb_len = strlen(verb);
	size_t word_len = strlen(kind_word[kind]);

	return len == verb_len + word_len + 5 &&
	       memcmp(p, verb, verb_len) == 0 &&
	       memcmp(p + verb_len, kind_word[kind], word_len) == 0 &&
	       memcmp(p + verb_len + word_len, "-----", 5) == 0;
}

/* Where the line "-----END PGP <word>-----" ends, from at on; 0: nowhere. */
static size_t
find_end(const char *text, size_t len, size_t at, enum armour_kind kind)
{
	static const char verb[] = "\n-----END PGP ";

	while (at < len) {
		const char *p =
		    memmem(text + at, len - at, verb, sizeof(verb) - 1);
		size_t next = 0;
		size_t n = 0;

		if (p == NULL)
			return 0;
		at = (size_t)(p - text) + 1;
		n = armour_line(text + at, len - at, &next);
		if (line_is(text + at, n, verb + 1,
			kind == ARMOUR_CLEARSIGNED ? ARMOUR_SIGNATURE : kind))
			return at + n;
	}
	return 0;
}

bool
armour_find(const void *data, size_t len, size_t from, struct armour *out)
{
	static const char verb[] = "-----BEGIN PGP ";
	const char *text = data;
	bool endless[ARMOUR_KINDS] = {false};
	size_t at = from;

	while (at < len) {
		const char *p =
		    memmem(text + at, len - at, verb, sizeof(verb) - 1);
		size_t next = 0;
		size_t n = 0;

		if (p == NULL)
			return false;
		at = (size_t)(p - text);
		n = armour_line(p, len - at, &next);
		for (int k = 0; k < ARMOUR_KINDS; k++) {
			if (endless[k] || (at > 0 && p[-1] != '\n') ||
			    !line_is(p, n, verb, (enum armour_kind)k))
				continue;
			out->kind = (enum armour_kind)k;
			out->start = at;
			out->end = find_end(text, len, at, out->kind);
			if (out->end != 0)
				return true;
			endless[k] = true; /* or each BEGIN looks to the end */
		}
		at += next;
	}
	return false;
}

/* A space that does not break, in Latin-1 or UTF-8: HTML's empty line. */
static bool
is_hard_space(const char *p, size_t n)
{
	return (n == 1 && (unsigned char)p[0] == 0xa0) ||
	       (n == 2 && (unsigned char)p[0] == 0xc2 &&
		   (unsigned char)p[1] == 0xa0);
}

/* Skips the BEGIN line and the header fields; 0 where no empty line ends them.
 */
static size_t
skip_head(const char *p, size_t len)
{
	size_t at = 0;
	size_t next = 0;

	armour_line(p, len, &next);
	at = next;
	while (at < len) {
		size_t n = armour_line(p + at, len - at, &next);

		at += next;
		if (n == 0 || is_hard_space(p + at - next, n))
			return at;
		if (memmem(p + at - next, n, ": ", 2) == NULL &&
		    p[at - next + n - 1] != ':')
			return 0;
	}
	return 0;
}

struct decoder {
	unsigned char value[256]; /* 64: no digit */
	uint32_t bits;
	unsigned have; /* digits in bits, 0 to 3 */
	unsigned pads;
};

static void
put_quad(unsigned char *to, uint32_t bits)
{
	to[0] = (unsigned char)(bits >> 16);
	to[1] = (unsigned char)(bits >> 8);
	to[2] = (unsigned char)bits;
}

/*
 * Whole quads from the start of a line, while there are only digits: nearly all
 * of a mail. Returns how many characters that were.
 */
static size_t
decode_quads(
    const struct decoder *d, const unsigned char *p, size_t n, struct buf *out)
{
	unsigned char raw[CHUNK];
	size_t at = 0;
	size_t full = 0;

	for (; n - at >= 4; at += 4) {
		uint32_t a = d->value[p[at]], b = d->value[p[at + 1]];
		uint32_t c = d->value[p[at + 2]], e = d->value[p[at + 3]];

		if ((a | b | c | e) >= 64)
			break;
		put_quad(raw + full, a << 18 | b << 12 | c << 6 | e);
		full += 3;
		if (full == sizeof(raw)) {
			buf_put(out, raw, full);
			full = 0;
		}
	}
	if (full > 0)
		buf_put(out, raw, full);
	return at;
}

/* One line of digits. False where it is none. */
static bool
decode_line(struct decoder *d, const char *p, size_t n, struct buf *out)
{
	unsigned char raw[3];
	size_t i = 0;

	if (d->have == 0 && d->pads == 0)
		i = decode_quads(d, (const unsigned char *)p, n, out);
	for (; i < n; i++) {
		unsigned v = d->value[(unsigned char)p[i]];

		if (p[i] == '=' && d->have >= 2) {
			d->pads++;
			continue;
		}
		if (v == 64 || d->pads > 0)
			return false;
		d->bits = d->bits << 6 | v;
		if (++d->have < 4)
			continue;
		put_quad(raw, d->bits);
		buf_put(out, raw, sizeof(raw));
		d->bits = 0;
		d->have = 0;
	}
	return true;
}

/* Where a checksum was joined to the last line of digits, its length. */
static size_t
joined_checksum(const struct decoder *d, const char *p, size_t n)
{
	if (n < 6 || p[n - 5] != '=')
		return 0;
	for (size_t i = n - 4; i < n; i++)
		if (d->value[(unsigned char)p[i]] == 64)
			return 0;
	return 5;
}

static bool
decode_finish(struct decoder *d, struct buf *out)
{
	if (d->have == 0)
		return d->pads == 0;
	if (d->have == 1 || d->have + d->pads > 4)
		return false;
	d->bits <<= 6 * (4 - d->have);
	buf_putc(out, (int)(d->bits >> 16 & 0xff));
	if (d->have == 3)
		buf_putc(out, (int)(d->bits >> 8 & 0xff));
	return true;
}

bool
armour_is_long(const void *block, size_t len)
{
	const char *p = block;
	size_t next;

	for (size_t at = 0; at < len; at += next) {
		size_t n = armour_line(p + at, len - at, &next);
		size_t same = 0;

		while (same < n && p[at + same] != '\0' &&
		       strchr(digits, p[at + same]) != NULL)
			same++;
		if (same == n && n >= LINE_LONG)
			return true;
	}
	return false;
}

int
armour_decode(const void *block, size_t len, struct buf *out, struct err *e)
{
	const char *p = block;
	size_t at = skip_head(p, len);
	struct decoder d = {.have = 0};
	size_t next = 0;
	size_t n = 0;

	if (at == 0)
		return err_set(e, ERR_DATA, "armour without an empty line");
	memset(d.value, 64, sizeof(d.value));
	for (unsigned i = 0; i < 64; i++)
		d.value[(unsigned char)digits[i]] = (unsigned char)i;
	for (; at < len; at += next) {
		n = armour_line(p + at, len - at, &next);
		if (n >= 5 && memcmp(p + at, "-----", 5) == 0)
			break;
		if (n == 5 && p[at] == '=')
			break;
		n -= joined_checksum(&d, p + at, n);
		if (!decode_line(&d, p + at, n, out))
			return err_set(e, ERR_DATA,
			    "armour with a character that is no base64");
	}
	if (!decode_finish(&d, out))
		return err_set(e, ERR_DATA, "armour is cut short");
	if (out->over)
		return err_set(e, ERR_DATA, "armoured data is too large");
	return 0;
}

static void
encode_group(const unsigned char *p, size_t n, char out[4])
{
	uint32_t v = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) |
		     (n > 2 ? p[2] : 0);

	out[0] = digits[v >> 18];
	out[1] = digits[v >> 12 & 63];
	out[2] = n > 1 ? digits[v >> 6 & 63] : '=';
	out[3] = n > 2 ? digits[v & 63] : '=';
}

void
armour_encode(
    enum armour_kind kind, const void *data, size_t len, struct buf *out)
{
	const unsigned char *p = data;
	uint32_t crc = armour_crc(ARMOUR_CRC_INIT, p, len);
	const unsigned char sum[3] = {(unsigned char)(crc >> 16),
	    (unsigned char)(crc >> 8), (unsigned char)crc};
	char line[LINE_BYTES / 3 * 4 + 1];
	char check[4];

	assert(kind != ARMOUR_CLEARSIGNED);
	buf_putf(out, "-----BEGIN PGP %s-----\n\n", kind_word[kind]);
	for (size_t at = 0; at < len; at += LINE_BYTES) {
		size_t n = len - at < LINE_BYTES ? len - at : LINE_BYTES;
		size_t w = 0;

		for (size_t i = 0; i < n; i += 3, w += 4)
			encode_group(p + at + i, n - i, line + w);
		line[w++] = '\n';
		buf_put(out, line, w);
	}
	encode_group(sum, 3, check);
	buf_putf(out, "=%.4s\n-----END PGP %s-----\n", check, kind_word[kind]);
}
