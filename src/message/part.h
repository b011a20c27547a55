/*
 * part.h - a message as a flat table of spans into the bytes that were given.
 *
 * The parser process makes it, the worker reads it. Nothing in it was copied
 * from anywhere but those bytes, so what was verified, shown and stored are
 * the same bytes. Strings are decoded, safe UTF-8 (base/utf8.h); the spans give
 * the bytes as they were.
 */
#ifndef MESSAGE_PART_H
#define MESSAGE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pack.h"

#define PART_NONE UINT32_MAX

/* One MIME entity, RFC 2045. Parents stand before their children. */
struct part {
	uint32_t buffer; /* 0: the raw message; 1 ...: decrypted content */
	uint32_t parent; /* index, or PART_NONE for the root of buffer 0 */
	uint32_t depth; /* 0: the root */
	uint64_t start; /* first byte of its header, in buffer */
	uint64_t body; /* first byte after the empty line */
	uint64_t end; /* one past its last byte; a boundary's CRLF is out */
	char *type; /* "text/plain", lower case; never NULL */
	char *charset; /* lower case, or NULL */
	char *encoding; /* Content-Transfer-Encoding, lower case; never NULL */
	char *name; /* file name, one safe line without '/'; or NULL */
	char *disposition; /* "inline", "attachment", lower case; or NULL */
	char *content_id; /* or NULL */
	char *protocol; /* RFC 1847 parameter, lower case, or NULL */
	char *micalg; /* RFC 3156 section 5, lower case, or NULL */
	char *report_type; /* RFC 6522 section 3, lower case, or NULL */
	char *protection; /* "cipher", "clear" (RFC 9788 hp=), "v1", or NULL */
	bool legacy_display; /* hp-legacy-display="1", RFC 9788 section 2.1.2 */
	bool flowed; /* RFC 3676 section 4 */
	bool delsp; /* RFC 3676 section 4 */
};

struct mailbox {
	char *name; /* display name, or NULL */
	char *address; /* local@domain, domain in lower case; never NULL */
};

struct mailboxes {
	struct mailbox *item;
	size_t count;
};

/* Adds one, with copies of both; name may be NULL. */
void mailboxes_add(struct mailboxes *l, const char *name, const char *address);

/* Releases them; the list is empty afterwards. */
void mailboxes_free(struct mailboxes *l);

/* One header field of one part, as the rules of triage may ask for it. */
struct field {
	uint32_t part;
	char *name; /* as written */
	char *value; /* unfolded, one safe line; decoded but in trace fields */
};

/*
 * The header of an entity that carries any of From, To, Cc, Subject,
 * Message-ID or Date: a message's, an enclosed message's, or the protected
 * one inside a cryptographic layer.
 */
struct head {
	uint32_t part;
	struct mailboxes from; /* of all From fields, in order */
	struct mailboxes sender;
	struct mailboxes reply_to;
	struct mailboxes to;
	struct mailboxes cc;
	uint32_t from_fields; /* how many From fields there are */
	char *subject; /* NULL where there is none */
	char *message_id; /* with its angle brackets, or NULL */
	struct strs in_reply_to; /* message ids with their brackets */
	struct strs references; /* in the order of the field */
	char *conversation; /* Thread-Index, as an id no message has, or NULL */
	char *date_text; /* as written, one safe line, or NULL */
	int64_t date; /* seconds since the epoch, UTC; 0: none, bad */
	struct strs warnings; /* words: duplicate-header, ... */
};

struct part_table {
	struct part *part;
	size_t parts;
	struct field *field; /* in the order of their parts */
	size_t fields;
	struct head *head; /* the same */
	size_t heads;
	struct strs warnings; /* machine-readable words, each once */
};

/* Frees what is in it; t itself is the caller's. */
void part_table_free(struct part_table *t);

/* For the pipe between parser and worker. */
void part_table_pack(const struct part_table *t, struct buf *b);

/*
 * Reads a packed table of one buffer of size bytes. A span outside it, a parent
 * that does not stand before its child, fields or heads out of order, or more
 * than max_parts parts: -1.
 */
int part_table_unpack(
    struct part_table *t, struct unpack *u, uint64_t size, size_t max_parts);

/* Borrowed, or NULL: the head of a part, a part's first field of that name. */
const struct head *part_head(const struct part_table *t, uint32_t part);
const char *part_field(
    const struct part_table *t, uint32_t part, const char *name);

/* Where a part's fields start in the table; they stand together. */
size_t part_fields(const struct part_table *t, uint32_t part);

/*
 * The n-th child (from 0) of a part, or PART_NONE. It looks at each part behind
 * that one: whoever wants them all goes over the table.
 */
uint32_t part_child(const struct part_table *t, uint32_t part, size_t n);

/* True where part lies inside ancestor, or is it. */
bool part_within(const struct part_table *t, uint32_t part, uint32_t ancestor);

#endif
