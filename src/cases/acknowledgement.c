#include "cases/acknowledgement.h"

#define HOUR INT64_C(3600) /* seconds */
#define WEEK (7 * 24 * HOUR)
#define KNOWN_HOURLY 3 /* to one address: two machines would be faster */

/* How many were sent to an address (NULL: to anybody) after a time. */
static int
acknowledgement_count(struct db *db, const char *address, int64_t after,
    int64_t *count, struct err *e)
{
	return db_get_int(db, count, 0, e,
	    "SELECT COUNT(*) FROM acknowledgement WHERE at > ?1"
	    " AND (?2 IS NULL OR address = ?2)",
	    "is", after, address);
}

int
acknowledgement_refused(struct db *db, int64_t now, int64_t hourly,
    const struct acknowledgement *a, const char **why, struct err *e)
{
	int64_t same, week, hour, all;

	if (db_get_int(db, &same, 0, e,
		"SELECT COUNT(*) FROM acknowledgement WHERE address = ?"
		" AND cases = ?",
		"si", a->address, a->cases) == -1 ||
	    acknowledgement_count(db, a->address, now - WEEK, &week, e) == -1 ||
	    acknowledgement_count(db, a->address, now - HOUR, &hour, e) == -1 ||
	    acknowledgement_count(db, NULL, now - HOUR, &all, e) == -1)
		return -1;
	*why = same > 0		       ? "again-in-case"
	       : !a->known && week > 0 ? "again-in-week"
	       : hour >= KNOWN_HOURLY  ? "too-often"
	       : all >= hourly	       ? "hourly-ceiling"
				       : NULL;
	return 0;
}

int
acknowledgement_add(struct db *db, int64_t now, int64_t hourly,
    const struct acknowledgement *a, struct err *e)
{
	const char *why;

	if (acknowledgement_refused(db, now, hourly, a, &why, e) == -1)
		return -1;
	if (why != NULL)
		return 0;
	if (db_run(db, e,
		"INSERT INTO acknowledgement (address, cases, at)"
		" VALUES (?, ?, ?)",
		"sii", a->address, a->cases, now) == -1)
		return -1;
	return 1;
}
