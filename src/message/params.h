/*
 * params.h - a structured MIME field: a value and its parameters, RFC 2045
 * section 5.1, with continuations and charsets of RFC 2231.
 */
#ifndef MESSAGE_PARAMS_H
#define MESSAGE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strs.h"

#define PARAMS_MAX 1000 /* parameters, or pieces of them, that are kept */

struct param {
	char *name; /* lower case, with its RFC 2231 marks */
	char *value; /* unquoted, not decoded; len bytes and a NUL */
	size_t len;
};

struct params {
	char *value; /* "text/plain", lower case, without white space */
	struct param *item;
	size_t count;
	bool more; /* over PARAMS_MAX: the rest was left */
};

/*
 * Reads the unfolded body of a field. Liberal: missing semicolons, white space
 * around '=', values with spaces in name= and filename= are understood.
 */
void params_parse(struct params *out, const char *body, size_t len);
void params_free(struct params *p);

/* The plain value of a parameter without RFC 2231 marks, or NULL. Borrowed. */
const struct param *params_find(const struct params *p, const char *name);

/*
 * The parameter as text on one safe line: RFC 2231 pieces joined and decoded
 * (section 3, 4), else the plain one with its encoded words decoded, which
 * RFC 2047 forbids and much mail has. The caller's, or NULL.
 */
char *params_text(
    const struct params *p, const char *name, struct strs *warnings);

/* As params_text, ASCII letters in lower case. */
char *params_word(
    const struct params *p, const char *name, struct strs *warnings);

#endif
