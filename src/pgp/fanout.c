#include "pgp/fanout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "message/encoding.h"
#include "pgp/armour.h"
#include "pgp/packet.h"

#define STATE_BITS 24 /* of a CRC24 */
#define KEY_ID_AT 1 /* a version byte comes first, RFC 9580 section 5.1.1 */
#define KEY_ID_BYTES 8
#define PKESK_VERSION 3

/* A CRC is linear: what a state becomes is the sum of what its bits become. */
static uint32_t
matrix_apply(const uint32_t matrix[STATE_BITS], uint32_t state)
{
	uint32_t sum = 0;

	for (int bit = 0; bit < STATE_BITS; bit++)
		if (state >> bit & 1)
			sum ^= matrix[bit];
	return sum;
}

static void
matrix_square(uint32_t matrix[STATE_BITS])
{
	uint32_t square[STATE_BITS];

	for (int bit = 0; bit < STATE_BITS; bit++)
		square[bit] = matrix_apply(matrix, matrix[bit]);
	memcpy(matrix, square, sizeof(square));
}

/* What each bit of a state becomes over len bytes of zero. */
static void
shift_make(uint32_t shift[STATE_BITS], size_t len)
{
	static const unsigned char zero = 0;
	uint32_t byte[STATE_BITS];

	for (int bit = 0; bit < STATE_BITS; bit++) {
		shift[bit] = 1U << bit;
		byte[bit] = armour_crc(1U << bit, &zero, 1);
	}
	for (; len > 0; len >>= 1) {
		if (len & 1)
			for (int bit = 0; bit < STATE_BITS; bit++)
				shift[bit] = matrix_apply(byte, shift[bit]);
		matrix_square(byte);
	}
}

/* 1: a session key packet with its key's id; 0: it is something else. */
static int
read_key(const struct packet *p, struct fanout_key *out)
{
	if (p->tag != PACKET_PKESK || p->len < KEY_ID_AT + KEY_ID_BYTES ||
	    p->body[0] != PKESK_VERSION)
		return 0;
	*out = (struct fanout_key){.packet = p->start, .len = p->size};
	hex_encode(p->body + KEY_ID_AT, KEY_ID_BYTES, out->key_id);
	for (char *c = out->key_id; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'f')
			*c = (char)(*c - 'a' + 'A');
	return 1;
}

int
fanout_read(struct fanout *f, const void *message, size_t len, struct err *e)
{
	struct packet_reader r = {.p = message, .left = len};
	struct fanout_key key;
	struct packet p;
	int rc;

	*f = (struct fanout){.keys = 0};
	while ((rc = packet_next(&r, &p)) == 1 && read_key(&p, &key) == 1) {
		f->key = xgrow(f->key, f->keys, sizeof(*f->key));
		f->key[f->keys++] = key;
	}
	if (rc != 1 || f->keys == 0 || p.tag != PACKET_SEIPD || r.left != 0) {
		fanout_free(f);
		return err_set(
		    e, ERR_BUG, "gpg made a message of another shape");
	}
	f->data = p.start;
	f->len = p.size;
	f->crc = armour_crc(0, f->data, f->len);
	shift_make(f->shift, f->len);
	return 0;
}

void
fanout_free(struct fanout *f)
{
	free(f->key);
	*f = (struct fanout){.keys = 0};
}

unsigned
fanout_which(const struct fanout *f, size_t i)
{
	return (unsigned)((3 - f->key[i].len % 3) % 3);
}

void
fanout_head(const struct fanout *f, size_t i, struct buf *out, char checksum[8])
{
	const struct fanout_key *key = &f->key[i];
	uint32_t crc = armour_crc(ARMOUR_CRC_INIT, key->packet, key->len);
	unsigned char sum[3];
	struct buf head;

	buf_init(&head, key->len + FANOUT_TAILS);
	buf_put(&head, key->packet, key->len);
	buf_put(&head, f->data, fanout_which(f, i));
	encoding_base64_lines(out, head.data, head.len);
	buf_clear(&head);
	crc = matrix_apply(f->shift, crc) ^ f->crc;
	sum[0] = (unsigned char)(crc >> 16);
	sum[1] = (unsigned char)(crc >> 8);
	sum[2] = (unsigned char)crc;
	encoding_base64(&head, sum, sizeof(sum));
	(void)snprintf(checksum, 8, "=%.4s\r\n", buf_str(&head));
	buf_free(&head);
}

bool
fanout_tail(const struct fanout *f, unsigned tail, size_t *at, size_t max,
    struct buf *out)
{
	size_t from = *at == 0 ? tail : *at;
	size_t n = f->len - from < max ? f->len - from : max;

	if (n == 0)
		return false;
	encoding_base64_lines(out, f->data + from, n);
	*at = from + n;
	return true;
}
