/* words.h - encoded words in header text, RFC 2047. */
#ifndef MESSAGE_WORDS_H
#define MESSAGE_WORDS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/strs.h"

/*
 * Appends text (safe UTF-8, one line) with its encoded words decoded, as one
 * safe line. Adjacent words of one charset are joined before their charset is
 * undone: a character may be split between them. White space between words
 * goes (RFC 2047 section 6.2). What only looks like a word stays as it is.
 */
void words_decode(
    struct buf *out, const char *text, size_t len, struct strs *warnings);

#endif
