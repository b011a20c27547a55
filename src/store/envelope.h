/*
 * envelope.h - the bytes of a .env file: how one message came, once for each
 * source that brought it.
 *
 * Packed (base/pack.h): version 1, the number of records, then for each its
 * source, sender, recipients and time.
 */
#ifndef STORE_ENVELOPE_H
#define STORE_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"

#define ENVELOPE_FILE_MAX (16U << 20) /* bytes of one .env file */
#define ENVELOPE_RECORDS_MAX 1024 /* sources of the same bytes */
#define ENVELOPE_RECIPIENTS_MAX 10000 /* in one record */
#define ENVELOPE_SOURCE_MAX 256 /* bytes */
#define ENVELOPE_PATH_MAX 1000 /* bytes of an address */

/*
 * How the source of mail out of an archive begins (noroshi import mail): it
 * makes cases and nothing leaves for it.
 */
#define ENVELOPE_IMPORT "import:"

/* How a message came, as its .env file keeps it: one record a source. */
struct envelope {
	char *source; /* "pipe", "maildir:inbox" ... */
	char *sender; /* envelope sender; NULL: not known; "": the null one */
	struct strs recipients;
	int64_t received_at; /* seconds since the epoch, UTC */
};

/* True for a source of an archive. */
bool envelope_is_import(const char *source);

/* Frees what is in it; env itself is the caller's. */
void envelope_free(struct envelope *env);

/*
 * Reads the bytes of a whole file; *out is an array of *count, the caller's.
 * ERR_DATA where they are anything but what envelope_write writes.
 */
int envelope_read(const void *data, size_t len, struct envelope **out,
    size_t *count, struct err *e);

/*
 * Appends the file's bytes for count records and more, which may be NULL.
 * ERR_DATA where a limit is passed.
 */
int envelope_write(struct buf *out, const struct envelope *env, size_t count,
    const struct envelope *more, struct err *e);

/* True where both came the same way to the same recipients, whenever. */
bool envelope_same(const struct envelope *a, const struct envelope *b);

/* Frees an array and what is in it. */
void envelope_list_free(struct envelope *env, size_t count);

#endif
