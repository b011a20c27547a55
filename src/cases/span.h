/*
 * span.h - a stretch of the plain text that defang() gives, in which a dot is
 * '.' or DEFANG_DOT. Borrowed from that text.
 */
#ifndef CASES_SPAN_H
#define CASES_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *p;
	size_t len; /* bytes */
};

/* A letter, digit, dot of either kind, '-' or '_'. */
bool span_is_host_byte(char c);

/*
 * The span's own copy, the caller's: dots as dots, each character through
 * change (NULL: as it is).
 */
char *span_copy(struct span s, char (*change)(char));

/* The span without the characters of set at its ends; it may be empty. */
struct span span_trimmed(struct span s, const char *set);

#endif
