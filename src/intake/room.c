#include "intake/room.h"

#include "base/clock.h"
#include "base/log.h"

#define ROOM_FRESH 100 /* ms for which a look is good enough */

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
}

bool
room_for(struct room *r, uint64_t size)
{
	uint64_t least = r->least + (r->low ? r->least / 8 : 0);

	if (r->least == 0)
		return true;
	room_look(r);
	if (r->free < least) {
		if (!r->low)
			log_error("no mail is taken in, the disk is too full: "
				  "free=%llu limits.free=%llu",
			    (unsigned long long)r->free,
			    (unsigned long long)r->least);
		r->low = true;
		return false;
	}
	if (r->low)
		log_info("mail is taken in again: free=%llu",
		    (unsigned long long)r->free);
	r->low = false;
	return size <= r->free && r->free - size >= r->least;
}
