/* base32.h - RFC 4648 section 6, in lower case and without padding. */
#ifndef BASE_BASE32_H
#define BASE_BASE32_H

#include <stddef.h>

/* Writes letters of five bits each, from bytes that hold as many, and a NUL. */
void base32_write(const unsigned char *bytes, char *out, size_t letters);

#endif
