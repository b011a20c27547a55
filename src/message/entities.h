/* entities.h - character references of HTML. */
#ifndef MESSAGE_ENTITIES_H
#define MESSAGE_ENTITIES_H

#include <stddef.h>

#define ENTITY_TEXT_MAX 8 /* bytes of what a reference means, with a NUL */

/*
 * Reads the reference at p (which is '&') into out as UTF-8, not yet looked at
 * for unsafe code points; "" for what only hints where lines may break or
 * letters join. Returns its bytes, or 0 where it is none we know.
 */
size_t entity_read(const char *p, size_t len, char out[ENTITY_TEXT_MAX]);

/* The text with all references read, as one safe line; the caller's. */
char *entity_decode(const char *p, size_t len);

#endif
