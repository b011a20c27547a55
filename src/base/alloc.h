/* alloc.h - memory that is there, or the process ends (the spool is on disk).
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

/* Each result is the caller's, to be released by free(). None returns NULL. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *p, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
void *xmemdup(const void *p, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

/* As xstrdup; NULL gives NULL. */
char *xstrdup_null(const char *s);

/*
 * Makes room for one more element in an array of count elements of size bytes,
 * growing it by doubling when count reaches a power of two. Returns the array.
 */
void *xgrow(void *array, size_t count, size_t size);

#endif
