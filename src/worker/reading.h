/*
 * reading.h - one message as a reader would be shown it: whose header counts,
 * its text, its attachments, and what OpenPGP says of each part.
 */
#ifndef WORKER_READING_H
#define WORKER_READING_H

#include "pgp/verdict.h"
#include "worker/worker.h"

struct attachment {
	uint32_t part;
	char *name; /* safe, never NULL */
	char *type;
	char sha256[SPOOL_SHA]; /* of the decoded content */
	struct buf data;
	bool decrypted_apart; /* beside what anybody could have put there */
};

struct reading {
	struct mail *mail;
	struct verdict verdict;
	const struct head *outer; /* the message's own header, or NULL */
	const struct head *inner; /* the protected one, or NULL */
	const struct head
	    *people; /* where From and the others are taken from */
	const struct head *threads; /* where references are taken from */
	const char *subject; /* the one that counts, borrowed; or NULL */
	const char *outer_subject; /* borrowed, or NULL */
	struct strs texts; /* each shown text part */
	uint32_t first_text; /* the part of the first of them */
	struct buf text; /* them, with empty lines between; not what was
			    decrypted beside other content: an attachment */
	struct strs enclosed; /* text parts of enclosed messages, not shown */
	struct strs enclosed_subjects;
	struct attachment *attachment;
	size_t attachments;
	struct strs warnings; /* words */
	int64_t not_before; /* when the gateway was restored: what was sent
			       before that orders nothing; 0: never */
};

/*
 * Parses, decrypts, verifies and reads raw. Keys of signers that the database
 * knows are found by themselves. ERR_DATA: over a limit, quarantine it;
 * ERR_TEMP: the agent or the disk; ERR_BUG: the parser died.
 */
int reading_make(struct worker *w, const struct buf *raw, struct reading *out,
    struct err *e);
void reading_free(struct reading *r);

/* The folded address of a single From, the caller's; or NULL. */
char *reading_from(const struct reading *r);

/* Its Message-ID, as others refer to it; borrowed, or NULL. */
const char *reading_message_id(const struct reading *r);

#endif
