/*
 * imap_take.h - the messages of one mailbox on their way into the spool, and
 * out of the mailbox once the queue knows them.
 */
#ifndef INTAKE_IMAP_TAKE_H
#define INTAKE_IMAP_TAKE_H

#include "intake/imap_box.h"
#include "intake/imap_mailbox.h"
#include "intake/registry.h"
#include "store/spool_batch.h"

#define IMAP_WINDOW                                                            \
	192 /* messages told and not answered: both                            \
	       channels hold so many frames unread */

/* What taking needs; all borrowed. */
struct imap_taker {
	const struct config_intake *source;
	const struct imap_waiter *waiter;
	struct registry *registry;
	struct spool_batch *batch;
	struct imap_box *box;
	uint64_t limit; /* bytes of one message */
	size_t at_once; /* messages in one FETCH: fewer after a failure */
};

/*
 * Reads mailbox m from its first message to its last, once; *took is how many
 * were stored. Errors are those of imap_box.h (ERR_DENIED: this mailbox alone
 * is in trouble), or ERR_TEMP of the disk.
 */
int imap_take(
    struct imap_taker *t, struct imap_mailbox *m, size_t *took, struct err *e);

#endif
