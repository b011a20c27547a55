/* utf8.h - UTF-8 as text from strangers needs it: checked, and harmless. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Reads one code point from p (len bytes, len > 0) into *cp; returns the bytes
 * used, or 0 where they are no well-formed UTF-8 (RFC 3629 section 3).
 */
size_t utf8_next(const unsigned char *p, size_t len, uint32_t *cp);

/* True where all len bytes are well-formed UTF-8; none at all are too. */
bool utf8_is(const void *text, size_t len);

/* True where text is ASCII alone, which each normal form leaves as it is. */
bool utf8_is_ascii(const void *text, size_t len);

/*
 * True for code points that may not reach a reader as they are: C0 and C1
 * controls but TAB and LF, DEL, bidirectional controls (U+061C, U+200E,
 * U+200F, U+202A-202E, U+2066-2069), and whatever shows nothing: zero-width
 * ones, the soft hyphen, Hangul fillers, line separators, tags, noncharacters.
 */
bool utf8_unsafe(uint32_t cp);

/* True for one line of well-formed text with nothing unsafe in it. */
bool utf8_is_line(const char *text);

/*
 * Appends text with ill-formed bytes and unsafe code points as U+FFFD; CR LF
 * and lone CR become LF. Returns true where anything had to be replaced. This
 * is the one form in which strangers' text is shown; made so again, it stays
 * as it is.
 */
bool utf8_put_safe(struct buf *b, const void *text, size_t len);

/* As utf8_put_safe, for one line: TAB and LF become a space. */
bool utf8_put_line(struct buf *b, const void *text, size_t len);

#endif
