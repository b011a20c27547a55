/*
 * clearsign.h - clear-signed texts, RFC 9580 section 7, taken apart.
 *
 * gpg never sees the block: it checks the signature over the text that is
 * shown. So no reader of the block but this one can be led astray, by lines too
 * long, odd line ends or header fields, to another text.
 */
#ifndef PGP_CLEARSIGN_H
#define PGP_CLEARSIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Appends to text what a block's signature is over: dash escapes and blanks at
 * line ends undone, CRLF between the lines and none after the last; and the
 * binary signature packets to signature. False where the block is not exactly
 * as section 7 wants it: a header field but Hash with the names of digests, a
 * line with a dash that is not escaped, a line of over CLEARSIGN_LINE_MAX
 * bytes, something else than signatures at its end.
 */
bool clearsign_read(
    const void *block, size_t len, struct buf *text, struct buf *signature);

#define CLEARSIGN_LINE_MAX 16000 /* GnuPG 2.2 cuts lines over 19995 bytes */

/* True where a line of text is longer than that. */
bool clearsign_line_over(const void *text, size_t len);

#endif
