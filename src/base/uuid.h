/* uuid.h - names that are made of other names: UUID version 5, RFC 9562. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#define UUID_TEXT 37 /* bytes, with the NUL */

/* Of RFC 9562 section 6.6. */
#define UUID_URL "6ba7b811-9dad-11d1-80b4-00c04fd430c8"

/*
 * The UUID of name in a namespace, which is a UUID in text; out is returned.
 * The same name always has the same one.
 */
char *uuid_of(char out[UUID_TEXT], const char *space, const char *name);

#endif
