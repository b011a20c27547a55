/* spool_inside.h - what the files of the spool share, and nobody else. */
#ifndef STORE_SPOOL_INSIDE_H
#define STORE_SPOOL_INSIDE_H

#include "base/sha256.h"
#include "store/spool.h"
#include "store/spool_file.h"

#define SPOOL_ENV (SPOOL_SHA + 4) /* bytes: with ".env" */

struct spool {
	int root;
	int tmp;
	int new;
	int store;
	int out;
	int blob;
	int lock; /* flock: who changes a .env file or takes it away */
};

/* One message while it comes; spool_entry.h. */
struct spool_entry {
	struct spool *spool;
	struct spool_file file;
	struct sha256 hash; /* of what was put; its state NULL: ended, in sha */
	char sha[SPOOL_SHA];
	uint64_t size; /* bytes */
};

/* The name that its bytes have; after that none is put any more. Borrowed. */
const char *spool_entry_sha(struct spool_entry *entry);

/* Writes the name of sha's .env file; returns name. */
const char *spool_env_name(const char *sha, char name[SPOOL_ENV]);

/* From one to the other nobody else changes or removes a .env file. */
int spool_lock(struct spool *s, struct err *e);
void spool_unlock(struct spool *s);

/*
 * Under the lock: appends the bytes of sha's .env file with env in it. A
 * source that was not answered brings the same again, so what is written
 * already is not written twice.
 */
int spool_join_envelopes(struct spool *s, const char *sha,
    const struct envelope *env, struct buf *out, struct err *e);

#endif
