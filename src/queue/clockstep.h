/*
 * clockstep.h - the system's clock was set, and what waits for a time of the
 * old one would wait for as long as it was wrong.
 *
 * No try is ever put off for longer than its own longest pause. So what is due
 * later than that was written under another clock, and is due now. Times that
 * people chose (a hold's end, an embargo) stay as they are.
 */
#ifndef QUEUE_CLOCKSTEP_H
#define QUEUE_CLOCKSTEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

#define CLOCKSTEP_LEAST 60 /* seconds; less is drift */

struct clockstep {
	int64_t distance; /* seconds from the monotonic clock to the other */
	bool known;
};

/*
 * Looks at both clocks: now in seconds, monotonic in ms. *by: by how much the
 * first was set since the last look, 0: by no more than drift. True where it
 * was, and at the first look, which cannot know: then clockstep_mend is due.
 */
bool clockstep_look(
    struct clockstep *c, int64_t now, int64_t monotonic, int64_t *by);

/* recall: seconds, the setting. */
int clockstep_mend(struct db *db, int64_t recall, int64_t now, struct err *e);

#endif
