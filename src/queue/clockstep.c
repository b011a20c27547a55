#include "queue/clockstep.h"

#include "queue/chore.h"
#include "queue/delivery.h"
#include "queue/job.h"

bool
clockstep_look(struct clockstep *c, int64_t now, int64_t monotonic, int64_t *by)
{
	int64_t distance = now - monotonic / 1000;
	bool first = !c->known;

	*by = 0;
	if (!first && distance - c->distance <= CLOCKSTEP_LEAST &&
	    c->distance - distance <= CLOCKSTEP_LEAST)
		return false;
	if (!first)
		*by = distance - c->distance;
	c->distance = distance;
	c->known = true;
	return true;
}

static int
clockstep_chores(struct db *db, int64_t now, struct err *e)
{
	const struct chore *c;

	for (size_t i = 0; (c = chore_nth(i)) != NULL; i++)
		if (attempts_clock_set(db, c->attempts, now, e) == -1)
			return -1;
	return 0;
}

int
clockstep_mend(struct db *db, int64_t recall, int64_t now, struct err *e)
{
	if (db_begin(db, e) == -1)
		return -1;
	if (job_clock_set(db, now, e) == 0 &&
	    delivery_clock_set(db, recall, now, e) == 0 &&
	    clockstep_chores(db, now, e) == 0 && db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return err_in(e, "times of a clock that was set");
}
