/* encoding.h - Content-Transfer-Encoding, RFC 2045 section 6. */
#ifndef MESSAGE_ENCODING_H
#define MESSAGE_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum encoding {
	ENCODING_IDENTITY, /* 7bit, 8bit, binary, or none */
	ENCODING_BASE64,
	ENCODING_QUOTED_PRINTABLE,
	ENCODING_UNKNOWN /* the bytes stay as they are */
};

/* The encoding that a name means, in either case; NULL is identity. */
enum encoding encoding_find(const char *name);

/*
 * Appends data decoded. Readers are liberal (RFC 2045 sections 6.7, 6.8): what
 * cannot be decoded is left out (base64) or kept as it is (quoted-printable).
 * Returns true where something was not as the RFC wants it.
 */
bool encoding_decode(
    struct buf *out, enum encoding encoding, const void *data, size_t len);

/* The "Q" of RFC 2047 section 4.2: '_' is a space, =XX a byte. */
void encoding_q_decode(struct buf *out, const void *data, size_t len);

/* Base64 in lines of 76 columns with CRLF; the last line has its CRLF too. */
void encoding_base64_lines(struct buf *out, const void *data, size_t len);

/* Base64 in one piece. */
void encoding_base64(struct buf *out, const void *data, size_t len);

/*
 * Text as quoted-printable with lines of at most 76 columns and CRLF. LF and
 * CRLF are line ends. "From " at a line's start and space at a line's end are
 * encoded (RFC 3156 section 3). The result ends with CRLF unless it is empty.
 */
void encoding_quoted_printable(struct buf *out, const char *text, size_t len);

/* The value of a hexadecimal digit of either case, or -1. */
int encoding_hex_value(int c);

#endif
