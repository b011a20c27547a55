/* role.h - the roles of a contact, for who does not read the rest of it. */
#ifndef PEOPLE_ROLE_H
#define PEOPLE_ROLE_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

/*
 * The contact keeps no role but observer; one that was removed has none. Raises
 * people_version. Inside a transaction.
 */
int role_observe(struct db *db, int64_t contact, struct err *e);

#endif
