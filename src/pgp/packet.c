#include "pgp/packet.h"

#include <string.h>

#include "base/hex.h"
#include "pgp/keyring.h"

#define MARKERS_MAX 4 /* marker packets that a message may start with */

/* A new-format length, RFC 9580 section 4.2.1; partial is section 4.2.1.4. */
static bool
length_new(struct packet_reader *r, size_t *len, bool *partial)
{
	unsigned first = 0;

	*partial = false;
	if (r->left < 1)
		return false;
	first = r->p[0];
	if (first < 192) {
		*len = first;
		r->p += 1;
		r->left -= 1;
	} else if (first < 224) {
		if (r->left < 2)
			return false;
		*len = ((first - 192) << 8) + r->p[1] + 192;
		r->p += 2;
		r->left -= 2;
	} else if (first < 255) {
		*partial = true;
		*len = (size_t)1 << (first & 0x1f);
		r->p += 1;
		r->left -= 1;
	} else {
		if (r->left < 5)
			return false;
		*len = (size_t)r->p[1] << 24 | (size_t)r->p[2] << 16 |
		       (size_t)r->p[3] << 8 | (size_t)r->p[4];
		r->p += 5;
		r->left -= 5;
	}
	return *len <= r->left;
}

/* The old format, section 4.2.2; kind 3 has no length and goes to the end. */
static bool
length_old(struct packet_reader *r, unsigned kind, size_t *len)
{
	size_t bytes = kind == 3 ? 0 : (size_t)1 << kind;

	if (r->left < bytes)
		return false;
	*len = kind == 3 ? r->left : 0;
	for (size_t i = 0; i < bytes; i++)
		*len = *len << 8 | r->p[i];
	r->p += bytes;
	r->left -= bytes;
	return *len <= r->left;
}

static void
skip(struct packet_reader *r, size_t len)
{
	r->p += len;
	r->left -= len;
}

int
packet_next(struct packet_reader *r, struct packet *out)
{
	bool partial = false;
	size_t len = 0;
	unsigned head = 0;

	if (r->left == 0)
		return 0;
	head = r->p[0];
	out->start = r->p;
	skip(r, 1);
	if ((head & 0x80) == 0)
		return -1;
	out->tag = head & 0x40 ? head & 0x3f : (head >> 2) & 0x0f;
	if (head & 0x40 ? !length_new(r, &len, &partial)
			: !length_old(r, head & 3, &len))
		return -1;
	out->body = r->p;
	out->len = len;
	skip(r, len);
	while (partial) {
		if (!length_new(r, &len, &partial))
			return -1;
		skip(r, len);
	}
	out->size = (size_t)(r->p - out->start);
	return 1;
}

/* Session keys, sections 5.1 and 5.3. Returns what is wrong, or NULL. */
static const char *
read_pkesk(struct packet_message *m, const struct packet *p)
{
	static const unsigned char zero[8];
	char id[KEY_ID];

	if (p->len >= 1 && p->body[0] == 6) {
		m->newer = true;
		return NULL;
	}
	if (p->len < 10 || p->body[0] != 3)
		return "a session key packet of an unknown version";
	if (m->recipients.count >= PACKET_RECIPIENTS_MAX)
		return "too many recipients";
	hex_encode(p->body + 1, 8, id);
	for (char *c = id; *c != '\0'; c++)
		if (*c >= 'a')
			*c = (char)(*c - 'a' + 'A');
	strs_add(&m->recipients, id);
	if (memcmp(p->body + 1, zero, sizeof(zero)) == 0 &&
	    ++m->hidden > PACKET_HIDDEN_MAX)
		return "too many hidden recipients";
	return NULL;
}

static const char *
read_skesk(struct packet_message *m, const struct packet *p)
{
	if (p->len >= 1 && p->body[0] == 6)
		m->newer = true;
	if (++m->passphrases > PACKET_RECIPIENTS_MAX)
		return "too many passphrases";
	return NULL;
}

