/*
 * splice.h - a file that is put together from bytes of its own and ranges of
 * another file which many share.
 *
 * A plan is packed fields (base/pack.h), as often as needed: bytes that come
 * first, and then a range of the shared file (u64 first byte, u64 bytes; an
 * empty range is fine).
 */
#ifndef BASE_SPLICE_H
#define BASE_SPLICE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends one step to a plan. */
void splice_add(struct buf *plan, const void *bytes, size_t len, uint64_t from,
    uint64_t count);

/*
 * Carries a plan out over the shared file in fd; *out is a sealed memory file,
 * the caller's to close, -1 where it failed. ERR_BUG: no plan, or a range that
 * is not in the file; ERR_TEMP: no memory, or the disk.
 */
int splice_join(int fd, const void *plan, size_t len, int *out, struct err *e);

#endif
