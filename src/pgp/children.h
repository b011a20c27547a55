/*
 * children.h - the gpg processes that GPGME leaves behind.
 *
 * GPGME forks twice and forgets; when it gives up, its gpg goes on for as long
 * as it likes. This process is their subreaper, so they become its children:
 * those that were not there before an operation are that operation's.
 */
#ifndef PGP_CHILDREN_H
#define PGP_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct children {
	pid_t *before;
	size_t count;
};

/* Makes this process the one that orphans below it are given to. */
int children_adopt(struct err *e);

/* Notes who is there already: an agent, in the process that keeps one. */
void children_note(struct children *c);

/* What those that ended have cost. */
struct children_cost {
	int64_t cpu_ms; /* of processor time, user and system */
	bool cpu_over; /* one was stopped by its limit of it */
};

/*
 * Waits for the ends of those that came since; they are killed at once where
 * kill_now is set, otherwise after a while. Releases the note. cost may be
 * NULL.
 */
void children_end(
    struct children *c, bool kill_now, struct children_cost *cost);

#endif
