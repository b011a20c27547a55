/* closing.h - what a case still lacks before it may be closed. */
#ifndef CASES_CLOSING_H
#define CASES_CLOSING_H

#include "cases/case.h"
#include "config/config.h"

/*
 * *what is one sentence of what is lacking, and how to give it: the caller's;
 * NULL where nothing is. An answer that is owed is no matter of this.
 */
int closing_lacks(struct db *db, const struct config *c,
    const struct case_file *file, char **what, struct err *e);

#endif
