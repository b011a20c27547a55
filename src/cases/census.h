/*
 * census.h - how many there are of what, for who watches the gateway.
 *
 * Counts and ages alone, each answered from an index or from one row: no name,
 * no address, no text. The one reader of many nouns' tables; it writes nothing.
 */
#ifndef CASES_CENSUS_H
#define CASES_CENSUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

#define CENSUS_STATES 12

struct census_count {
	char state[16]; /* as message, queue and case list name it */
	int64_t count;
};

struct census_counts {
	struct census_count of[CENSUS_STATES];
	size_t count;
};

struct census {
	struct census_counts messages; /* both directions */
	struct census_counts deliveries; /* one recipient each */
	struct census_counts cases;
	int64_t owed; /* cases that wait for an answer of ours */
	int64_t received_at; /* of the newest message, 0: none */
	int64_t waiting_since; /* the oldest that is not processed, 0: none */
	int64_t queued_since; /* the oldest copy not yet sent, 0: none */
	int64_t held_since; /* the oldest copy not released, 0: none */
	int64_t decisions; /* entries of the audit log */
	int64_t team_key_expires; /* the earliest of the team's, 0: never */
	int64_t keys_expiring; /* contacts' keys, within 30 days */
};

/* One view of the database: what is counted belongs together. */
int census_take(struct db *db, int64_t now, struct census *out, struct err *e);

#endif
