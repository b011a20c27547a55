/*
 * incoming.h - what lies in spool/new gets its row: table message while it is
 * new, and table envelope.
 */
#ifndef QUEUE_INCOMING_H
#define QUEUE_INCOMING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"
#include "store/spool.h"

/*
 * Enters a message of spool/new at time now, with its envelopes and an audit
 * entry, in one transaction; only after this its source may be told that it
 * was accepted. *id is its row. Bytes that have a row already set *duplicate:
 * their new envelopes join that row, and where the message is done and its
 * bytes are in spool/store, the second copy in spool/new goes.
 * ERR_NOINPUT: there are no such bytes and no row; ERR_TEMP: try again.
 */
int incoming_register(struct db *db, struct spool *spool, const char *sha,
    int64_t now, int64_t *id, bool *duplicate, struct err *e);

/* One of several that are registered together. */
struct incoming_message {
	const char *sha; /* borrowed */
	int64_t id; /* its row, out */
	bool duplicate; /* out */
};

/*
 * The same for count messages in one transaction: all of them, or none where
 * one cannot be.
 */
int incoming_register_all(struct db *db, struct spool *spool,
    struct incoming_message *m, size_t count, int64_t now, struct err *e);

/*
 * The same for every file in spool/new, for those whose source died before
 * it could say so. What is known already and brings nothing new is left out
 * of the audit log. *count is the number of new rows.
 */
int incoming_recover(struct db *db, struct spool *spool, int64_t now,
    size_t *count, struct err *e);

#endif
