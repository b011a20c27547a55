/*
 * packet.h - the outside of OpenPGP packets: headers, versions, key ids.
 *
 * Nothing is decrypted or uncompressed here. It is read before gpg is: what gpg
 * would make of several packets in a row is decided by structure first.
 */
#ifndef PGP_PACKET_H
#define PGP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strs.h"

/* RFC 9580 section 5, and LibrePGP's own for 12 and 20. */
enum packet_tag {
	PACKET_PKESK = 1,
	PACKET_SIGNATURE = 2,
	PACKET_SKESK = 3,
	PACKET_ONE_PASS = 4,
	PACKET_SECRET_KEY = 5,
	PACKET_PUBLIC_KEY = 6,
	PACKET_SECRET_SUBKEY = 7,
	PACKET_COMPRESSED = 8,
	PACKET_SED = 9, /* encrypted, no integrity */
	PACKET_MARKER = 10,
	PACKET_LITERAL = 11,
	PACKET_TRUST = 12,
	PACKET_PUBLIC_SUBKEY = 14,
	PACKET_SEIPD = 18,
	PACKET_OCB = 20 /* GnuPG's AEAD packet */
};

struct packet {
	unsigned tag;
	const unsigned char *start; /* its header */
	size_t size; /* bytes of header and body together */
	const unsigned char *body;
	size_t len; /* bytes of the body; of its first chunk where partial */
};

struct packet_reader {
	const unsigned char *p;
	size_t left; /* bytes */
};

/*
 * The next packet; its pointers are borrowed from the bytes read. -1 where a
 * header is wrong or its body passes the end (RFC 9580 section 4.2).
 */
int packet_next(struct packet_reader *r, struct packet *out);

#define PACKET_RECIPIENTS_MAX 5000 /* session key packets of one message */
#define PACKET_HIDDEN_MAX 16 /* of them without a key id: each is tried */
#define PACKET_SIGNATURES_MAX 16 /* in one detached signature */

enum packet_form {
	PACKET_FORM_OTHER, /* none of the others, or broken */
	PACKET_FORM_ENCRYPTED,
	PACKET_FORM_CLEAR, /* literal, compressed or one-pass signed */
	PACKET_FORM_SIGNATURE, /* detached: signatures and nothing else */
	PACKET_FORM_KEYS
};

struct packet_message {
	enum packet_form form;
	struct strs recipients; /* key ids, upper case, zeros where hidden */
	size_t hidden; /* recipients without a key id */
	size_t passphrases;
	bool integrity; /* SEIPD v1 or OCB */
	bool newer; /* RFC 9580 forms that GnuPG 2.2 lacks, of a message */
	bool text_type; /* a signature of type 1, of a text's lines */
	unsigned key_version; /* of the first key packet that is not v4; or 0 */
	const char *why; /* PACKET_FORM_OTHER: what is wrong, a constant */
};

/* Reads the outside of a whole message, signature or key block. */
void packet_message_read(
    struct packet_message *m, const void *data, size_t len);
void packet_message_free(struct packet_message *m);

#endif
