/*
 * archive.h - files as one stream of bytes: POSIX.1-1988 ustar, which tar(1)
 * reads, so that a backup can be unpacked where there is no Noroshi. Sizes from
 * 8 GiB on are in GNU tar's base 256.
 *
 * The last file is MANIFEST: for each one before it the SHA-256 in hex, two
 * spaces and the name, a line each, as sha256sum(1) writes and checks them.
 */
#ifndef STORE_ARCHIVE_H
#define STORE_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define ARCHIVE_BLOCK 512 /* bytes */
#define ARCHIVE_NAME 100 /* bytes of a name, with no NUL after the last */
#define ARCHIVE_MANIFEST "MANIFEST"

struct archive;

struct archive *archive_create(void);
void archive_free(struct archive *a); /* NULL is fine */

/*
 * Adds a file, which is opened when its turn comes; its bytes are those that it
 * has now (size), and one that is shorter then fails. ERR_NOINPUT: not there;
 * ERR_DATA: no plain file, or no name for an archive.
 */
int archive_add(
    struct archive *a, const char *name, const char *path, struct err *e);

/* How many files, and how many bytes the stream will be without its manifest.
 */
size_t archive_files(const struct archive *a);
uint64_t archive_size(const struct archive *a);

/* The next bytes of the stream: how many, 0 at its end, -1: failed. */
ssize_t archive_read(struct archive *a, void *data, size_t len, struct err *e);

/* True where the name may stand in one of our archives: relative, of letters,
 * digits and "._+@-", no part of it "." or ".."; at most ARCHIVE_NAME bytes. */
bool archive_name_is_good(const char *name);

/* The fields of one header block. */
struct archive_head {
	char name[ARCHIVE_NAME + 1];
	uint64_t size; /* bytes */
	bool end; /* the block of zeros after the last file */
};

/*
 * Writes the block that stands before a plain file: mode 0600, owner 0; mtime
 * is in seconds since the epoch. The name is good (archive_name_is_good).
 */
void archive_head_write(unsigned char block[ARCHIVE_BLOCK], const char *name,
    uint64_t size, int64_t mtime);

/* ERR_DATA where the block is none that archive_head_write makes. */
int archive_head_read(const unsigned char block[ARCHIVE_BLOCK],
    struct archive_head *out, struct err *e);

#endif
