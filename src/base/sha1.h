/*
 * sha1.h - SHA-1, RFC 3174: for names that OpenPGP makes with it, the
 * fingerprints of v4 keys and the file names of a web key directory. It proves
 * nothing of anybody's.
 */
#ifndef BASE_SHA1_H
#define BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_BYTES 20

struct sha1 {
	uint32_t h[5];
	uint64_t len; /* bytes so far */
	unsigned char block[64];
};

void sha1_init(struct sha1 *s);
void sha1_put(struct sha1 *s, const void *data, size_t len);
void sha1_end(struct sha1 *s, unsigned char out[SHA1_BYTES]);

#endif
