/*
 * intakes.h - the intakes that the queue hears, and what they stored and want
 * registered. Number 0 has the Maildirs, each further one a mailbox of its own.
 */
#ifndef QUEUE_INTAKES_H
#define QUEUE_INTAKES_H

#include <poll.h>
#include <stdbool.h>

#include "process/ipc.h"
#include "store/db.h"
#include "store/spool.h"

struct stored;

struct intake {
	struct ipc *ipc; /* NULL: none now */
	bool drained; /* with --once: it has read all there is */
};

struct intakes {
	struct intake *intake;
	size_t count;
	struct stored *stored; /* not registered yet, in the order they came */
	size_t n_stored;
};

/* count intakes, none of them connected yet. */
void intakes_init(struct intakes *l, size_t count);
void intakes_free(struct intakes *l);

/*
 * Takes fd as the channel of a new process with that number, which tells again
 * of what the one before it got no answer for. Returns -1 where there is no
 * such number; then fd is the caller's.
 */
int intakes_connect(struct intakes *l, size_t number, int fd);

/*
 * Registers in the order in which they were stored, many in one transaction:
 * a burst does not wait for the disk once for each. One that cannot be
 * registered keeps back those behind it only. Who stored them is answered.
 */
int intakes_register(
    struct intakes *l, struct db *db, struct spool *spool, struct err *e);

/* With --once: all has been read, and registered. */
bool intakes_drained(const struct intakes *l);

/*
 * Fills count entries of p to wait with. While too many messages wait nobody
 * is heard: they wait in their channels.
 */
void intakes_poll(const struct intakes *l, struct pollfd *p);

/* Hears those that p, as filled by intakes_poll, has something of. */
void intakes_hear(struct intakes *l, const struct pollfd *p);

#endif
