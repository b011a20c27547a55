#include "base/uuid.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/hex.h"
#include "base/sha1.h"

#define UUID_BYTES 16

static void
uuid_bytes(const char *text, unsigned char out[UUID_BYTES])
{
	size_t n = 0;

	memset(out, 0, UUID_BYTES);
	for (const char *p = text; *p != '\0'; p++) {
		int digit = *p <= '9' ? *p - '0' : *p - 'a' + 10;

		if (*p == '-')
			continue;
		assert(n < 2 * UUID_BYTES && digit >= 0 && digit < 16);
		out[n / 2] |= (unsigned char)(n % 2 == 0 ? digit << 4 : digit);
		n++;
	}
	assert(n == 2 * UUID_BYTES);
}

char *
uuid_of(char out[UUID_TEXT], const char *space, const char *name)
{
	static const size_t groups[] = {4, 2, 2, 2, 6};
	unsigned char hash[SHA1_BYTES], in[UUID_BYTES];
	struct sha1 s;
	char *p = out;
	size_t at = 0;

	uuid_bytes(space, in);
	sha1_init(&s);
	sha1_put(&s, in, sizeof(in));
	sha1_put(&s, name, strlen(name));
	sha1_end(&s, hash);
	hash[6] = (unsigned char)((hash[6] & 0x0F) | 0x50); /* version 5 */
	hash[8] = (unsigned char)((hash[8] & 0x3F) | 0x80); /* variant */
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (i > 0)
			*p++ = '-';
		hex_encode(hash + at, groups[i], p);
		p += 2 * groups[i];
		at += groups[i];
	}
	*p = '\0';
	return out;
}
