/*
 * hiding.h - what members of a community do not show each other: the addresses
 * and key ids of all who belong or belonged to it. Found in one pass over a
 * text, whatever their number.
 */
#ifndef WORKER_HIDING_H
#define WORKER_HIDING_H

#include "base/buf.h"
#include "store/db.h"

struct hiding;

int hiding_make(
    struct db *db, int64_t community, struct hiding **out, struct err *e);
void hiding_free(struct hiding *h); /* NULL is fine */

/* Appends text with "(address)" or "(key)" in place of each; h NULL: all of
 * text as it is. */
void hiding_put(
    const struct hiding *h, const char *text, size_t len, struct buf *out);

/* True where text holds one; never with h NULL. */
bool hiding_finds(const struct hiding *h, const char *text, size_t len);

#endif
