#include "cases/bound.h"

#include "cases/alarm.h"

int
case_embargo(struct db *db, int64_t id, int64_t *until, struct err *e)
{
	return db_get_int(db, until, 0, e,
	    "SELECT embargo_until FROM case_bound WHERE cases = ?", "i", id);
}

int
case_set_embargo(struct db *db, int64_t id, int64_t until, struct err *e)
{
	if (db_run(db, e,
		"INSERT INTO case_bound (cases, embargo_until) VALUES (?, ?)"
		" ON CONFLICT (cases) DO UPDATE SET"
		" embargo_until = excluded.embargo_until",
		"ii", id, until) == -1 ||
	    (until == 0
		    ? alarm_clear(db, ALARM_EMBARGO, id, "", e)
		    : alarm_set(db, ALARM_EMBARGO, id, "", id, until, e)) == -1)
		return -1;
	return case_changed(db, id, e);
}
