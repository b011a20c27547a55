/* strs.h - a list of strings. */
#ifndef BASE_STRS_H
#define BASE_STRS_H

#include <stdbool.h>
#include <stddef.h>

/* {0} is an empty list. The strings are the list's own copies. */
struct strs {
	char **item;
	size_t count;
};

/* Adds a copy of s, of its first len bytes; equal strings may be there. */
void strs_add(struct strs *l, const char *s);
void strs_add_len(struct strs *l, const char *s, size_t len);

/* Adds s unless an equal string is there already. */
void strs_add_once(struct strs *l, const char *s);

/* True where an equal string is in the list. */
bool strs_has(const struct strs *l, const char *s);
bool strs_has_case(const struct strs *l, const char *s); /* ASCII case folded */

/* Replaces what is in to by copies of what is in from. */
void strs_copy(struct strs *to, const struct strs *from);

/* Adds the pieces of s between any of the characters in separators, trimmed. */
void strs_split(struct strs *l, const char *s, const char *separators);

/* The strings with separator between them; the caller's. */
char *strs_join(const struct strs *l, const char *separator);

/* Releases the strings; the list is empty afterwards. */
void strs_free(struct strs *l);

#endif
