/*
 * spool_folder.h - one folder of the spool, by its descriptor: its files by
 * name. Names are taken as they are: who calls has checked them. A file that
 * is not there is ERR_NOINPUT, every failure of the disk ERR_TEMP.
 */
#ifndef STORE_SPOOL_FOLDER_H
#define STORE_SPOOL_FOLDER_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"

/* True for least to 64 lower-case hex digits and nothing else. */
bool spool_folder_is_name(const char *name, size_t least);

/*
 * Opens the folder called name below root, and makes it (0700) where it is
 * absent; a symbolic link is none. *fd is the caller's to close.
 */
int spool_folder_open(int root, const char *name, int *fd, struct err *e);

/* Opens a file to read it; *fd is the caller's to close, -1 where it failed. */
int spool_folder_open_file(int dir, const char *name, int *fd, struct err *e);

/* Appends a file's bytes; ERR_DATA where they are more than out may hold. */
int spool_folder_read(
    int dir, const char *name, struct buf *out, struct err *e);

/* Removes a file; one that is absent is fine. Not synced (spool_sync). */
int spool_folder_unlink(int dir, const char *name, struct err *e);

/*
 * A walk of its own, since the folder's descriptor keeps no place in it; *out
 * is the caller's to closedir.
 */
int spool_folder_walk(int dir, DIR **out, struct err *e);

/*
 * Adds the names of the regular files that spool_folder_is_name takes, oldest
 * file first.
 */
int spool_folder_list(int dir, size_t least, struct strs *names, struct err *e);

/* The bytes of all its regular files. */
int spool_folder_bytes(int dir, uint64_t *bytes, struct err *e);

#endif
