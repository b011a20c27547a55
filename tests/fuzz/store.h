/* store.h - a database and a vault for a fuzz target, made once. */
#ifndef FUZZ_STORE_H
#define FUZZ_STORE_H

#include "store/db.h"
#include "store/vault.h"

/*
 * Opens a new database, whose files are removed at once, and a vault on it.
 * Both stay open until the process ends.
 */
void fuzz_store_open(struct db **db, struct vault **vault);

#endif
