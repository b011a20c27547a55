/*
 * freshness.h - what a good signature does not say by itself: that it was made
 * for this mail, now, and for us. A signed mail can be sent again to anybody
 * by whoever has it (RFC 9580 section 13.12). Owns table signature_seen.
 */
#ifndef WORKER_FRESHNESS_H
#define WORKER_FRESHNESS_H

#include "worker/reading.h"

/* The good signatures of a mail, each by a name that is the same wherever the
 * same signature stands over the same bytes. */
struct freshness {
	struct strs whole; /* those over all that is shown */
	struct strs part;
};

void freshness_read(const struct reading *r, struct freshness *out);
void freshness_free(struct freshness *f);

/*
 * The first message that bore one of those in whole; 0: none did before. All
 * are remembered as message's, which is not among those that count. Inside the
 * claim's transaction.
 */
int freshness_seen(struct db *db, const struct freshness *f, int64_t message,
    int64_t *first, struct err *e);

/*
 * Adds "stale" where each good signature over all of it is older than the
 * configuration's stale_after at the time it was received, and
 * "not-addressed-to-us" where its protected To and Cc name somebody, and
 * nobody who is the team, its staff or a community of ours.
 */
int freshness_judge(struct worker *w, const struct reading *r,
    int64_t received_at, struct strs *warnings, struct err *e);

#endif
