/* closing.h - what a case still lacks before it may be closed. */
#ifndef CASES_CLOSING_H
#define CASES_CLOSING_H

#include "cases/handling.h"
#include "config/config.h"

/*
 * v opens what is sealed; said is what the same act says of harm, cause and
 * remedy (NULL: as it was), or NULL. *what is one sentence of what is lacking,
 * and how to give it: the caller's; NULL where nothing is. An answer that is
 * owed is no matter of this.
 */
int closing_lacks(struct db *db, struct vault *v, const struct config *c,
    const struct case_file *file, const struct handling *said, char **what,
    struct err *e);

#endif
