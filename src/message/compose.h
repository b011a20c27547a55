/*
 * compose.h - writes a message that leaves: headers that cannot be injected
 * into, MIME, and RFC 9788 header protection.
 */
#ifndef MESSAGE_COMPOSE_H
#define MESSAGE_COMPOSE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/part.h"

struct compose_attachment {
	const char *name; /* a safe file name */
	const char
	    *type; /* media type; anything not type/subtype: octet-stream */
	const void *data;
	size_t len;
};

/* Everything is borrowed. Text is UTF-8. */
struct compose {
	struct mailbox from;
	const struct mailboxes *to;
	const struct mailboxes *cc; /* or NULL */
	const struct mailboxes *reply_to; /* or NULL */
	const char *subject; /* the real one */
	const char *outer_subject; /* NULL: "[...]", RFC 9788 section 3.2.1 */
	const char *message_id; /* with brackets */
	const char *in_reply_to; /* or NULL */
	const struct strs *references; /* or NULL */
	int64_t date;
	const struct strs *extra; /* "Name: value" of our own, or NULL */
	const char *text;
	size_t text_len;
	const struct compose_attachment *attachment;
	size_t attachments;
	bool clear; /* signed only: hp="clear", nothing is hidden */
};

/*
 * Appends the payload to be sealed: protected header fields, hp="cipher" (and
 * protected-headers="v1"), HP-Outer for each field that stands outside, text
 * as quoted-printable or base64, CRLF, 7 bit. ERR_DATA where a value holds a
 * control character.
 */
int compose_payload(const struct compose *c, struct buf *out, struct err *e);

/*
 * Appends what stands before the armour's text in a message as it leaves: outer
 * header (subject "[...]"), the multipart/encrypted frame of RFC 3156 section
 * 4, the armour's first line and the empty one; and, after its last line, what
 * ends the frame. Base64 cannot hold the boundary.
 */
int compose_encrypted_begin(
    const struct compose *c, struct buf *out, struct err *e);
void compose_encrypted_end(const struct compose *c, struct buf *out);

/*
 * Appends the whole message that is signed only (RFC 3156 section 5): payload
 * as compose_payload made it with clear set, and the armoured detached
 * signature over just those bytes.
 */
int compose_signed(const struct compose *c, const struct buf *payload,
    const struct buf *signature, struct buf *out, struct err *e);

/* A fresh Message-ID at domain: random, no host or user name; the caller's. */
char *compose_message_id(const char *domain, const unsigned char random[16]);

#endif
