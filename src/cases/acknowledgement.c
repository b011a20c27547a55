#include "cases/acknowledgement.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/domain.h"

#define HOUR INT64_C(3600) /* seconds */
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)
#define KNOWN_HOURLY 3 /* to one address: two machines would be faster */

#define DOMAIN_DAILY 10 /* to strangers of one organisation */

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

/* What an organisation registered, of an address; the caller's. */
static char *
acknowledgement_domain(const char *address)
{
	const char *at = strrchr(address, '@');
	char *ascii = domain_ascii(at == NULL ? "" : at + 1);
	char *out = xstrdup(domain_organisation(ascii));

	free(ascii);
	return out;
}

/*
 * How many went to addresses of address's organisation after a time: a machine
 * that writes under a new name each time is a stranger each time.
 */
static int
acknowledgement_neighbours(struct db *db, const char *address, int64_t after,
    int64_t *count, struct err *e)
{
	char *ours = acknowledgement_domain(address);
	struct db_row *row;
	int rc;

	*count = 0;
	if (db_query(db, &row, e,
		"SELECT address FROM acknowledgement WHERE at > ?", "i",
		after) == -1) {
		free(ours);
		return -1;
	}
	while ((rc = db_step(row, e)) == 1) {
		char *theirs = acknowledgement_domain(db_text(row, 0));

		*count += strcmp(ours, theirs) == 0;
		free(theirs);
	}
	free(ours);
	return rc;
}

int
acknowledgement_refused(struct db *db, int64_t now, int64_t hourly,
    const struct acknowledgement *a, const char **why, struct err *e)
{
	int64_t same, week, hour, all, near = 0;

	if (db_get_int(db, &same, 0, e,
		"SELECT COUNT(*) FROM acknowledgement WHERE address = ?"
		" AND cases = ?",
		"si", a->address, a->cases) == -1 ||
	    acknowledgement_count(db, a->address, now - WEEK, &week, e) == -1 ||
	    acknowledgement_count(db, a->address, now - HOUR, &hour, e) == -1 ||
	    acknowledgement_count(db, NULL, now - HOUR, &all, e) == -1 ||
	    (!a->known && acknowledgement_neighbours(
			      db, a->address, now - DAY, &near, e) == -1))
		return -1;
	*why = same > 0		       ? "again-in-case"
	       : !a->known && week > 0 ? "again-in-week"
	       : hour >= KNOWN_HOURLY  ? "too-often"
	       : near >= DOMAIN_DAILY  ? "domain-ceiling"
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
