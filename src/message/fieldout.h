/* fieldout.h - header fields that leave: encoded, folded, not injectable. */
#ifndef MESSAGE_FIELDOUT_H
#define MESSAGE_FIELDOUT_H

#include "base/buf.h"
#include "base/err.h"
#include "message/part.h"

/*
 * Each appends one field with CRLF, in lines of at most 76 columns where words
 * allow it and 998 always (RFC 5322 section 2.1.1). name may hold more than a
 * field's name ("HP-Outer: Subject"). ERR_DATA where a value holds a control
 * character, is not UTF-8, or a word is too long to fold.
 */

/* Unstructured text; RFC 2047 words in UTF-8 and "B" where it is not ASCII. */
int fieldout_text(
    struct buf *out, const char *name, const char *value, struct err *e);

/* Mailboxes; a local part that is no dot-atom is quoted. */
int fieldout_mailboxes(struct buf *out, const char *name,
    const struct mailbox *item, size_t count, struct err *e);

/* Words that stay as they are with spaces between them: ids, dates. */
int fieldout_words(struct buf *out, const char *name, const char *const *word,
    size_t count, struct err *e);

/*
 * Appends parameters for a file name to a field under way, each on a line of
 * its own: name="..." or RFC 2231 pieces. Starts with ";".
 */
void fieldout_filename(struct buf *out, const char *param, const char *value);

#endif
