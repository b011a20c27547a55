/*
 * approve.h - a person's word on held mail, given by mail: an answer to what
 * holdmail.h sent them.
 *
 * The first line of their own text is the word. It counts only as a command of
 * staff does (command.h: encrypted, signed by their own key over all of it,
 * fresh, its header protected, once), only at the address that was made for
 * that person and that content, and never from the author; who wrote the
 * message may only cancel it, also in the recall window of one that leaves.
 */
#ifndef WORKER_APPROVE_H
#define WORKER_APPROVE_H

#include "worker/command.h"

enum approve_kind {
	APPROVE_NONE, /* the mail is not about held mail */
	APPROVE_RELEASE,
	APPROVE_REJECT,
	APPROVE_CANCEL, /* by its author */
	APPROVE_REFUSED, /* the sender is told why */
	APPROVE_REPLAYED /* nothing happens */
};

struct approve {
	enum approve_kind kind;
	int64_t message; /* that is held */
	struct approval approval; /* what is written where it counts */
	const char *said; /* a sentence for the sender, constant */
	bool recall; /* what is cancelled is not held, but has not left */
	bool stale; /* refused, since the hold is of another content than what
		       would leave now: it is judged anew, and all are asked */
};

/*
 * Whether a member of staff wrote to an address for held mail, by whatever
 * header: such mail is no matter of a case.
 */
int approve_is_meant(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, bool *meant,
    struct err *e);

/* Works out what m says. Reads the database and writes nothing. */
int approve_read(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, struct approve *out,
    struct err *e);
void approve_free(struct approve *a); /* its fields */

/* 1: the hold is as it was read; 0: not; -1: failed. */
int approve_stands(
    struct db *db, int64_t now, const struct approve *a, struct err *e);

/* Writes it down and lets the message be judged again, or cancels it; inside
 * the commit's transaction. by: the mail that said it. */
int approve_commit(struct worker *w, const struct reading *r,
    const struct approve *a, int64_t by, struct err *e);

/*
 * The word that a person's own text begins with: release, reject or cancel, and
 * else APPROVE_NONE. *in_clear: it says so. *reason (secret, made here) is what
 * stands behind "reject".
 */
enum approve_kind approve_word(
    const char *text, size_t len, bool *in_clear, struct buf *reason);

#endif
