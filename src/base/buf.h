/* buf.h - bytes that grow up to a size that was said when they were made. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/*
 * data is len bytes with a NUL after them that is not counted, or NULL while
 * nothing was put. What would pass max is not put at all and sets over, which
 * stays set: write first, look at over once.
 */
struct buf {
	unsigned char *data;
	size_t len;
	size_t cap;
	size_t max; /* bytes */
	bool over;
	bool secret; /* wiped before its memory is given back */
	bool mapped; /* its memory is not malloc's; buf_take_str copies it */
};

/*
 * An empty buffer that may hold up to max bytes. Where it holds a megabyte or
 * more it is in memory of its own: not in a core, and not in a forked child.
 */
void buf_init(struct buf *b, size_t max);

/* As buf_init, for decrypted text and keys: wiped when released. */
void buf_init_secret(struct buf *b, size_t max);

/* Releases the bytes and leaves an empty buffer with the same limit. */
void buf_free(struct buf *b);

/* Empties the buffer and keeps its memory. */
void buf_clear(struct buf *b);

/*
 * Each appends what it is given: len bytes, one byte, a string without its
 * NUL, a printf format's text.
 */
void buf_put(struct buf *b, const void *data, size_t len);
void buf_putc(struct buf *b, int c);
void buf_puts(struct buf *b, const char *s);
void buf_putf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vputf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/*
 * Makes room for len more bytes at once (within max), where they are many and
 * their number is known: growing by doubling holds up to three times as much.
 */
void buf_expect(struct buf *b, size_t len);

/* Appends len bytes of zeros and returns where they are; NULL when over. */
unsigned char *buf_reserve(struct buf *b, size_t len);

/* The bytes as a C string, "" while empty. Borrowed until the next change. */
const char *buf_str(const struct buf *b);

/* The bytes as a C string of the caller's; the buffer is empty afterwards. */
char *buf_take_str(struct buf *b);

#endif
