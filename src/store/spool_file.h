/*
 * spool_file.h - one file on its way into the spool: written under a random
 * name in spool/tmp, synced, renamed, the folder synced.
 *
 * Folders are descriptors. All failures are ERR_TEMP: they are the disk's.
 */
#ifndef STORE_SPOOL_FILE_H
#define STORE_SPOOL_FILE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define SPOOL_TMP 33 /* bytes: 32 random hex digits and the NUL */

struct spool_file {
	int fd; /* -1: none */
	char name[SPOOL_TMP]; /* in spool/tmp; "": none */
};

/* Makes an empty file (0600); spool_file_drop is due whatever comes back. */
int spool_file_create(int tmp, struct spool_file *f, struct err *e);
int spool_file_write(
    struct spool_file *f, const void *data, size_t len, struct err *e);

/* Syncs and closes it: its bytes are on the disk. */
int spool_file_finish(struct spool_file *f, struct err *e);

/* Gives a finished file its name in another folder, which is to be synced. */
int spool_file_move(
    int tmp, struct spool_file *f, int dir, const char *name, struct err *e);

/* The same, durably. */
int spool_file_rename(
    int tmp, struct spool_file *f, int dir, const char *name, struct err *e);

/* Closes it, and removes what was not renamed. */
void spool_file_drop(int tmp, struct spool_file *f);

/* All of these in one: data is in the folder under name, or nothing is. */
int spool_file_put(
    int tmp, int dir, const char *name, const struct buf *data, struct err *e);

/* What was made, renamed or removed in the folder is on the disk. */
int spool_sync(int dir, struct err *e);

#endif
