/*
 * fanout.h - one encrypted-data packet for many recipients, armoured once.
 *
 * A message to N keys is N session key packets and one encrypted-data packet
 * (RFC 9580 section 10.3.1). Each recipient gets their own session key packet
 * followed by that same packet, and no word of the others. Base64 turns three
 * bytes into four characters, so the armour of what follows depends on the
 * length of the session key packet modulo 3 alone: there are three tails at
 * most, made once, and what is a copy's own is its head and its checksum.
 */
#ifndef PGP_FANOUT_H
#define PGP_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "pgp/keyring.h"

/* One session key packet of a message. */
struct fanout_key {
	const unsigned char *packet; /* borrowed from the message */
	size_t len;
	char key_id[KEY_ID]; /* the encryption subkey's, upper case */
};

struct fanout {
	struct fanout_key *key;
	size_t keys;
	const unsigned char *data; /* the rest, borrowed from the message */
	size_t len;
	uint32_t crc; /* of data, from 0 */
	uint32_t shift[24]; /* what each bit of a CRC becomes over data */
};

#define FANOUT_TAILS 3
#define FANOUT_LINE 57 /* bytes of a line of base64 */

/*
 * Takes a binary message apart; message is borrowed until fanout_free. ERR_BUG
 * where it is not session key packets with key ids and, after them, one
 * integrity-protected packet up to the end.
 */
int fanout_read(
    struct fanout *f, const void *message, size_t len, struct err *e);
void fanout_free(struct fanout *f);

/* The tail that the copy of key i goes on with. */
unsigned fanout_which(const struct fanout *f, size_t i);

/*
 * Appends the first lines of the armour's text for the copy of key i, up to
 * where its tail goes on, and gives the checksum line that follows that. Lines
 * end with CRLF.
 */
void fanout_head(
    const struct fanout *f, size_t i, struct buf *out, char checksum[8]);

/*
 * Appends lines of a tail, from *at (0 at first) on, for at most max bytes of
 * the packet (a multiple of FANOUT_LINE); false once there is no more.
 */
bool fanout_tail(const struct fanout *f, unsigned tail, size_t *at, size_t max,
    struct buf *out);

#endif
