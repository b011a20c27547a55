/*
 * answerable.h - who of the team answers for a case: its owner, who is on duty,
 * PoC and deputies.
 */
#ifndef CASES_ANSWERABLE_H
#define CASES_ANSWERABLE_H

#include "cases/case.h"
#include "people/contact.h"

enum answerable {
	ANSWERABLE_OWNER = 1,
	ANSWERABLE_ROTA = 2,
	ANSWERABLE_HEADS = 4 /* PoC and deputies */
};

/*
 * Of the groups named by who, in that order, the first that has anybody who is
 * still staff: its people, an array of *count, the caller's to
 * contact_list_free.
 */
int answerable_list(struct db *db, int64_t owner, unsigned who,
    struct contact **out, size_t *count, struct err *e);

#endif
