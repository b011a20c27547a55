/*
 * dbcopy.h - a copy of the database as it was at one moment, while others go
 * on writing to it.
 */
#ifndef STORE_DBCOPY_H
#define STORE_DBCOPY_H

#include <stdint.h>

#include "base/err.h"

struct dbcopy {
	/* Called at the moment that is copied: nobody can commit before it
	 * returns, so whatever rows need lies on the disk. Keep it short. */
	int (*frozen)(void *ctx, struct err *e);
	/* How much is copied, in pages; NULL: nobody asks. */
	void (*step)(void *ctx, int64_t done, int64_t all);
	void *ctx;
};

/*
 * Writes a new file to (0600, ERR_DATA where it exists) with all that was
 * committed at that moment, in one file without a log. It is removed where that
 * fails. Errors as in db.h.
 */
int dbcopy_make(
    const char *from, const char *to, const struct dbcopy *c, struct err *e);

#endif
