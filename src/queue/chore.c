#include "queue/chore.h"

#include "base/log.h"
#include "cases/alarm.h"
#include "people/wanted.h"
#include "queue/held.h"
#include "queue/untold.h"

/* After the mail: a notice can wait, what came in cannot. Last what was judged
 * once already. */
static const struct chore chores[] = {
    {JOB_TELL, "telling an author", false, untold_due, untold_next,
	&untold_attempts, untold_abandon},
    {JOB_HOLD, "a hold", false, held_due, held_next, &held_attempts,
	held_abandon},
    {JOB_ALARM, "an alarm", false, alarm_due, alarm_next, &alarm_attempts,
	alarm_abandon},
    {JOB_AGAIN, "judging again", true, wanted_due, wanted_next,
	&wanted_attempts, wanted_abandon},
};

#define CHORES (sizeof(chores) / sizeof(*chores))

const struct chore *
chore_nth(size_t n)
{
	return n < CHORES ? &chores[n] : NULL;
}

const struct chore *
chore_of(enum job job)
{
	for (size_t i = 0; i < CHORES; i++)
		if (chores[i].job == job)
			return &chores[i];
	return NULL;
}

int
chore_book(const struct chore *c, struct db *db, const struct hand *h,
    int64_t now, struct err *e)
{
	if (h->lost) {
		log_warning("worker died with %s: id=%lld worker=%u", c->what,
		    (long long)h->id, h->number);
		return 0;
	}
	if (h->result.code == ERR_NONE)
		return attempts_release(db, c->attempts, h->id, e);
	log_warning("%s waits: id=%lld error=%s", c->what, (long long)h->id,
	    h->result.text);
	if (h->result.code != ERR_TEMP && c->once)
		return c->abandon(db, h->id, now, h->result.text, e);
	if (h->result.code == ERR_TEMP &&
	    attempts_release(db, c->attempts, h->id, e) == -1)
		return -1;
	return attempts_delay(db, c->attempts, h->id, now, e);
}
