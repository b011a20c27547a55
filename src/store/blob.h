/*
 * blob.h - large contents of messages at rest: a file each in spool/blob,
 * sealed by the vault under the message's key. Owns the table blob.
 *
 * A row of the database that holds megabytes is written anew whole whenever
 * one of its columns changes.
 */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H

#include "store/spool.h"
#include "store/vault.h"

#define BLOB_NAME 65 /* bytes: 64 random hex digits and the NUL */

/*
 * Seals data under the vault's key, durably, and notes the file; inside a
 * transaction. A file whose transaction fails is swept.
 */
int blob_put(struct db *db, struct vault *v, struct spool *s, int64_t key,
    const void *data, size_t len, char name[BLOB_NAME], struct err *e);

/* Appends its bytes to out, which should be secret. ERR_NOINPUT: the file is
 * not there, or the key was destroyed. */
int blob_get(struct vault *v, struct spool *s, int64_t key, const char *name,
    struct buf *out, struct err *e);

/* How many have a row and no file. */
int blob_missing(struct db *db, struct spool *s, int64_t *count, struct err *e);

/* Removes files without a row that are older than age seconds. */
int blob_sweep(
    struct db *db, struct spool *s, int64_t now, int64_t age, struct err *e);

#endif
