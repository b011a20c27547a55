/* due.h - a row that a worker is to see to. */
#ifndef STORE_DUE_H
#define STORE_DUE_H

#include "store/db.h"

struct due {
	int64_t id; /* what the job is given; most often a message */
	int64_t attempts; /* starts in a worker that were not ended */
};

/*
 * What a query of id and attempts gives, which has a limit: out has room for
 * that many. Fills *count, and ends the walk.
 */
int due_read(struct db_row *row, struct due *out, size_t *count, struct err *e);

#endif
