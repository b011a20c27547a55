/*
 * maildir.h - mail that lies in a Maildir's new/ is taken into the spool.
 *
 * A file is removed only once the queue knows it, and only if it still is the
 * file that was read. Nothing is read through links, nothing but plain files
 * is opened for reading, and a file that somebody still writes is left alone.
 */
#ifndef INTAKE_MAILDIR_H
#define INTAKE_MAILDIR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "base/strs.h"
#include "store/spool_batch.h"

#define MAILDIR_NAMES 10000 /* files of one look into new/ */
#define MAILDIR_ENVELOPE 65536 /* bytes in which the envelope's lines are */
#define MAILDIR_ADDRESS 320 /* bytes, RFC 5321 section 4.5.3.1 */
#define MAILDIR_RECIPIENTS 100

struct maildir;

/* A file as it was when it was read. */
struct maildir_file {
	char *name; /* in new/ */
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

/* Frees what is in it; f itself is the caller's. */
void maildir_file_free(struct maildir_file *f);

/* Opens the Maildir and makes it and its folders (0700) where absent. */
int maildir_open(struct maildir **out, const char *path, struct err *e);
void maildir_close(struct maildir *m); /* NULL is fine */

/* "maildir:" and the folder's last name. Borrowed, valid until the close. */
const char *maildir_source(const struct maildir *m);

/* The path of new/, to be watched. Borrowed, valid until the close. */
const char *maildir_new(const struct maildir *m);

/* Adds the names in new/ by name, up to MAILDIR_NAMES of them; names with a
 * dot in front are not mail. */
int maildir_list(const struct maildir *m, struct strs *names, struct err *e);

/*
 * Puts one file into a batch that has room, received at now; f says what was
 * read (the caller's to free) and sha its name. It is durable once the batch
 * was committed.
 * ERR_NOINPUT: it has gone; ERR_DENIED: not readable, or not a plain file;
 * ERR_SERVICE: somebody is still writing it; ERR_DATA: over max bytes;
 * ERR_TEMP: the disk.
 */
int maildir_take(const struct maildir *m, const char *name, uint64_t max,
    int64_t now, struct spool_batch *batch, struct maildir_file *f,
    char sha[SPOOL_SHA], struct err *e);

/*
 * Removes the file. Where it has changed since it was read it stays and
 * ERR_DATA says so; one that has gone is fine. maildir_sync makes it last.
 */
int maildir_remove(
    const struct maildir *m, const struct maildir_file *f, struct err *e);
int maildir_sync(const struct maildir *m, struct err *e);

/* Moves a file that is too large to the Maildir++ folder .refused. */
int maildir_refuse(const struct maildir *m, const char *name, struct err *e);

/*
 * Reads the envelope from the lines that an MTA put on top (Return-Path,
 * X-Original-To, Delivered-To): only those before any other field, since what
 * follows may be the sender's. env->source is not touched.
 */
void maildir_envelope(const char *text, size_t len, struct envelope *env);

#endif
