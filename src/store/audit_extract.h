/*
 * audit_extract.h - the audit log's entries of one case as lines of JSON, each
 * with all that its hash covers, so that whoever has the lines alone can work
 * the hashes out again.
 *
 * A line is an object: id, at (seconds since the epoch), actor, event, message,
 * case and contact (ids or null), detail (a string: the JSON as it was hashed),
 * previous, hash. Oldest first.
 */
#ifndef STORE_AUDIT_EXTRACT_H
#define STORE_AUDIT_EXTRACT_H

#include "base/buf.h"
#include "store/db.h"

/*
 * Appends the entries of the case and of its messages, but those of the event
 * without. *last is when the last of them was written; 0: there are none.
 */
int audit_extract(struct db *db, int64_t cases, const char *without,
    struct buf *out, int64_t *last, struct err *e);

/*
 * Works all hashes out again: each entry is as it was written, and follows the
 * one before it where their ids do. *count entries hold. ERR_DATA names the
 * first that does not. The text may be anybody's.
 */
int audit_extract_check(
    const char *text, size_t len, int64_t *count, struct err *e);

#endif
