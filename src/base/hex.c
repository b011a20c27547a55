#include "base/hex.h"

#include <string.h>

char *
hex_encode(const void *data, size_t len, char *out)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++) {
		out[i * 2] = digit[p[i] >> 4];
		out[i * 2 + 1] = digit[p[i] & 15];
	}
	out[len * 2] = '\0';
	return out;
}

bool
hex_is(const char *s, size_t len)
{
	return strlen(s) == len && strspn(s, "0123456789abcdefABCDEF") == len;
}
