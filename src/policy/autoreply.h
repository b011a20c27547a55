/*
 * autoreply.h - whether a message may be answered by a machine (RFC 3834).
 */
#ifndef POLICY_AUTOREPLY_H
#define POLICY_AUTOREPLY_H

#include "policy/identity.h"
#include "policy/kind.h"

/* Plain facts; everything is borrowed. */
struct autoreply_question {
	const struct part_table *table;
	const char *sender; /* envelope sender; "": null; NULL: not known */
	const char *from; /* folded address of a single From, or NULL */
	const struct strs *written_to; /* addresses in To and Cc */
	const struct strs *team; /* the team's addresses */
	enum kind kind; /* what it was judged to be */
	enum kind structure; /* what kind_by_structure says */
	const char *category; /* or NULL */
	const struct strs *tags;
	bool alarm; /* forged or damaged */
	bool staff; /* From is a staff member's, proven or not */
	bool unauthorised; /* our border says dmarc=fail */
	bool looped; /* carries a mark of our own */
	bool answers_ours; /* its subject is that of an automatic one of ours */
	bool joined; /* a stranger's, in a case that it did not open */
};

/*
 * NULL where it may be answered: to q->sender, which is then From's address
 * too. Else the word for the first condition that forbids it, constant.
 */
const char *autoreply_refused(const struct autoreply_question *q);

#endif
