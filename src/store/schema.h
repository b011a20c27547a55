/*
 * schema.h - the database's tables, as scripts that lead from one version to
 * the next; SQLite's user_version says how many were run.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/db.h"

/*
 * Brings the tables up to date, in one exclusive transaction where anything is
 * to be done: two processes may come at once. ERR_CONFIG where a newer version
 * has written the database. For db_open alone; where it fails, the handle is
 * only good for db_close.
 */
int schema_migrate(struct db *db, struct err *e);

/* As far as a version and no further: for tests of what comes after it. */
int schema_upgrade(struct db *db, int64_t version, struct err *e);

#endif
