/*
 * again.h - spool/again: after a restore, what a source keeps as done has to be
 * read once more, since some of it came after the backup.
 *
 * The same bytes are one message (spool.h), so that reading too much again does
 * no harm. An intake of a mailbox with a done-folder asks when it starts, reads
 * that folder like new mail, and says so by again_done. A Maildir has no such
 * folder: what was delivered since is put into its new/ again by hand.
 */
#ifndef STORE_AGAIN_H
#define STORE_AGAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Asks all sources to. since: what came earlier is in the backup. */
int again_ask(const char *spool, int64_t since, struct err *e);

/*
 * Whether source, a name of its own like "imap:csirt@mail.example", still has
 * to; *since as it was asked.
 */
int again_wanted(const char *spool, const char *source, bool *wanted,
    int64_t *since, struct err *e);

/* It has. Durable. */
int again_done(const char *spool, const char *source, struct err *e);

#endif
