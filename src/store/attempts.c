#include "store/attempts.h"

int
attempts_start(
    struct db *db, const struct attempts *a, int64_t id, struct err *e)
{
	return db_run(db, e, a->start, "i", id);
}

int
attempts_release(
    struct db *db, const struct attempts *a, int64_t id, struct err *e)
{
	return db_run(db, e, a->release, "i", id);
}

int
attempts_delay(struct db *db, const struct attempts *a, int64_t id, int64_t now,
    struct err *e)
{
	return db_run(db, e, a->delay, "ii", now + a->pause, id);
}

int
attempts_clock_set(
    struct db *db, const struct attempts *a, int64_t now, struct err *e)
{
	return db_run(db, e, a->clock_set, "i", now + a->pause);
}
