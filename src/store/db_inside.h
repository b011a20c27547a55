/*
 * db_inside.h - the handle, for the files that make it up: db.c (statements,
 * walks, transactions) and db_open.c. Nobody else includes it.
 */
#ifndef STORE_DB_INSIDE_H
#define STORE_DB_INSIDE_H

#include <sqlite3.h>

#include "store/db.h"

#define DB_BUCKETS 64 /* of the statement cache; a power of two */

/* A cached statement; what a caller walks is the statement itself. */
struct db_row {
	struct db_row *next;
	struct db *db;
	char *sql;
	sqlite3_stmt *stmt;
	bool used; /* somebody walks it now */
};

struct db {
	sqlite3 *sql;
	struct db_row *bucket[DB_BUCKETS];
	int64_t busy_since; /* ms, clock_monotonic_ms */
	int64_t changed;
};

/* Says what SQLite's code rc means while doing what; always -1. */
int db_fail(struct db *db, int rc, const char *what, struct err *e);

#endif
