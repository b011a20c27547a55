/*
 * url.h - where a URL (RFC 3986) begins and ends in running text, which puts
 * brackets, commas and full stops around it. Each function is linear in what
 * it reads, and none allocates.
 */
#ifndef CASES_URL_H
#define CASES_URL_H

#include <stddef.h>

#include "cases/span.h"

/*
 * The scheme whose letters end at p[end], in its plain spelling ("hxxp" is
 * "http"), constant; *len: how many letters there are. NULL: none of those
 * that are looked for (http, https, ftp, ftps, sftp).
 */
const char *url_scheme_before(const char *p, size_t end, size_t *len);

/*
 * How many of the len bytes at p belong to the URL whose authority (RFC 3986
 * section 3.2) begins there. Punctuation that ends a sentence is not of it, a
 * closing parenthesis only where it was opened inside.
 */
size_t url_end(const char *p, size_t len);

/*
 * The host (RFC 3986 section 3.2.2) in what follows "://", borrowed from rest:
 * without user, port and the brackets of an IPv6 address. It may be empty.
 */
struct span url_host(struct span rest);

#endif
