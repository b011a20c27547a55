#include "people/version.h"

int
people_changed(struct db *db, struct err *e)
{
	return db_run(db, e,
	    "UPDATE meta SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)"
	    " WHERE name = 'people_version'",
	    "");
}

int
people_version(struct db *db, int64_t *version, struct err *e)
{
	return db_get_int(db, version, 0, e,
	    "SELECT CAST(value AS INTEGER) FROM meta"
	    " WHERE name = 'people_version'",
	    "");
}
