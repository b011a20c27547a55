/*
 * replytext.h - what a mail program made of an answer to our copy, cut down to
 * what its author wrote to the outside.
 */
#ifndef WORKER_REPLYTEXT_H
#define WORKER_REPLYTEXT_H

#include <stdbool.h>

#include "base/buf.h"
#include "people/contact.h"

/*
 * The text of a mail program's reply as it may leave: without its signature
 * block, and without the summary that our own copy put on top of what is
 * quoted, marked with '>' or not, and the head that the program put above
 * that. Appends to out.
 */
void replytext_cut(const char *text, size_t len, struct buf *out);

/*
 * Takes out the lines that name one of the staff among list, and those that a
 * mail program puts above a quotation: who wrote it when, in whose time zone.
 */
void replytext_unname(
    const struct contact *list, size_t count, struct buf *text);

/* Whether word stands in the line, in any case. */
bool replytext_has(const char *line, size_t len, const char *word);

/* Whether a line that is not quoted has word in it, in any case, and not as a
 * piece of a longer one. */
bool replytext_says(const char *text, size_t len, const char *word);

/* A subject without reply prefixes, case tags, our marks and labels: "Re: "
 * and what is left; the caller's. */
char *replytext_subject(const char *subject);

#endif
