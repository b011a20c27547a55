#include "base/netblock.h"

#include <arpa/inet.h>
#include <string.h>

#define TEXT_MAX (INET6_ADDRSTRLEN + 4) /* bytes, with "/128" */

/* The number of up to three digits at p; -1 where there is none. */
static int
prefix(const char *p)
{
	int n = 0;

	if (*p == '\0' || strlen(p) > 3 || strspn(p, "0123456789") != strlen(p))
		return -1;
	for (; *p != '\0'; p++)
		n = n * 10 + (*p - '0');
	return n;
}

bool
netblock_parse(const char *text, struct netblock *out)
{
	const char *slash = strchr(text, '/');
	size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	char copy[TEXT_MAX];

	*out = (struct netblock){.v6 = strchr(text, ':') != NULL};
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(out->v6 ? AF_INET6 : AF_INET, copy, out->address) != 1)
		return false;
	out->bits = out->v6 ? 128 : 32;
	if (slash != NULL) {
		int bits = prefix(slash + 1);

		if (bits < 0 || bits > out->bits)
			return false;
		out->bits = bits;
	}
	return true;
}

bool
netblock_meets(const struct netblock *a, const struct netblock *b)
{
	int bits = a->bits < b->bits ? a->bits : b->bits;
	int rest = bits % 8;

	if (a->v6 != b->v6 ||
	    memcmp(a->address, b->address, (size_t)bits / 8) != 0)
		return false;
	return rest == 0 ||
	       (a->address[bits / 8] ^ b->address[bits / 8]) >> (8 - rest) == 0;
}
