/*
 * restored.h - what a gateway that was brought back from a backup keeps in
 * mind, in table meta: that its outgoing mail waits for people, what was
 * ordered before does not count, and which numbers may be in use elsewhere.
 */
#ifndef STORE_RESTORED_H
#define STORE_RESTORED_H

#include <stdbool.h>
#include <stdint.h>

#include "store/db.h"

/* The rule that holds what would leave, until people say it may. */
#define RESTORED_RULE "restored"

/* How far numbers skip ahead: further than the lost time can have used. */
#define RESTORED_SKIP 100000 /* ids of rows */
#define RESTORED_SKIP_NUMBERS 1000 /* of cases in one year, of advisories */

/*
 * As SQL: the least id that a new row of a table ("message", "cases",
 * "delivery", "vault_key", "advisory") may have; 0 where it was never restored.
 */
#define RESTORED_FLOOR(table)                                                  \
	" coalesce((SELECT CAST(value AS INTEGER) FROM meta"                   \
	" WHERE name = 'floor_" table "'), 0) "

/* The next id of a new row, as SQL. */
#define RESTORED_NEXT(table)                                                   \
	" (SELECT max(coalesce(max(id), 0) + 1," RESTORED_FLOOR(               \
	    table) ") FROM " table ") "

/*
 * Marks the database as restored at now, from a backup of the time made.
 * Inside a transaction.
 */
int restored_mark(struct db *db, int64_t now, int64_t made, struct err *e);

/* When it was restored, seconds since the epoch; 0: never. */
int restored_at(struct db *db, int64_t *at, struct err *e);

/* Whether what would leave is held. */
int restored_holds(struct db *db, bool *holds, struct err *e);

/* It is not any more. Inside a transaction. */
int restored_release(struct db *db, struct err *e);

#endif
