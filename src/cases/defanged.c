#include "cases/defanged.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

/* The bytes of value that name a host: of a URL from its scheme to its path. */
static size_t
host_end(const char *type, const char *value)
{
	const char *host = strstr(value, "://");

	if (strcmp(type, "url") != 0 || host == NULL)
		return strlen(value);
	host += 3;
	return (size_t)(host - value) + strcspn(host, "/?#");
}

char *
indicator_defanged(const char *type, const char *value)
{
	bool url = strcmp(type, "url") == 0, email = strcmp(type, "email") == 0;
	bool v6 = strcmp(type, "ipv6") == 0 ||
		  (strcmp(type, "cidr") == 0 && strchr(value, ':') != NULL);
	size_t end = host_end(type, value), i = 0;
	struct buf b;

	if (!url && !email && !v6 && strcmp(type, "ipv4") != 0 &&
	    strcmp(type, "cidr") != 0 && strcmp(type, "domain") != 0)
		return xstrdup(value);
	buf_init(&b, 3 * strlen(value) + 8);
	if (url && strncmp(value, "http", 4) == 0) {
		buf_puts(&b, "hxxp");
		i = 4;
	}
	for (; i < end; i++) {
		if (value[i] == '.')
			buf_puts(&b, "[.]");
		else if (email && value[i] == '@')
			buf_puts(&b, "[@]");
		else if (v6 && value[i] == ':' &&
			 strchr(value, ':') == value + i)
			buf_puts(&b, "[:]");
		else
			buf_putc(&b, (unsigned char)value[i]);
	}
	buf_puts(&b, value + end);
	return buf_take_str(&b);
}
