/*
 * statement.h - what people write about joining a community: that they apply,
 * and that they vouch for somebody. Two lines of a mail's own text:
 *
 *	Community: banks
 *	Sponsor: csirt@bank6.example	(or: Apply: yes)
 *
 * It counts with a good signature over all that is shown, by a verified key of
 * the one who says it. The mail is kept as its evidence. Nobody becomes a
 * member by it: PoC and deputies are told when there is something to decide.
 */
#ifndef WORKER_STATEMENT_H
#define WORKER_STATEMENT_H

#include "people/sponsorship.h"
#include "worker/judgement.h"
#include "worker/notify.h"

enum statement_kind {
	STATEMENT_NONE,
	STATEMENT_APPLY,
	STATEMENT_SPONSOR,
	STATEMENT_REFUSED /* its proven author is told why */
};

struct statement {
	enum statement_kind kind;
	struct application application; /* the open one, or to be opened */
	char *community;
	char *candidate; /* name of who wants to join */
	int64_t by; /* contact whose statement it is */
	bool again; /* they said so before: the first mail stays evidence */
	bool enough; /* with this one, the PoC may accept */
	const char *reason; /* constant; refused */
};

/* Reads the database and writes nothing. */
int statement_read(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, struct statement *out,
    struct err *e);
void statement_free(struct statement *s); /* its fields */

/* Adds to out what PoC and deputies, or the refused author, are told. */
int statement_tell(struct worker *w, const struct statement *s,
    const struct message *m, enum noroshi_tlp label, struct notices *out,
    struct err *e);

/* Books it; inside the commit's transaction. */
int statement_book(struct worker *w, const struct statement *s, int64_t message,
    struct err *e);

#endif
