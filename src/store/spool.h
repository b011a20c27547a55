/*
 * spool.h - bytes on disk, durable before anybody is told.
 *
 * spool/tmp    being written; swept at start
 * spool/new    <sha256>.env (envelope) and <sha256> (raw bytes), not processed
 * spool/store  <sha256> sealed by the vault, once processed
 * spool/out    sealed outgoing files
 * spool/blob   large contents of messages, sealed (store/blob.h)
 * spool/again  after a restore: what is to be read once more (store/again.h)
 * spool/backup  while a backup is made: what it needs (noroshi backup)
 * spool/lock   held (flock) by who changes or removes an .env file
 * spool/wake   touched to wake the queue
 *
 * A name that is not the hex digits it has to be is ERR_DATA and reaches no
 * file.
 *
 * Order of intake (after Postfix's mail_stream): the envelope is written and
 * renamed first, then the raw bytes; each with fsync, rename, fsync of the
 * folder. A raw file in spool/new therefore always has its envelope; an
 * envelope without raw bytes is swept. Bytes are never changed after the
 * rename.
 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"
#include "store/envelope.h"

#define SPOOL_SHA 65 /* bytes: 64 lower-case hex digits and the NUL */

struct spool; /* holds the folders open */

/*
 * Opens (and makes, 0700, where absent) the folders below path; *out is the
 * caller's to spool_close.
 */
int spool_open(struct spool **out, const char *path, struct err *e);

/* Closes them; NULL is fine. What it is told of stays on the disk. */
void spool_close(struct spool *s);

/*
 * Writes one message durably into spool/new; sha is its name. The same bytes
 * again with another envelope add that envelope to the .env file (taking
 * turns by a lock on it). fd is read to its end: up to max bytes, over which it
 * is ERR_DATA. Raises ERR_TEMP for every failure of the disk; then nothing was
 * accepted.
 */
int spool_add(struct spool *s, int fd, uint64_t max, const struct envelope *env,
    char sha[SPOOL_SHA], struct err *e);

/* All messages that lie in spool/new, by name, oldest file first. */
int spool_list_new(struct spool *s, struct strs *sha, struct err *e);

/*
 * How the message sha came; *out is an array of *count, the caller's to
 * envelope_list_free. ERR_NOINPUT: not there.
 */
int spool_envelopes(struct spool *s, const char *sha, struct envelope **out,
    size_t *count, struct err *e);

/* True where its raw bytes lie in spool/new. */
bool spool_has_new(struct spool *s, const char *sha);

/* How many they are. ERR_NOINPUT: not there. */
int spool_size_new(
    struct spool *s, const char *sha, uint64_t *bytes, struct err *e);

/* True where its sealed bytes lie in spool/store. */
bool spool_has_store(struct spool *s, const char *sha);

/* Appends the raw bytes of a message in spool/new. ERR_NOINPUT: not there. */
int spool_read_new(
    struct spool *s, const char *sha, struct buf *out, struct err *e);

/*
 * Removes a message from spool/new, envelope last; absent files are fine. An
 * envelope that was added but not registered yet goes with it: its source was
 * not told "done" and brings it again.
 */
int spool_remove_new(struct spool *s, const char *sha, struct err *e);

/* Writes sealed bytes of a processed message durably into spool/store. */
int spool_put_store(
    struct spool *s, const char *sha, const struct buf *sealed, struct err *e);

/* Appends them as they were sealed. ERR_NOINPUT: not there. */
int spool_read_store(
    struct spool *s, const char *sha, struct buf *out, struct err *e);

/* Removes them; absent is fine. */
int spool_remove_store(struct spool *s, const char *sha, struct err *e);

/* Writes an outgoing file durably into spool/out; name: 1 to 64 hex digits. */
int spool_put_out(
    struct spool *s, const char *name, const struct buf *data, struct err *e);

/*
 * The same for a file that comes in pieces: make is called with ctx and puts
 * them by spool_file_write. The folder has all of it under name, or nothing.
 */
struct spool_file;
int spool_make_out(struct spool *s, const char *name,
    int (*make)(void *ctx, struct spool_file *f, struct err *e), void *ctx,
    struct err *e);

/*
 * Opens one for reading; *fd is the caller's to close, -1 where it failed.
 * ERR_NOINPUT: not there.
 */
int spool_open_out(struct spool *s, const char *name, int *fd, struct err *e);

/* Removes one; that it is absent is fine. */
int spool_remove_out(struct spool *s, const char *name, struct err *e);

/* Adds the names of all, oldest file first. */
int spool_list_out(struct spool *s, struct strs *name, struct err *e);

/* The same for spool/blob; names are 64 hex digits. */
int spool_put_blob(
    struct spool *s, const char *name, const struct buf *data, struct err *e);
int spool_read_blob(
    struct spool *s, const char *name, struct buf *out, struct err *e);
bool spool_has_blob(struct spool *s, const char *name);
int spool_remove_blob(struct spool *s, const char *name, struct err *e);

/* Adds the names of those last written before a time, oldest first. */
int spool_list_blob(
    struct spool *s, int64_t before, struct strs *name, struct err *e);

/*
 * Removes what earlier processes left half-written in spool/tmp, and .env
 * files whose raw bytes never came, where older than age seconds.
 */
int spool_sweep(struct spool *s, int64_t age, struct err *e);

/* Touches spool/wake, which the queue watches. */
int spool_wake(struct spool *s, struct err *e);

/* Bytes that are free, for us, on the spool's file system. */
int spool_free_bytes(struct spool *s, uint64_t *bytes, struct err *e);

/* Bytes in spool/new: mail that is not processed yet. */
int spool_new_bytes(struct spool *s, uint64_t *bytes, struct err *e);

/* SHA-256 of bytes as 64 hex digits. */
void spool_sha(const void *data, size_t len, char sha[SPOOL_SHA]);

#endif
