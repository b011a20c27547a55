/* secret.h - a password on its way from its file to the role that needs it. */
#ifndef PROCESS_SECRET_H
#define PROCESS_SECRET_H

#include <stddef.h>

#include "base/err.h"

#define SECRET_MAX 255 /* bytes, of libesmtp's buffers */

/*
 * Reads the first line of path, without its end; the caller's, for
 * secret_free. ERR_CONFIG: no such file, others may read it, it is empty, too
 * long, or has control characters. What e says has none of it.
 */
int secret_read(char **out, const char *path, struct err *e);

/*
 * Cuts text, len bytes with room for a NUL after them, to its first line, of 1
 * to max bytes without control characters. ERR_CONFIG as above; path is what e
 * calls it.
 */
int secret_line(
    char *text, size_t len, size_t max, const char *path, struct err *e);

/* Wipes it and releases it; NULL is fine. */
void secret_free(char *secret);

#endif
