/*
 * jis.h - ISO-2022-JP as Japanese mail has it: RFC 1468, and what CP50221
 * adds (half-width kana, NEC row 13, the IBM kanji), which iconv does not do.
 */
#ifndef MESSAGE_JIS_H
#define MESSAGE_JIS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Appends data as UTF-8. JIS X 0208 goes the way of CP932, JIS X 0212 that of
 * EUC-JP-MS, JIS X 0213 that of EUC-JISX0213. An ESC never passes: what is no
 * known escape sequence, and each byte that means nothing, gives U+FFFD.
 * Returns true where that happened.
 */
bool jis_decode(struct buf *out, const void *data, size_t len);

#endif
