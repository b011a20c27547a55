/* index_inside.h - what the files of index.h share. */
#ifndef CASES_INDEX_INSIDE_H
#define CASES_INDEX_INSIDE_H

#include <sodium.h>

#include "cases/index.h"

struct index {
	struct db *db;
	/* of SipHash-2-4: a term's name, for who has the vault alone */
	unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
};

/* A message's entry has a number of its own for each time it was written. */
static inline int64_t
index_entry_id(int64_t message, int64_t version)
{
	return message * INDEX_VERSIONS + version;
}

static inline int64_t
index_part_of(int64_t message)
{
	return message / INDEX_PART;
}

/* Its name in the table of a part. */
const char *index_column_name(int column);

/*
 * Takes entries (by number, in ascending order, all of one part) out of it,
 * and all that its merged segments still have of them. Inside a transaction.
 */
int index_remove(struct index *x, int64_t part, const int64_t *entry,
    size_t count, struct err *e);

/* Merges a part into one segment: what was taken out is in none then. */
int index_merge(struct index *x, int64_t part, struct err *e);

#endif
