/*
 * reseal.h - what a case's key sealed, sealed by another case's key: text goes
 * with the case that it is in, and dies with it.
 */
#ifndef CASES_RESEAL_H
#define CASES_RESEAL_H

#include "cases/message.h"

/*
 * Puts a message into that case, under its key: content, raw bytes and files
 * (as new blobs; the old ones are swept), consents and reasons. One whose key
 * was destroyed moves without them. cases 0: into none, under a key of its own.
 * Inside a transaction.
 */
int reseal_message(struct db *db, struct vault *v, struct spool *s, int64_t id,
    int64_t cases, struct err *e);

/* A value that goes from one case to another. */
struct reseal_way {
	int64_t from, to; /* cases */
	const char *was, *is; /* the contexts that it is sealed in */
};

#define RESEAL_MAX (1U << 28) /* bytes of one value */

/* out gets the value sealed anew; nothing where it cannot be read any more. */
int reseal_text(struct db *db, struct vault *v, const struct reseal_way *way,
    const void *sealed, size_t len, struct buf *out, struct err *e);

/*
 * Moves notes of one case to another: those that only (an array of ids) names,
 * or all where it is NULL. Adds their ids to moved, where that is not NULL.
 */
int reseal_notes(struct db *db, struct vault *v, int64_t from, int64_t to,
    const json_t *only, json_t *moved, struct err *e);

#endif
