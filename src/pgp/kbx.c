#include "pgp/kbx.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "pgp/packet.h"

#define HEADER_BYTES 32
#define RECORD_MIN 40 /* up to the first key's fields */
#define TYPE_HEADER 1
#define TYPE_OPENPGP 2
#define FLAG_OPENPGP 2
#define V4_FINGERPRINT 20 /* bytes */

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static uint32_t
get16(const unsigned char *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static void
put32(struct buf *b, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_putc(b, (int)(v >> shift & 0xff));
}

void
kbx_header(struct buf *out, int64_t now)
{
	put32(out, HEADER_BYTES);
	put32(out, TYPE_HEADER << 24 | 1U << 16 | FLAG_OPENPGP);
	buf_put(out, "KBXf", 4);
	put32(out, 0);
	put32(out, (uint32_t)now);
	put32(out, (uint32_t)now); /* no upkeep by gpg is due */
	put32(out, 0);
	put32(out, 0);
}

int
kbx_next(const struct buf *file, size_t *at, const unsigned char **record,
    size_t *len, struct err *e)
{
	while (*at < file->len) {
		const unsigned char *p = file->data + *at;
		size_t left = file->len - *at;

		if (left < 5 || get32(p) < 5 || get32(p) > left)
			return err_set(e, ERR_BUG, "keybox: a broken record");
		*record = p;
		*len = get32(p);
		*at += *len;
		if (p[4] == TYPE_OPENPGP)
			return 1;
	}
	return 0;
}

/* The key block inside a record, or NULL. */
static const unsigned char *
key_block(const unsigned char *p, size_t len, size_t *block_len)
{
	size_t start = 0;

	if (len < RECORD_MIN || get32(p) != len || p[4] != TYPE_OPENPGP ||
	    p[5] != 1)
		return NULL;
	start = get32(p + 8);
	*block_len = get32(p + 12);
	if (start > len || *block_len > len - start)
		return NULL;
	return p + start;
}

/* RFC 9580 section 5.5.2: version, time, algorithm, then its first number. */
static void
read_key_packet(struct kbx_key *k, const struct packet *p)
{
	if (p->len < 8)
		return;
	k->created = get32(p->body + 1);
	k->algorithm = p->body[5];
	if (k->algorithm <= 3 || k->algorithm == 16 || k->algorithm == 17)
		k->bits = get16(p->body + 6);
}

static void
set_fingerprint(struct kbx_key *k, const unsigned char *p)
{
	hex_encode(p, V4_FINGERPRINT, k->fingerprint);
	for (char *c = k->fingerprint; *c != '\0'; c++)
		if (*c >= 'a')
			*c = (char)(*c - 'a' + 'A');
	memcpy(k->key_id, k->fingerprint + 2 * V4_FINGERPRINT - (KEY_ID - 1),
	    KEY_ID);
}

int
kbx_keys(const void *record, size_t len, struct kbx_key **out, size_t *count,
    struct err *e)
{
	const unsigned char *p = record;
	struct packet_reader r = {NULL, 0};
	struct packet packet;
	size_t n = 0;
	size_t size = 0;
	size_t found = 0;

	*out = NULL;
	*count = 0;
	r.p = key_block(p, len, &r.left);
	if (r.p == NULL)
		return err_set(e, ERR_BUG, "keybox: a broken record");
	n = get16(p + 16);
	size = get16(p + 18);
	if (n == 0 || n > KBX_SUBKEYS_MAX || size < V4_FINGERPRINT ||
	    n * size > len - 20)
		return err_set(
		    e, ERR_DATA, "a key of over %d subkeys", KBX_SUBKEYS_MAX);
	*out = xcalloc(n, sizeof(**out));
	*count = n;
	for (size_t i = 0; i < n; i++)
		set_fingerprint(&(*out)[i], p + 20 + i * size);
	while (packet_next(&r, &packet) == 1 && found < n)
		if (packet.tag == PACKET_PUBLIC_KEY ||
		    packet.tag == PACKET_PUBLIC_SUBKEY)
			read_key_packet(&(*out)[found++], &packet);
	return 0;
}

int
kbx_material(const void *record, size_t len, struct buf *out, struct err *e)
{
	struct packet_reader r = {NULL, 0};
	struct packet packet;
	int more = 0;

	r.p = key_block(record, len, &r.left);
	if (r.p == NULL)
		return err_set(e, ERR_BUG, "keybox: a broken record");
	while ((more = packet_next(&r, &packet)) == 1)
		if (packet.tag != PACKET_TRUST)
			buf_put(out, packet.start, packet.size);
	if (more == -1)
		return err_set(e, ERR_BUG, "keybox: a broken key");
	if (out->over)
		return err_set(
		    e, ERR_DATA, "a key of over %zu bytes", out->max);
	return 0;
}
