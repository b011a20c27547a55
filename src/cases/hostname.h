/* hostname.h - which words of a text are names of hosts. */
#ifndef CASES_HOSTNAME_H
#define CASES_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Gives the domain that p is (len bytes, dots plain or defanged), in lower case
 * and the caller's; NULL where it is none: its suffix is neither a public one
 * nor of RFC 2606 or 7686, or it is one itself. certain: it stood in a URL or
 * an address, so that "notes.md" is no file; a defanged dot makes it certain
 * too.
 */
char *hostname_domain(const char *p, size_t len, bool certain);

#endif
