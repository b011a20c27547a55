/* text.h - the readable text of one leaf. */
#ifndef MESSAGE_TEXT_H
#define MESSAGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strs.h"

/* How the bytes of a leaf are to be read. Borrowed. */
struct text_form {
	const char *encoding; /* Content-Transfer-Encoding, or NULL */
	const char *charset; /* or NULL: guessed */
	bool html;
	bool flowed; /* RFC 3676 section 4 */
	bool delsp;
	bool legacy; /* HTML: leave out the copied header, html.h */
};

/*
 * Appends the text: transfer encoding and charset undone, HTML to text, flowed
 * lines joined, safe UTF-8 with LF. What does not fit in out is left off at a
 * code point with the warning text-truncated; encoding-bad is another, beside
 * those of charset.h and html.h.
 */
void text_read(struct buf *out, const struct text_form *form, const void *data,
    size_t len, struct strs *warnings);

/* The largest length up to max at which text can be cut between code points. */
size_t text_clip(const char *text, size_t len, size_t max);

#endif
