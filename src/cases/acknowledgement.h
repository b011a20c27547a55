/*
 * acknowledgement.h - to whom receipt was acknowledged, when. Owns the table
 * acknowledgement.
 *
 * Once for each sender and case. Beyond that (RFC 3834 section 2): somebody
 * whom we do not know gets one in seven days, all strangers of one organisation
 * (by the public suffix list) ten in a day, a contact three in an hour, and all
 * together the hourly number of the configuration.
 */
#ifndef CASES_ACKNOWLEDGEMENT_H
#define CASES_ACKNOWLEDGEMENT_H

#include "store/db.h"

struct acknowledgement {
	const char *address; /* folded */
	int64_t cases;
	bool known; /* a contact's address */
};

/* *why is NULL where one may be sent now, else the limit's word, constant. */
int acknowledgement_refused(struct db *db, int64_t now, int64_t hourly,
    const struct acknowledgement *a, const char **why, struct err *e);

/*
 * Remembers that it is sent; 0 where a limit was reached in the meantime, else
 * 1. Inside the transaction that makes the delivery.
 */
int acknowledgement_add(struct db *db, int64_t now, int64_t hourly,
    const struct acknowledgement *a, struct err *e);

#endif
