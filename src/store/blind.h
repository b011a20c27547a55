/*
 * blind.h - full-text search (SQLite's FTS5) over words that nobody can read:
 * what is stored and asked is a run of keyed hashes, a group of bytes each.
 */
#ifndef STORE_BLIND_H
#define STORE_BLIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define BLIND_TERM 9 /* bytes of one hash, none of them 0 */
#define BLIND_GROUP (BLIND_TERM + 1) /* bytes of it in a run */
#define BLIND_TOKENIZER "blind" /* its name in CREATE VIRTUAL TABLE */

struct sqlite3;

/* Makes the tokenizer known to a connection. An SQLite result code. */
int blind_register(struct sqlite3 *sql);

/*
 * Appends a term to a run; same: it stands where the one before it stands,
 * and not behind it. hash is at least BLIND_TERM bytes.
 */
void blind_put(struct buf *run, const unsigned char *hash, bool same);

/* Appends a term that a table told (fts5vocab), as it was stored. */
void blind_put_stored(struct buf *run, const void *term, bool same);

#endif
