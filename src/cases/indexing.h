/*
 * indexing.h - fills the index (index.h): follows the audit log from where it
 * was followed to, and indexes the messages that its entries tell of.
 *
 * So nothing on the way of a message writes to the index, and one that is
 * absent, cleared or older than the database is filled by the same steps.
 */
#ifndef CASES_INDEXING_H
#define CASES_INDEXING_H

#include "cases/index.h"

#define INDEXING_ATTACHED                                                      \
	"attached" /* in a message's content: what its text                    \
		      attachments say */
#define INDEXING_ATTACHED_MAX (256U << 10) /* bytes of that */

#define INDEXING_TRIES                                                         \
	3 /* deaths, then one message at a time; as many again,                \
	     and that one is left out */

struct indexing {
	size_t most; /* entries of the audit log that are followed */
	int64_t ms; /* after which no further message is begun; 0: none */
	int64_t now; /* for what is recorded */
	/* what became of it */
	size_t messages;
	size_t forgotten; /* messages whose key was destroyed */
	int64_t mark; /* followed up to here */
	bool left; /* there is more to follow */
};

/*
 * One batch. A message that has more terms than are kept is recorded as
 * index.truncated, one that workers died with as index.skipped.
 */
int indexing_follow(struct index *x, struct db *db, struct vault *v,
    struct indexing *b, struct err *e);

#endif
