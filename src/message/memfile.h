/* memfile.h - bytes in a memory file that nobody can change any more. */
#ifndef MESSAGE_MEMFILE_H
#define MESSAGE_MEMFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Makes a memory file with data (len bytes), sealed against writing, growing,
 * shrinking and other seals; *fd is the caller's to close.
 */
int memfile_create(int *fd, const void *data, size_t len, struct err *e);

struct memfile {
	const unsigned char *data; /* "" where it is empty */
	size_t len;
};

/*
 * Maps a memory file of exactly len bytes for reading. ERR_BUG where its size
 * is another or it could still change: touching it might end the process.
 */
int memfile_open(struct memfile *m, int fd, uint64_t len, struct err *e);
void memfile_close(struct memfile *m);

#endif
