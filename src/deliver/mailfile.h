/* mailfile.h - the bytes of one finished mail, read in pieces from its file. */
#ifndef DELIVER_MAILFILE_H
#define DELIVER_MAILFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define MAILFILE_CHUNK 65536 /* bytes; a BDAT of libesmtp's is as large */

struct mailfile {
	int fd; /* borrowed */
	off_t at;
	off_t size; /* bytes */
	bool broken; /* it could not be read to its end */
	char chunk[MAILFILE_CHUNK];
};

/*
 * Looks through all of it. ERR_BUG: empty, or not in lines that end with CRLF
 * and have no CR or LF elsewhere, which one server may take for the end of the
 * mail and the next one not (RFC 5321 section 2.3.8); ERR_TEMP: the disk.
 */
int mailfile_open(struct mailfile *l, int fd, struct err *e);

void mailfile_rewind(struct mailfile *l);

/* The next piece, borrowed until the next call; 0 bytes: the end, or broken. */
const char *mailfile_next(struct mailfile *l, size_t *len);

#endif
