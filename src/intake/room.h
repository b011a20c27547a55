/*
 * room.h - whether there is room on the disk for more mail.
 *
 * A disk that is full stops more than us: the database, the log, the mail
 * server beside us. So mail stays at its source while less than limits.free
 * bytes would be left, and comes in again, by itself, once there is more. Mail
 * that was taken in and is not processed yet still needs room: for its sealed
 * bytes, and for the copies of it until they have left.
 */
#ifndef INTAKE_ROOM_H
#define INTAKE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "store/spool.h"

#define ROOM_AGAIN 1000 /* ms between looks at a disk that was too full */
#define ROOM_WORK 4 /* times its size that a mail takes until it has left */

struct room {
	struct spool *spool; /* borrowed */
	uint64_t least; /* bytes that stay free */
	bool low; /* and said so in the log */
	int64_t looked; /* clock_monotonic_ms; 0: not yet */
	uint64_t free; /* bytes, when it was looked at */
	int64_t counted; /* clock_monotonic_ms; 0: not yet */
	uint64_t waiting; /* bytes in spool/new, when they were counted */
};

/*
 * True where size more bytes leave enough. Once the disk was too full an
 * eighth more has to be free before it is not.
 */
bool room_for(struct room *r, uint64_t size);

/* That came in, and is among what is counted before long. */
void room_taken(struct room *r, uint64_t size);

#endif
