#include "base/sha1.h"

#include <string.h>

static uint32_t
turn(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static void
sha1_block(struct sha1 *s, const unsigned char *p)
{
	static const uint32_t k[4] = {
	    0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
	uint32_t a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3];
	uint32_t e = s->h[4], w[80];

	for (size_t i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		       (uint32_t)p[4 * i + 2] << 8 | (uint32_t)p[4 * i + 3];
	for (size_t i = 16; i < 80; i++)
		w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (size_t i = 0; i < 80; i++) {
		uint32_t f = i < 20   ? (b & c) | (~b & d)
			     : i < 40 ? b ^ c ^ d
			     : i < 60 ? (b & c) | (b & d) | (c & d)
				      : b ^ c ^ d;
		uint32_t t = turn(a, 5) + f + e + w[i] + k[i / 20];

		e = d;
		d = c;
		c = turn(b, 30);
		b = a;
		a = t;
	}
	s->h[0] += a;
	s->h[1] += b;
	s->h[2] += c;
	s->h[3] += d;
	s->h[4] += e;
}

void
sha1_init(struct sha1 *s)
{
	*s = (struct sha1){
	    .h = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
}

void
sha1_put(struct sha1 *s, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len > 0) {
		size_t at = s->len % sizeof(s->block);
		size_t n = sizeof(s->block) - at;

		n = n < len ? n : len;
		memcpy(s->block + at, p, n);
		s->len += n;
		p += n;
		len -= n;
		if (at + n == sizeof(s->block))
			sha1_block(s, s->block);
	}
}

void
sha1_end(struct sha1 *s, unsigned char out[SHA1_BYTES])
{
	uint64_t bits = s->len * 8;
	unsigned char tail[8];

	sha1_put(s, "\x80", 1);
	while (s->len % sizeof(s->block) != 56)
		sha1_put(s, "", 1);
	for (size_t i = 0; i < 8; i++)
		tail[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha1_put(s, tail, sizeof(tail));
	for (size_t i = 0; i < SHA1_BYTES; i++)
		out[i] = (unsigned char)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}
