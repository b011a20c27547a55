/* ascii.h - ASCII characters; the C library's functions follow the locale. */
#ifndef CASES_ASCII_H
#define CASES_ASCII_H

#include <stdbool.h>

#include "cases/defang.h"

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
is_alnum(char c)
{
	return is_digit(c) || is_alpha(c);
}

static inline bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline bool
is_in(char c, const char *set)
{
	/* Sets are short, and this is asked of each letter of a text. */
	while (*set != '\0' && *set != c)
		set++;
	return *set != '\0';
}

/* A dot, or one that was defanged. */
static inline bool
is_dot(char c)
{
	return c == '.' || c == DEFANG_DOT;
}

static inline char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

#endif
