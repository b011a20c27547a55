/*
 * charset.h - text in any charset to safe UTF-8, never losing what can be kept.
 *
 * Words that join warnings (each once): charset-unknown (no such charset; ASCII
 * kept, the rest U+FFFD), charset-refused (UTF-7), charset-bad (bytes that do
 * not convert are U+FFFD), charset-guessed (the label was missing or wrong).
 */
#ifndef MESSAGE_CHARSET_H
#define MESSAGE_CHARSET_H

#include <stddef.h>

#include "base/buf.h"
#include "base/strs.h"

/*
 * Appends data (len bytes in charset) as safe UTF-8 with LF (utf8_put_safe).
 * charset is a label as mail has it, in any case; NULL, "us-ascii" with 8-bit
 * bytes, and ISO-2022-JP without escape sequences but with 8-bit bytes are
 * guessed among UTF-8, ISO-2022-JP, CP932 and EUC-JP. warnings may be NULL.
 */
void charset_text(struct buf *out, const char *charset, const void *data,
    size_t len, struct strs *warnings);

/* As charset_text, for one line. */
void charset_line(struct buf *out, const char *charset, const void *data,
    size_t len, struct strs *warnings);

#endif
