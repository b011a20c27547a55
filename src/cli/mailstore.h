/*
 * mailstore.h - the messages that lie in Maildirs and mbox files, in the order
 * in which they were sent.
 */
#ifndef CLI_MAILSTORE_H
#define CLI_MAILSTORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"
#include "message/mbox.h"

#define MAILSTORE_MAX 20000000 /* messages, of 32 bytes each */
#define MAILSTORE_FOLDERS_MAX 100000

struct mailstore_entry {
	int64_t date; /* seconds since the epoch */
	uint32_t file; /* of the store's files */
	uint64_t start; /* bytes of that file */
	uint64_t end;
};

struct mailstore {
	struct strs file; /* paths */
	uint8_t *mbox; /* of each file: it holds many, quoted */
	struct mailstore_entry *entry;
	size_t count;
	uint64_t bytes; /* of all files */
};

void mailstore_free(struct mailstore *m); /* its fields */

/*
 * Adds what path is: an mbox file, or a folder with Maildirs anywhere in it
 * (Maildir++ and nested), whose files' names are read but no links followed.
 * ERR_NOINPUT: it is not there; ERR_DATA: it is neither.
 */
int mailstore_add(struct mailstore *m, const char *path, struct err *e);

/*
 * Reads all files once and fills entry, in order: by Date, else Received (not
 * after latest), else the file's time or that of the message before it in the
 * file. step is called with ctx after each bit of the way.
 */
int mailstore_scan(struct mailstore *m, int64_t latest,
    void (*step)(void *ctx, uint64_t done, uint64_t all), void *ctx,
    struct err *e);

/*
 * Appends a message as it was before it was filed. ERR_DATA over out's limit;
 * ERR_NOINPUT where its file has gone.
 */
int mailstore_read(const struct mailstore *m, const struct mailstore_entry *one,
    enum mbox_kind kind, struct buf *out, struct err *e);

#endif
