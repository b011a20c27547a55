/*
 * armour.h - ASCII armour, RFC 9580 section 6, in linear time.
 *
 * gpg's own costs three times the decryption (it is also where its memory
 * errors were), so gpg sees binary data alone.
 */
#ifndef PGP_ARMOUR_H
#define PGP_ARMOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum armour_kind {
	ARMOUR_MESSAGE,
	ARMOUR_CLEARSIGNED, /* the text and its signature; clearsign.h */
	ARMOUR_SIGNATURE,
	ARMOUR_PUBLIC_KEY,
	ARMOUR_PRIVATE_KEY,
	ARMOUR_KINDS
};

struct armour {
	enum armour_kind kind;
	size_t start; /* of the BEGIN line */
	size_t end; /* one past the END line's last dash */
};

/*
 * The length of the line at p, without its end and the blanks before that;
 * *next is where the following one starts.
 */
size_t armour_line(const char *p, size_t len, size_t *next);

/*
 * Finds the first whole block of the text that starts at from or later. A
 * BEGIN line without its END line is no block.
 */
bool armour_find(const void *text, size_t len, size_t from, struct armour *out);

/*
 * Appends the bytes of a block (not of a clear-signed one) to out. ERR_DATA
 * where a character is no base64. A checksum is passed over whatever it says
 * (RFC 9580 section 6.1): what was changed fails by its integrity protection.
 */
int armour_decode(
    const void *block, size_t len, struct buf *out, struct err *e);

/*
 * True where a block has a line of base64 as long as armour's are: it was
 * armour once, whatever became of it.
 */
bool armour_is_long(const void *block, size_t len);

#define ARMOUR_CRC_INIT 0xb704ceU /* RFC 9580 section 6.1 */

/* The CRC24 state that crc, another state, becomes over len bytes. */
uint32_t armour_crc(uint32_t crc, const void *data, size_t len);

/* Appends data as a block with CRC24 and LF line ends. */
void armour_encode(
    enum armour_kind kind, const void *data, size_t len, struct buf *out);

#endif
