/* convert.h - iconv(3) with an answer for bytes that do not convert. */
#ifndef MESSAGE_CONVERT_H
#define MESSAGE_CONVERT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define CONVERT_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Appends data, in a charset that iconv knows by that name, as UTF-8. What
 * does not convert gives U+FFFD and sets *bad. Returns false, with nothing
 * appended, where iconv does not know the name.
 */
bool convert_to_utf8(
    struct buf *out, const char *name, const void *data, size_t len, bool *bad);

#endif
