#include "pgp/keystrip.h"

#include <string.h>

#include "base/hex.h"
#include "base/sha1.h"
#include "pgp/packet.h"

#define TAG_USER_ID 13
#define TAG_ATTRIBUTE 17
#define SUB_ISSUER 16 /* RFC 9580 section 5.2.3.12 */
#define SUB_ISSUER_FINGERPRINT 33 /* section 5.2.3.35 */
#define ID_BYTES 8

/* RFC 9580 section 5.5.4.2 */
static void
fingerprint_of(const struct packet *p, unsigned char out[SHA1_BYTES])
{
	unsigned char head[3] = {
	    0x99, (unsigned char)(p->len >> 8), (unsigned char)(p->len & 0xff)};
	struct sha1 s;

	sha1_init(&s);
	sha1_put(&s, head, sizeof(head));
	sha1_put(&s, p->body, p->len);
	sha1_end(&s, out);
}

/* True where one of the subpackets names the key; section 5.2.3.7. */
static bool
names_issuer(const unsigned char *p, size_t len, const unsigned char *id)
{
	while (len > 0) {
		size_t n = p[0], head = 1;

		if (n >= 192 && n < 255 && len >= 2) {
			n = ((n - 192) << 8) + p[1] + 192;
			head = 2;
		} else if (n == 255 && len >= 5) {
			n = (size_t)p[1] << 24 | (size_t)p[2] << 16 |
			    (size_t)p[3] << 8 | (size_t)p[4];
			head = 5;
		} else if (n >= 192) {
			return false;
		}
		if (n == 0 || n > len - head)
			return false;
		if ((p[head] & 0x7f) == SUB_ISSUER && n == 1 + ID_BYTES &&
		    memcmp(p + head + 1, id, ID_BYTES) == 0)
			return true;
		if ((p[head] & 0x7f) == SUB_ISSUER_FINGERPRINT &&
		    n == 2 + SHA1_BYTES &&
		    memcmp(p + head + 2 + SHA1_BYTES - ID_BYTES, id,
			ID_BYTES) == 0)
			return true;
		p += head + n;
		len -= head + n;
	}
	return false;
}

/* A v4 signature that says it is the key's own, section 5.2.3. */
static bool
is_own(const struct packet *p, const unsigned char *id)
{
	const unsigned char *body = p->body;
	size_t hashed, unhashed;

	if (p->len < 6 || body[0] != 4)
		return false;
	hashed = (size_t)body[4] << 8 | body[5];
	if (hashed > p->len - 6)
		return false;
	if (names_issuer(body + 6, hashed, id))
		return true;
	if (p->len - 6 - hashed < 2)
		return false;
	body += 6 + hashed;
	unhashed = (size_t)body[0] << 8 | body[1];
	return unhashed <= p->len - 8 - hashed &&
	       names_issuer(body + 2, unhashed, id);
}

static bool
is_key(unsigned tag)
{
	return tag == PACKET_PUBLIC_KEY || tag == PACKET_SECRET_KEY;
}

/* Copies what follows the primary key and is its own. */
static int
strip_rest(struct packet_reader *r, const unsigned char *id, struct buf *out)
{
	size_t components = 0, signatures = 0;
	bool kept = true; /* the component that signatures stand on */
	int more;

	for (;;) {
		struct packet_reader at = *r;
		struct packet p;

		more = packet_next(r, &p);
		if (more != 1)
			return more;
		if (is_key(p.tag)) {
			*r = at;
			return 0;
		}
		if (p.tag == TAG_USER_ID || p.tag == PACKET_PUBLIC_SUBKEY) {
			kept = ++components <= KEYSTRIP_COMPONENTS;
			signatures = 0;
		} else if (p.tag != PACKET_SIGNATURE) {
			/* an attribute and what stands on it, and all else */
			kept = kept && p.tag != TAG_ATTRIBUTE;
			continue;
		} else if (!kept || !is_own(&p, id) ||
			   ++signatures > KEYSTRIP_SIGNATURES) {
			continue;
		}
		if (kept)
			buf_put(out, p.start, p.size);
	}
}

int
keystrip(const void *data, size_t len, struct buf *out,
    char fingerprint[KEY_FINGERPRINT], size_t *used, struct err *e)
{
	struct packet_reader r = {data, len};
	unsigned char sum[SHA1_BYTES];
	size_t before = out->len;
	struct packet p;

	if (packet_next(&r, &p) != 1 || p.tag != PACKET_PUBLIC_KEY)
		return err_set(e, ERR_DATA, "there is no public key in it");
	if (p.len < 6 || p.len > 0xffff || p.body[0] != 4)
		return err_set(e, ERR_DATA, "it is no OpenPGP v4 key");
	fingerprint_of(&p, sum);
	hex_encode(sum, sizeof(sum), fingerprint);
	for (char *c = fingerprint; *c != '\0'; c++)
		if (*c >= 'a')
			*c = (char)(*c - 'a' + 'A');
	buf_put(out, p.start, p.size);
	if (strip_rest(&r, sum + SHA1_BYTES - ID_BYTES, out) == -1)
		return err_set(e, ERR_DATA, "the key is cut short");
	if (out->over || out->len - before > KEYSTRIP_MAX)
		return err_set(
		    e, ERR_DATA, "the key is over %d bytes", KEYSTRIP_MAX);
	if (used != NULL)
		*used = len - r.left;
	return 0;
}
