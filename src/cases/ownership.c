#include "cases/ownership.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/alarm.h"
#include "cases/duty.h"

enum ownership
ownership_may(
    const struct case_file *c, int64_t owner, bool claim, bool has_note)
{
	if (c->owner == owner)
		return OWNERSHIP_SAME;
	if (c->owner == 0)
		return OWNERSHIP_FREE;
	if (claim)
		return OWNERSHIP_TAKEN;
	return has_note ? OWNERSHIP_FREE : OWNERSHIP_NOTE;
}

int
ownership_set(struct db *db, struct case_file *c, int64_t owner, int64_t by,
    int64_t now, struct err *e)
{
	c->owner = owner;
	if (owner != 0 && strcmp(c->state, "new") == 0) {
		free(c->state);
		c->state = xstrdup("open");
	}
	if (case_update(db, c, e) == -1 ||
	    alarm_clear(db, ALARM_ASSIGNED, c->id, "", e) == -1 ||
	    (by != 0 && duty_seen_case(db, c->id, by, now, e) == -1))
		return -1;
	return owner == 0 || owner == by
		   ? 0
		   : alarm_set(db, ALARM_ASSIGNED, c->id, "", c->id, now, e);
}
