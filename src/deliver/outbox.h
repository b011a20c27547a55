/*
 * outbox.h - the "file" transport: outgoing mail is left in a Maildir.
 *
 * A delivery has one name in it for good, so that one that is repeated after a
 * crash takes the same place instead of a second one.
 */
#ifndef DELIVER_OUTBOX_H
#define DELIVER_OUTBOX_H

#include "base/err.h"

#define OUTBOX_NAME 128 /* bytes of a name */
#define OUTBOX_PATH 320 /* bytes of an address, RFC 5321 section 4.5.3.1 */

struct outbox;

/* Opens the Maildir and makes it and its folders (0700) where absent. */
int outbox_open(struct outbox **out, const char *path, struct err *e);
void outbox_close(struct outbox *o); /* NULL is fine */

/*
 * Leaves the bytes of fd, from its start, durably in new/ as name.noroshi:
 * lines end with LF there, and Return-Path (from, "" for the null one) and
 * Delivered-To (to) stand on top. One that is there already, in new/ or read
 * in cur/, is left as it is. ERR_DATA: a name or address that cannot be
 * written; ERR_TEMP: the disk.
 */
int outbox_put(struct outbox *o, const char *name, const char *from,
    const char *to, int fd, struct err *e);

#endif
