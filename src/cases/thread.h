/*
 * thread.h - which case a message belongs to, and why. In-Reply-To and
 * References are RFC 5322 section 3.6.4; what they entitle to is our decision
 * (doc/ARCHITECTURE.md, "Evidence").
 *
 * In this order: a token among the addresses written to (token.h); In-Reply-To
 * and References, right to left, to a Message-ID that is stored (ours or
 * theirs); a second copy of a message, with its Message-ID, sender and subject;
 * a stored message that refers to this one (a parent that comes late);
 * the case tag in the protected, then outer subject, only if the sender already
 * takes part or is a contact proven by dkim or signature; what refers to the
 * same mail, which is not stored (kin.h); the other party's
 * reference number in either subject (reference.h), a global one under the same
 * rule, a local one only from who takes part or is a proven contact of an
 * organisation that does; else a new case. What a stranger names is never
 * joined: the message gets a case of its own and the named case a note. No
 * stranger, but not trusted either, is who was written to by the message that
 * is referred to, wrote it, or answers the same people (audience.h). In an
 * archive a reference to a stored message is never a stranger's.
 */
#ifndef CASES_THREAD_H
#define CASES_THREAD_H

#include "cases/message.h"
#include "policy/identity.h"

struct thread_question {
	const struct head *head; /* or NULL */
	const char *rfc_message_id; /* its own, or NULL */
	const char *subject; /* the protected one where there is one, or NULL */
	const char *outer_subject; /* or NULL */
	const char *from; /* folded address, or NULL */
	const struct sender *sender;
	const char *prefix; /* of case numbers */
	const struct strs *recipients; /* addresses, or NULL */
	struct vault *vault; /* may be NULL where recipients is */
	const char *team; /* local@domain; may be NULL where recipients is */
	int64_t self; /* the message's own id */
	bool import; /* out of an archive */
	bool ours; /* and from the team itself, as it says: it may refer to any
		      case, and is untrusted there */
};

struct thread {
	int64_t cases; /* 0: none found, it wants a new one */
	int64_t parent; /* message it answers, 0: none */
	bool untrusted; /* shown as such; changes nothing in the case */
	int64_t named; /* case that it names without a right to, or 0 */
	int64_t twin; /* message that has its Message-ID, 0: none */
	char why[160]; /* one line: the step that decided */
};

/* The i-th id that head refers to: In-Reply-To, then References, right to left;
 * NULL: no more. */
const char *thread_referred(const struct head *h, size_t i);

/*
 * Fills out by the steps above; out->why says which one decided. Inside the
 * claim's transaction.
 */
int thread_find(struct db *db, const struct thread_question *q,
    struct thread *out, struct err *e);

/*
 * Remembers for the case that a message opened or joined the reference numbers
 * in its subjects. An untrusted message or an alarm teaches nothing, an
 * unproven sender a global number as a local one: it might be somebody else's.
 * One out of an archive teaches also where it is untrusted: the numbers of the
 * ticket system that the team had. Inside the claim's transaction.
 */
int thread_learn(struct db *db, const struct thread_question *q, int64_t cases,
    bool untrusted, struct err *e);

/*
 * True in *pending where none of head's references is stored yet, and an
 * earlier message is in another worker's hands: it may be the one referred to.
 */
int thread_pending(struct db *db, const struct head *head, int64_t self,
    int64_t now, bool *pending, struct err *e);

#endif
