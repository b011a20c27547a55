/*
 * delivery.h - table delivery: what is due to go out, and what became of it.
 */
#ifndef QUEUE_DELIVERY_H
#define QUEUE_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "cases/draft.h"
#include "store/db.h"
#include "store/spool.h"

/* The result of a try in which our own process ended: no fault of theirs. */
#define DELIVERY_DIED "the delivering process ended"
#define DELIVERY_DEATHS 3 /* tries that are made again at once after that */
#define DELIVERY_PAUSE_MIN 60 /* seconds after the first failure */
#define DELIVERY_PAUSE_MAX 14400 /* seconds */
#define DELIVERY_GIVE_UP                                                       \
	432000 /* seconds: five days, RFC 5321 sec. 4.5.4.1                    \
		*/
#define DELIVERY_TRIES                                                         \
	12 /* tries at least, where five days passed because the clock was     \
	      set, or while nothing of ours ran */
#define DELIVERY_ORPHAN 3600 /* seconds that a file may wait for its row */

/* One recipient's copy. */
struct delivery {
	int64_t id;
	int64_t attempts;
	int64_t message; /* the draft's cause */
	enum draft_lane lane;
	int64_t created_at;
	char *transport;
	char *recipient;
	char *kind; /* the draft's */
	char *file; /* in spool/out; NULL: none, which is a mistake */
	struct buf splice; /* the copy's plan of that file; empty: all of it */
};

/* Frees what is in it; d itself is the caller's. */
void delivery_free(struct delivery *d);

/*
 * Calls see with ctx for each row of lane that is queued and due at now, the
 * longest due first, until it returns false. Those that are being delivered are
 * among them. asked: by a person, for now (delivery_act). see must not write.
 */
int delivery_due(struct db *db, int64_t now, enum draft_lane lane,
    bool (*see)(void *ctx, int64_t id, const char *transport,
	const char *recipient, bool asked),
    void *ctx, struct err *e);

/* One of them; out is the caller's to free. */
int delivery_get(
    struct db *db, int64_t id, struct delivery *out, struct err *e);

/* The recall windows count as over (noroshid --once). */
int delivery_end_recall(struct db *db, int64_t now, struct err *e);

/*
 * What waits for longer than any pause does so by another clock: it is due. One
 * that its author may recall (recall: seconds, the setting) keeps that window.
 */
int delivery_clock_set(
    struct db *db, int64_t recall, int64_t now, struct err *e);

/* How many that have not left yet name a file that is not there. */
int delivery_missing(
    struct db *db, struct spool *spool, int64_t *count, struct err *e);

/* The next time at which one gets due, or 0. */
int delivery_next(struct db *db, int64_t now, int64_t *at, struct err *e);

/* Whether no answer may come back, as to an acknowledgement (RFC 3834 section
 * 4): its envelope sender is the null one. */
bool delivery_is_one_way(const struct delivery *d);

/* What became of one try. */
struct delivery_result {
	int64_t id;
	bool verp; /* it went out with a return path of its own (verp.h) */
	struct err result;
};

/*
 * Writes down what became of count tries, all of them or none. ERR_NONE: sent,
 * and the file goes once that is committed and no other copy needs it;
 * ERR_TEMP: again after a growing pause with some chance in it, up to five
 * days; anything else: failed, and the file stays, and who wrote it is to be
 * told (untold.h). They are told as well, once for a message, where it is tried
 * for longer than delay seconds; 0: never.
 */
int delivery_book(struct db *db, struct spool *spool, struct clock *clock,
    int64_t delay, const struct delivery_result *tried, size_t count,
    struct err *e);

/* Removes files of spool/out that were sent, or are old and have no row. */
int delivery_sweep(
    struct db *db, struct spool *spool, int64_t now, struct err *e);

#endif
