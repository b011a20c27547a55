/* hex.h - bytes as hexadecimal digits. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

/* Writes 2 * len lower-case digits and a NUL to out; returns out. */
char *hex_encode(const void *data, size_t len, char *out);

/* True where s is len hexadecimal digits of either case and nothing else. */
bool hex_is(const char *s, size_t len);

#endif
