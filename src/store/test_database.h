/* test_database.h - for tests alone: a database in a folder of their own. */
#ifndef STORE_TEST_DATABASE_H
#define STORE_TEST_DATABASE_H

#include "store/db.h"

/*
 * Opens the database "db" in the folder, and makes it where it is absent; the
 * caller's to db_close. Fails the test where it cannot.
 */
struct db *test_database_open(const char *folder);

#endif
