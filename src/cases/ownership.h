/*
 * ownership.h - who works on a case: claimed, given away, given back.
 *
 * A claim takes a case that nobody has; the first one wins. To take it from
 * somebody is a hand-over, and says in a note how things stand.
 */
#ifndef CASES_OWNERSHIP_H
#define CASES_OWNERSHIP_H

#include "cases/case.h"

enum ownership {
	OWNERSHIP_FREE, /* it may change so */
	OWNERSHIP_SAME, /* it is theirs already */
	OWNERSHIP_TAKEN, /* a claim, and another has it */
	OWNERSHIP_NOTE /* a hand-over without a note */
};

/* What stands in the way. owner 0: nobody. */
enum ownership ownership_may(
    const struct case_file *c, int64_t owner, bool claim, bool has_note);

/*
 * owner has it from now on; a case that was new is open. Whoever did it (by,
 * 0: a rule) has seen what is in it, and an owner who did not do it is told
 * (ALARM_ASSIGNED). Writes c and its row; inside the caller's transaction.
 */
int ownership_set(struct db *db, struct case_file *c, int64_t owner, int64_t by,
    int64_t now, struct err *e);

#endif
