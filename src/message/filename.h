/* filename.h - the name of an attachment, as a stranger gave it. */
#ifndef MESSAGE_FILENAME_H
#define MESSAGE_FILENAME_H

#include <stdbool.h>

#define FILENAME_MAX_BYTES 200 /* what is longer loses its middle */

/*
 * Makes of name, which is one safe line and is taken, one that no file system,
 * shell or reader takes for something else: without separators and wildcards,
 * not hidden, no option, no device of Windows, no spaces that push its ending
 * out of sight, none and no dots at its end. The caller's; NULL where nothing
 * is left.
 */
char *filename_safe(char *name);

/* True where a name from elsewhere has that form. */
bool filename_is_safe(const char *name);

#endif
