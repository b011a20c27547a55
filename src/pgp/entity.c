#include "pgp/entity.h"

#include <string.h>
#include <strings.h>

/* Length of the field's name at p; 0 where there is none. */
static size_t
field_name(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] > ' ' && p[n] < 127 && p[n] != ':')
		n++;
	return n < len && p[n] == ':' ? n : 0;
}

static bool
name_is(const char *p, size_t len, const char *name)
{
	return strlen(name) == len && strncasecmp(p, name, len) == 0;
}

bool
entity_header_ok(const void *header, size_t len)
{
	const char *p = header;
	bool typed = false;
	bool mime = true;
	bool any = false;
	size_t n = 0;

	if (len == 0)
		return false;
	for (; len > 0; p += n, len -= n) {
		const char *lf = memchr(p, '\n', len);
		size_t name = 0;

		n = lf == NULL ? len : (size_t)(lf - p) + 1;
		if (p[0] == '\n' || (n == 2 && p[0] == '\r' && p[1] == '\n'))
			break;
		if (any && (p[0] == ' ' || p[0] == '\t'))
			continue;
		name = field_name(p, n);
		if (name == 0)
			return false;
		any = true;
		typed = typed || name_is(p, name, "Content-Type");
		mime = mime && (name_is(p, name, "MIME-Version") ||
				   strncasecmp(p, "Content-", 8) == 0);
	}
	return !any || typed || mime;
}
