/*
 * unpack.h - the files of an archive (archive.h), written below a folder as
 * their bytes come, and compared with its manifest.
 *
 * The archive may be anybody's: names are checked, nothing is overwritten, no
 * link is made, and what is not in the manifest as it came is an error.
 */
#ifndef STORE_UNPACK_H
#define STORE_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct unpack;

/* Files go below the open folder (0600, folders 0700), which stays the
 * caller's. */
struct unpack *unpack_create(int folder);
void unpack_free(struct unpack *u); /* NULL is fine */

/* The next bytes. ERR_DATA: they are no archive of ours. */
int unpack_put(struct unpack *u, const void *data, size_t len, struct err *e);

/* All has come: the archive is whole, and each file as its manifest says.
 * *files and *bytes tell how many. What was written is on the disk. */
int unpack_finish(
    struct unpack *u, int64_t *files, int64_t *bytes, struct err *e);

#endif
