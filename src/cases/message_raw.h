/*
 * message_raw.h - the bytes of a message as they came: in spool/new until they
 * are sealed, then in spool/store or, where the message moved, in a blob.
 */
#ifndef CASES_MESSAGE_RAW_H
#define CASES_MESSAGE_RAW_H

#include "cases/message.h"

/* Seals the raw bytes into spool/store, durably. The name stays the SHA-256. */
int message_raw_seal(struct vault *v, struct spool *s, const struct message *m,
    const struct buf *raw, struct err *e);

/* The raw bytes, byte-exact, unsealed. */
int message_raw(struct vault *v, struct spool *s, const struct message *m,
    struct buf *out, struct err *e);

/* Removes from spool/store what lies in a blob older than age seconds. */
int message_raw_sweep(
    struct db *db, struct spool *s, int64_t now, int64_t age, struct err *e);

/* How many messages that came in have their bytes nowhere, although nobody
 * destroyed their key. */
int message_missing(
    struct db *db, struct spool *s, int64_t *count, struct err *e);

#endif
