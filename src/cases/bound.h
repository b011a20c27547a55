/*
 * bound.h - what binds a case beyond its label: an embargo. Owns the table
 * case_bound.
 */
#ifndef CASES_BOUND_H
#define CASES_BOUND_H

#include "cases/case.h"

/* Until when (seconds since the epoch) nothing of it leaves below AMBER or to
 * others than those who take part; 0: no embargo. */
int case_embargo(struct db *db, int64_t id, int64_t *until, struct err *e);

/* Sets it and the alarm of its end, or with 0 takes both away; the case's
 * version goes up. */
int case_set_embargo(struct db *db, int64_t id, int64_t until, struct err *e);

#endif
