/* convert.h - bytes in one of iconv's charsets to UTF-8. */
#ifndef MESSAGE_CONVERT_H
#define MESSAGE_CONVERT_H

#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define CONVERT_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* An open conversion, for whoever converts many pieces. */
struct converter {
	iconv_t cd;
	bool open;
};

/* False where iconv knows no charset of that name; c is closed then. */
bool converter_open(struct converter *c, const char *name);
void converter_close(struct converter *c);

/*
 * Appends the piece of len bytes, which starts and ends between characters.
 * What does not convert gives U+FFFD, one for each byte, and sets *bad.
 */
void converter_put(struct converter *c, struct buf *out, const void *data,
    size_t len, bool *bad);

/* All at once; false as converter_open, and nothing is appended then. */
bool convert_to_utf8(
    struct buf *out, const char *name, const void *data, size_t len, bool *bad);

#endif
