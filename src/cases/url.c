#include "cases/url.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "cases/ascii.h"
#include "cases/defang.h"

#define SCHEME_MAX 5 /* letters */

static const struct {
	const char *written;
	const char *meant;
} schemes[] = {
    {"http", "http"},
    {"https", "https"},
    {"hxxp", "http"},
    {"hxxps", "https"},
    {"ftp", "ftp"},
    {"ftps", "ftps"},
    {"sftp", "sftp"},
    {"fxp", "ftp"},
    {"ttp", "http"}, /* Japanese boards leave the h off */
    {"ttps", "https"},
    {"htxp", "http"},
    {"htxps", "https"},
    {"hxtp", "http"},
    {"hxtps", "https"},
    {"hzzp", "http"},
    {"hzzps", "https"},
    {"xxxp", "http"},
    {"xxxps", "https"},
};

const char *
url_scheme_before(const char *p, size_t end, size_t *len)
{
	*len = 0;
	while (*len <= SCHEME_MAX && *len < end && is_alpha(p[end - *len - 1]))
		(*len)++;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (strlen(schemes[i].written) == *len &&
		    strncasecmp(p + end - *len, schemes[i].written, *len) == 0)
			return schemes[i].meant;
	return NULL;
}

/* True where p goes on with another URL: lists are written with commas. */
static bool
begins_url(const char *p, size_t len)
{
	size_t n = 0;
	size_t letters;

	while (n < len && n <= SCHEME_MAX && is_alpha(p[n]))
		n++;
	return len - n >= 3 && memcmp(p + n, "://", 3) == 0 &&
	       url_scheme_before(p, n, &letters) != NULL;
}

size_t
url_end(const char *p, size_t len)
{
	size_t n = 0;
	size_t opened = 0;
	size_t closed = 0;

	if (len > 0 && *p == '[') { /* RFC 3986 section 3.2.2 */
		n = 1;
		while (n < len && n < INET6_ADDRSTRLEN &&
		       (is_hex(p[n]) || p[n] == ':' || is_dot(p[n])))
			n++;
	}
	if (n > 0 && n < len && p[n] == ']')
		n++;
	else
		n = 0;
	for (; n < len; n++) {
		if ((unsigned char)p[n] <= ' ' && p[n] != DEFANG_DOT)
			break;
		if ((p[n] & 0x80) != 0 || p[n] == 0x7F ||
		    is_in(p[n], "<>\"`{}|\\^[]"))
			break;
		if (is_in(p[n], ",;") && begins_url(p + n + 1, len - n - 1))
			break;
		opened += p[n] == '(';
		closed += p[n] == ')';
	}
	while (n > 0 && (is_in(p[n - 1], ".,:;!?'*\001") ||
			    (p[n - 1] == ')' && closed > opened)))
		closed -= p[--n] == ')';
	return n;
}

struct span
url_host(struct span rest)
{
	struct span host = rest;
	size_t end = 0;

	while (end < rest.len && !is_in(rest.p[end], "/?#"))
		end++;
	host.len = end;
	for (size_t i = 0; i < end; i++)
		if (rest.p[i] == '@')
			host = (struct span){rest.p + i + 1, end - i - 1};
	if (host.len > 0 && *host.p == '[') {
		const char *shut = memchr(host.p, ']', host.len);

		host.p++;
		host.len = shut != NULL ? (size_t)(shut - host.p) : 0;
		return host;
	}
	for (size_t i = 0; i < host.len; i++)
		if (host.p[i] == ':')
			host.len = i;
	return host;
}
