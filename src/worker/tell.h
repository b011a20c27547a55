/*
 * tell.h - an author's notice of mail that did not arrive: a delivery failed
 * for good, or another person rejected it (queue/untold.h).
 */
#ifndef WORKER_TELL_H
#define WORKER_TELL_H

#include "worker/worker.h"

/*
 * Seals one notice of all that is untold of an outgoing message to its author,
 * and commits it with the end of those rows. Where the author has no usable
 * key, or the message's text is destroyed, that is recorded instead. Errors as
 * in pipeline.h.
 */
int tell_author(struct worker *w, int64_t message, struct err *e);

/*
 * Notes that the contact by rejected an outgoing message, with the reason
 * (NULL: none) sealed under the message's key, while there is one. Nothing for
 * other messages, or where the author is to be told nothing. Inside a
 * transaction.
 */
int tell_rejected(struct db *db, struct vault *v, int64_t message, int64_t by,
    const char *reason, struct err *e);

#endif
