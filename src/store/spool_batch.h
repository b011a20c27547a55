/*
 * spool_batch.h - many messages made durable in one round.
 *
 * One by one a message costs four waits for the disk. Here all bytes are on
 * their way before anybody waits, and the folder is synced twice for all of
 * them. The order is spool.h's: every envelope has its name before any raw
 * bytes have theirs.
 */
#ifndef STORE_SPOOL_BATCH_H
#define STORE_SPOOL_BATCH_H

#include "store/spool_entry.h"

#define SPOOL_BATCH_MAX 128 /* messages, two descriptors each */

struct spool_batch;

/* s is borrowed and has to outlive it. */
struct spool_batch *spool_batch_create(struct spool *s);

/* Removes what was not committed. */
void spool_batch_clear(struct spool_batch *b);

/* The same, and releases it; NULL is fine. */
void spool_batch_free(struct spool_batch *b);

/* How many are in it. */
size_t spool_batch_count(const struct spool_batch *b);

/*
 * One message: begin, put as often as there are pieces, then end, which copies
 * env and says the message's name; or undo. All of one batch came from one
 * source: the same bytes twice are one message with the first one's envelope.
 * begin needs room (SPOOL_BATCH_MAX). Failures are the disk's, ERR_TEMP; the
 * message is then to be undone.
 */
int spool_batch_begin(struct spool_batch *b, struct err *e);
int spool_batch_put(
    struct spool_batch *b, const void *data, size_t len, struct err *e);
void spool_batch_end(
    struct spool_batch *b, const struct envelope *env, char sha[SPOOL_SHA]);
void spool_batch_undo(struct spool_batch *b);

/*
 * Adds a whole message that came by itself; sha is its name. False where the
 * same bytes are in the batch: the entry is still the caller's then, for the
 * next batch, so that both envelopes are kept. Needs room.
 */
bool spool_batch_add(struct spool_batch *b, struct spool_entry **taken,
    const struct envelope *env, char sha[SPOOL_SHA]);

/*
 * All of them lie in spool/new, durably, and the batch is empty; or ERR_TEMP,
 * then none may be told of (some may lie there, as after a death).
 */
int spool_batch_commit(struct spool_batch *b, struct err *e);

#endif
