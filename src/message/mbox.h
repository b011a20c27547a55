/*
 * mbox.h - the messages in a file of many: mboxrd and mboxo.
 *
 * A message begins behind a "From " line: one at the start of the file or after
 * an empty line, with a date in it ("From a@b Mon Nov 23 00:28:00 2026") or, as
 * Thunderbird writes it, without one and with a header field below. With a date
 * and such a field it needs no empty line, which some programs leave out and a
 * body that was cut off has none to give. Such lines
 * alone are believed: Content-Length is a field like any other, by which a
 * message could swallow the next. Lines end in LF or CRLF. The file is read
 * once from its start, with a fixed amount of memory.
 */
#ifndef MESSAGE_MBOX_H
#define MESSAGE_MBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define MBOX_HEAD (64U << 10) /* bytes of a message that are shown */
#define MBOX_LINE 1024 /* bytes of a "From " line that are looked at */

enum mbox_kind {
	MBOX_RD, /* ">From ", ">>From ": one ">" too many */
	MBOX_O /* ">From " alone has one too many */
};

/* One message: [start, end) of the file, behind its "From " line and without
 * the empty line that follows it. */
struct mbox_message {
	uint64_t start;
	uint64_t end;
	const struct buf *head; /* its first bytes, borrowed, still quoted */
};

/* What reads on, one piece after another. */
struct mbox;

/* each is called with ctx for each message, in the order of the file. */
struct mbox *mbox_create(
    int (*each)(void *ctx, const struct mbox_message *m, struct err *e),
    void *ctx);
void mbox_free(struct mbox *m); /* NULL is fine */

/* The next bytes; mbox_end after the last ones. -1: each has failed. */
int mbox_put(struct mbox *m, const void *data, size_t len, struct err *e);
int mbox_end(struct mbox *m, struct err *e);

/* True where what was read begins as such a file does. */
bool mbox_is(const void *data, size_t len);

/* Takes the quoting off a whole message, in place. */
void mbox_unquote(struct buf *message, enum mbox_kind kind);

/*
 * When a message says that it was sent: Date, else the topmost Received, in
 * seconds since the epoch; times before 1980 and after latest are none. 0: it
 * says nothing.
 */
int64_t mbox_date(const struct buf *head, int64_t latest);

#endif
