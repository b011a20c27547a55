/*
 * bouncing.h - table contact_bounce: contacts to whom mail fails for good, at
 * which of their addresses, and why it did so last.
 */
#ifndef PEOPLE_BOUNCING_H
#define PEOPLE_BOUNCING_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

struct bouncing {
	int64_t contact;
	char *address;
	int64_t count; /* copies that failed so */
	int64_t last_at; /* seconds since the epoch, UTC */
	char *why; /* one line, in the server's words */
};

void bouncing_free(struct bouncing *b, size_t count);

/* A delivery failed for good; nothing where it was for no contact. Inside a
 * transaction. */
int bouncing_add(struct db *db, int64_t delivery, int64_t now, const char *why,
    struct err *e);

#define BOUNCING_PROOF 172800 /* seconds in which a copy may come back */

/*
 * Contacts that are not removed, with an address that they still have, by name
 * and address; *out is an array of *count, the caller's. Not among them: who
 * was sent a later copy, which has not come back for BOUNCING_PROOF.
 */
int bouncing_list(struct db *db, int64_t now, struct bouncing **out,
    size_t *count, struct err *e);

#endif
