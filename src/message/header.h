/* header.h - the fields of a header block, RFC 5322 section 2.2. */
#ifndef MESSAGE_HEADER_H
#define MESSAGE_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strs.h"

/* Spans into the block. The body is folded as it was and has no last CRLF. */
struct header_field {
	const char *name;
	size_t name_len;
	const char *body;
	size_t body_len;
};

/* The part of a header block that is still to be read; borrowed. */
struct header_walk {
	const char *p;
	size_t left; /* bytes */
};

/* Begins with the len bytes of block, which are borrowed as long as w reads. */
void header_walk_init(struct header_walk *w, const void *block, size_t len);

/*
 * Takes the next field; false at the end of the block, at an empty line, or at
 * a line that is neither a field nor a continuation.
 */
bool header_next(struct header_walk *w, struct header_field *f);

/* True where the field has that name, in any case (RFC 5322 section 1.2.2). */
bool header_is(const struct header_field *f, const char *name);

/*
 * The bytes of a line up to the colon, where the line (len bytes) starts a
 * field (white space before the colon as in RFC 5322 section 4.5), else 0.
 */
size_t header_name_length(const char *line, size_t len);

/*
 * The bytes of a mailbox file's "From " line at the start of a message, or 0:
 * it is no field, and no body either.
 */
size_t header_mailbox_line(const char *data, size_t len);

/* Appends the body on one line, byte for byte else (RFC 5322 2.2.3). */
void header_unfold(struct buf *out, const struct header_field *f);

/*
 * Appends the body unfolded and trimmed as one safe UTF-8 line: raw 8-bit and
 * escape sequences are guessed (charset.h), encoded words stay encoded.
 */
void header_line(
    struct buf *out, const struct header_field *f, struct strs *warnings);

/* Appends the body as a person reads it: header_line, encoded words decoded. */
void header_text(
    struct buf *out, const struct header_field *f, struct strs *warnings);

#endif
