/*
 * shifted.h - two 7-bit forms of Chinese and Korean text that iconv lacks (HZ),
 * or reads only with a designation that pieces of mail leave out (ISO-2022-KR).
 */
#ifndef MESSAGE_SHIFTED_H
#define MESSAGE_SHIFTED_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Each appends data in the 8-bit form of the same characters: GB18030 for HZ
 * (RFC 1843), UHC for ISO-2022-KR (RFC 1557). What means nothing becomes 0xff,
 * which no character has there. Each line starts in ASCII.
 */
void shifted_hz(struct buf *out, const void *data, size_t len);
void shifted_kr(struct buf *out, const void *data, size_t len);

#endif
