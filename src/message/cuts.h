/*
 * cuts.h - what a second reader of a message's structure need not read.
 *
 * Lines of a body that begin like no boundary cannot divide it. A reader that
 * goes over a body once for each level around it is spared them: it gets the
 * message with such lines cut out, and is as quick at any depth.
 */
#ifndef MESSAGE_CUTS_H
#define MESSAGE_CUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Bytes from from up to, and without, to. */
struct cut {
	size_t from;
	size_t to;
	size_t gone; /* bytes that all cuts up to and with this one take */
};

struct cuts {
	struct cut *item; /* in order, apart from each other */
	size_t count;
	struct cut run; /* lines that may go once another follows them */
	bool running;
};

/*
 * The next line of a body: len bytes at pos of data. keep says that it may
 * divide the body, as does a CR within it to some readers. To be called in the
 * order of the lines; a header between them ends what was begun (cuts_stop).
 */
void cuts_line(
    struct cuts *c, const char *data, size_t pos, size_t len, bool keep);
void cuts_stop(struct cuts *c);
void cuts_free(struct cuts *c);

/* Appends data (len bytes) from from on, without what is cut. */
void cuts_apply(const struct cuts *c, const char *data, size_t from, size_t len,
    struct buf *out);

/* Where the byte at pos, which no cut holds, comes to stand. */
size_t cuts_place(const struct cuts *c, size_t pos);

#endif
