/*
 * dotted.h - a message as DATA brings it, RFC 5321 sections 4.1.1.4 and 4.5.2.
 *
 * Only <CRLF>.<CRLF> ends it, or .<CRLF> at its start. What one server takes
 * for a line's end and the next does not is how one mail is made of two ("SMTP
 * smuggling", CVE-2023-51764 and its like): a bare <CR> or <LF> is never a
 * line's end here, and it is seen, so that such a message can be refused.
 */
#ifndef INTAKE_DOTTED_H
#define INTAKE_DOTTED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum dotted_at {
	DOTTED_LINE, /* at the start of a line, and of the message */
	DOTTED_DOT, /* after a dot that began a line */
	DOTTED_DOT_CR,
	DOTTED_TEXT,
	DOTTED_CR,
	DOTTED_END
};

/* {0} is the start of a message. */
struct dotted {
	enum dotted_at at;
	bool bare; /* a <CR> or <LF> was alone */
};

/*
 * Reads up to len bytes and appends the message's own to out: at most two
 * more than were read. Returns how many were read: fewer than len only where
 * the end (DOTTED_END) came before.
 */
size_t dotted_read(
    struct dotted *d, const char *bytes, size_t len, struct buf *out);

/*
 * The same for bytes whose number was said before them (BDAT, RFC 3030): there
 * is no end and no dot to take away. last: no more will come.
 */
void dotted_check(struct dotted *d, const char *bytes, size_t len, bool last);

#endif