/* The encrypted data itself, sections 5.7 and 5.13. */
static void
read_encrypted(struct packet_message *m, const struct packet *p)
{
	m->form = PACKET_FORM_ENCRYPTED;
	if (p->tag == PACKET_SEIPD) {
		m->integrity = p->len >= 1 && p->body[0] == 1;
		m->newer = m->newer || (p->len >= 1 && p->body[0] == 2);
	} else
		m->integrity = p->tag == PACKET_OCB;
}

static const char *
read_encrypted_message(
    struct packet_message *m, struct packet_reader *r, struct packet *p)
{
	const char *why = NULL;

	for (;;) {
		switch (p->tag) {
		case PACKET_PKESK:
			why = read_pkesk(m, p);
			break;
		case PACKET_SKESK:
			why = read_skesk(m, p);
			break;
		case PACKET_SED:
		case PACKET_SEIPD:
		case PACKET_OCB:
			read_encrypted(m, p);
			/* A second message may hide behind it. */
			return r->left == 0 ? NULL
					    : "more data after the message";
		default:
			why = "no encrypted data after its session keys";
			break;
		}
		if (why != NULL)
			return why;
		if (packet_next(r, p) != 1)
			return "the message is cut short";
	}
}

/* Section 5.2: version and type; version 3 has a length between them. */
static void
read_signature(struct packet_message *m, const struct packet *p)
{
	if (p->len < 3)
		return;
	if ((p->body[0] < 4 ? p->body[2] : p->body[1]) == 1)
		m->text_type = true;
}

/* All the rest has to be of the same kind. */
static const char *
read_signatures(struct packet_message *m, struct packet_reader *r,
    const struct packet *first)
{
	struct packet p;
	size_t count = 1;
	int more = 0;

	m->form = PACKET_FORM_SIGNATURE;
	read_signature(m, first);
	while ((more = packet_next(r, &p)) == 1) {
		if (p.tag == PACKET_ONE_PASS || p.tag == PACKET_LITERAL ||
		    p.tag == PACKET_COMPRESSED) {
			m->form = PACKET_FORM_CLEAR;
			return NULL;
		}
		if (p.tag != PACKET_SIGNATURE)
			return "something else among the signatures";
		read_signature(m, &p);
		if (++count > PACKET_SIGNATURES_MAX)
			return "too many signatures";
	}
	return more == 0 ? NULL : "the signature is cut short";
}

static const char *
read_keys(struct packet_message *m, struct packet_reader *r, struct packet *p)
{
	int more = 1;

	m->form = PACKET_FORM_KEYS;
	for (; more == 1; more = packet_next(r, p))
		if ((p->tag == PACKET_PUBLIC_KEY ||
			p->tag == PACKET_SECRET_KEY) &&
		    p->len >= 1 && p->body[0] != 4 && m->key_version == 0)
			m->key_version = p->body[0];
	return more == 0 ? NULL : "the key is cut short";
}

static const char *
read_message(struct packet_message *m, struct packet_reader *r)
{
	struct packet p;
	size_t markers = 0;

	do {
		if (packet_next(r, &p) != 1)
			return "no OpenPGP data";
	} while (p.tag == PACKET_MARKER && ++markers <= MARKERS_MAX);
	switch (p.tag) {
	case PACKET_PKESK:
	case PACKET_SKESK:
	case PACKET_SED:
	case PACKET_SEIPD:
	case PACKET_OCB:
		return read_encrypted_message(m, r, &p);
	case PACKET_SIGNATURE:
		return read_signatures(m, r, &p);
	case PACKET_ONE_PASS:
	case PACKET_COMPRESSED:
	case PACKET_LITERAL:
		m->form = PACKET_FORM_CLEAR;
		return NULL;
	case PACKET_PUBLIC_KEY:
	case PACKET_SECRET_KEY:
		return read_keys(m, r, &p);
	default:
		return "no OpenPGP message";
	}
}

void
packet_message_read(struct packet_message *m, const void *data, size_t len)
{
	struct packet_reader r = {data, len};

	memset(m, 0, sizeof(*m));
	m->why = read_message(m, &r);
	if (m->why != NULL)
		m->form = PACKET_FORM_OTHER;
}

void
packet_message_free(struct packet_message *m)
{
	strs_free(&m->recipients);
}
