#include "intake/room.h"

#include "base/clock.h"
#include "base/log.h"

#define ROOM_FRESH 100 /* ms for which a look is good enough */
#define ROOM_COUNTED 500 /* ms for which a count is, which costs more */

static void
room_look(struct room *r)
{
	int64_t now = clock_monotonic_ms();
	struct err e = {0};

	if (r->looked != 0 && now - r->looked < ROOM_FRESH)
		return;
	r->looked = now;
	/* A disk that does not say is asked by writing to it. */
	if (spool_free_bytes(r->spool, &r->free, &e) == -1)
		r->free = UINT64_MAX;
	if (r->counted != 0 && now - r->counted < ROOM_COUNTED)
		return;
	r->counted = now;
	if (spool_new_bytes(r->spool, &r->waiting, &e) == -1)
		r->waiting = 0;
}

bool
room_for(struct room *r, uint64_t size)
{
	uint64_t least;

	if (r->least == 0)
		return true;
	room_look(r);
	least = r->least + ROOM_WORK * r->waiting;
	if (r->low)
		least += r->least / 8;
	if (r->free < least) {
		if (!r->low)
			log_error("no mail is taken in, the disk is too full: "
				  "free=%llu limits.free=%llu unprocessed=%llu",
			    (unsigned long long)r->free,
			    (unsigned long long)r->least,
			    (unsigned long long)r->waiting);
		r->low = true;
		return false;
	}
	if (r->low)
		log_info("mail is taken in again: free=%llu",
		    (unsigned long long)r->free);
	r->low = false;
	return size <= (r->free - least) / (1 + ROOM_WORK);
}

void
room_taken(struct room *r, uint64_t size)
{
	r->waiting += size;
}
