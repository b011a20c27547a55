/* netblock.h - an address, or a network in CIDR notation (RFC 4632, 4291). */
#ifndef BASE_NETBLOCK_H
#define BASE_NETBLOCK_H

#include <stdbool.h>

struct netblock {
	bool v6;
	unsigned char address[16]; /* network byte order; IPv4 in the first 4 */
	int bits; /* of the prefix; of one address all */
};

/* "192.0.2.0/24", "2001:db8::/32", "192.0.2.1". False where text is none. */
bool netblock_parse(const char *text, struct netblock *out);

/* True where they have an address in common. */
bool netblock_meets(const struct netblock *a, const struct netblock *b);

#endif
