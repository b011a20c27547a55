#include "store/restored.h"

#include <stdio.h>
#include <time.h>

static int
restored_set(struct db *db, const char *name, int64_t value, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO meta (name, value) VALUES (?1, CAST(?2 AS TEXT))"
	    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	    "si", name, value);
}

static int
restored_get(struct db *db, const char *name, int64_t *value, struct err *e)
{
	return db_get_int(db, value, 0, e,
	    "SELECT CAST(value AS INTEGER) FROM meta WHERE name = ?", "s",
	    name);
}

static int
restored_floor(struct db *db, const char *name, const char *sql, struct err *e)
{
	int64_t largest, floor;

	/* Brought back once more, it skips from where it had skipped to. */
	if (db_get_int(db, &largest, 0, e, sql, "") == -1 ||
	    restored_get(db, name, &floor, e) == -1)
		return -1;
	if (floor > largest)
		largest = floor;
	return restored_set(db, name, largest + RESTORED_SKIP, e);
}

static int
restored_year(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	return gmtime_r(&t, &tm) == NULL ? 1970 : tm.tm_year + 1900;
}

/* Case numbers are those of a year; the lost time may reach into this one. */
static int
restored_cases(struct db *db, int64_t at, struct err *e)
{
	int64_t largest, floor;
	char name[48];

	(void)snprintf(
	    name, sizeof(name), "floor_number_%d", restored_year(at));
	if (db_get_int(db, &largest, 0, e,
		"SELECT coalesce(max(number), 0) FROM cases WHERE year = ?",
		"i", (int64_t)restored_year(at)) == -1 ||
	    restored_get(db, name, &floor, e) == -1)
		return -1;
	if (floor > largest)
		largest = floor - 1;
	return restored_set(db, name, largest + RESTORED_SKIP_NUMBERS + 1, e);
}

static int
restored_advisories(struct db *db, struct err *e)
{
	int64_t largest, floor;

	if (db_get_int(db, &largest, 0, e,
		"SELECT coalesce(max(number), 0) FROM advisory", "") == -1 ||
	    restored_get(db, "floor_advisory", &floor, e) == -1)
		return -1;
	if (floor > largest)
		largest = floor - 1;
	return restored_set(
	    db, "floor_advisory", largest + RESTORED_SKIP_NUMBERS + 1, e);
}

int
restored_mark(struct db *db, int64_t now, int64_t made, struct err *e)
{
	if (restored_set(db, "restored_at", now, e) == -1 ||
	    restored_set(db, "restored_hold", 1, e) == -1 ||
	    restored_floor(db, "floor_message",
		"SELECT coalesce(max(id), 0) FROM message", e) == -1 ||
	    restored_floor(db, "floor_cases",
		"SELECT coalesce(max(id), 0) FROM cases", e) == -1 ||
	    restored_floor(db, "floor_delivery",
		"SELECT coalesce(max(id), 0) FROM delivery", e) == -1 ||
	    restored_floor(db, "floor_vault_key",
		"SELECT coalesce(max(id), 0) FROM vault_key", e) == -1 ||
	    restored_advisories(db, e) == -1 ||
	    restored_cases(db, made, e) == -1)
		return -1;
	return restored_year(made) == restored_year(now)
		   ? 0
		   : restored_cases(db, now, e);
}

int
restored_at(struct db *db, int64_t *at, struct err *e)
{
	return restored_get(db, "restored_at", at, e);
}

int
restored_holds(struct db *db, bool *holds, struct err *e)
{
	int64_t value;

	if (restored_get(db, "restored_hold", &value, e) == -1)
		return -1;
	*holds = value != 0;
	return 0;
}

int
restored_release(struct db *db, struct err *e)
{
	return restored_set(db, "restored_hold", 0, e);
}
