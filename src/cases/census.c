#include "cases/census.h"

#include <stdio.h>

#include "store/envelope.h"

#define DAY 86400
#define EXPIRING_DAYS 30 /* as KEY_EXPIRING */

static int
census_states(
    struct db *db, const char *sql, struct census_counts *out, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e, sql, "") == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		struct census_count *c = &out->of[out->count];

		if (out->count == CENSUS_STATES) {
			db_end(row);
			return err_set(e, ERR_BUG, "census: too many states");
		}
		(void)snprintf(
		    c->state, sizeof(c->state), "%s", db_text(row, 0));
		c->count = db_int(row, 1);
		out->count++;
	}
	return rc;
}

static int
census_counts(struct db *db, struct census *c, struct err *e)
{
	if (census_states(db,
		"SELECT state, count(*) FROM message GROUP BY state",
		&c->messages, e) == -1 ||
	    census_states(db,
		"SELECT state, count(*) FROM delivery GROUP BY state",
		&c->deliveries, e) == -1 ||
	    census_states(db,
		"SELECT state, count(*) FROM cases GROUP BY state", &c->cases,
		e) == -1)
		return -1;
	return db_get_int(db, &c->owed, 0, e,
	    "SELECT count(*) FROM cases WHERE state IN ('new', 'open', "
	    "'waiting') AND owed <> 0",
	    "");
}

#define CENSUS_LIVE " source NOT LIKE '" ENVELOPE_IMPORT "%'"

static int
census_ages(struct db *db, struct census *c, struct err *e)
{
	/* An archive's mail is old, and nobody waits for it. */
	if (db_get_int(db, &c->received_at, 0, e,
		"SELECT received_at FROM message WHERE" CENSUS_LIVE
		" ORDER BY id DESC LIMIT 1",
		"") == -1 ||
	    db_get_int(db, &c->waiting_since, 0, e,
		"SELECT min(received_at) FROM message"
		" WHERE state = 'received' AND" CENSUS_LIVE,
		"") == -1 ||
	    db_get_int(db, &c->queued_since, 0, e,
		"SELECT min(created_at) FROM delivery WHERE state = 'queued'",
		"") == -1)
		return -1;
	return db_get_int(db, &c->held_since, 0, e,
	    "SELECT min(created_at) FROM delivery WHERE state = 'held'", "");
}

static int
census_keys(struct db *db, int64_t now, struct census *c, struct err *e)
{
	if (db_get_int(db, &c->team_key_expires, 0, e,
		"SELECT min(expires) FROM key"
		" WHERE team <> 0 AND revoked = 0 AND expires <> 0",
		"") == -1)
		return -1;
	return db_get_int(db, &c->keys_expiring, 0, e,
	    "SELECT count(*) FROM contact_key JOIN key"
	    " ON key.fingerprint = contact_key.key"
	    " WHERE revoked = 0 AND expires BETWEEN ? AND ?",
	    "ii", now, now + (int64_t)EXPIRING_DAYS * DAY);
}

int
census_take(struct db *db, int64_t now, struct census *out, struct err *e)
{
	int rc = 0;

	*out = (struct census){0};
	if (db_script(db, "BEGIN", e) == -1)
		return -1;
	if (census_counts(db, out, e) == -1 || census_ages(db, out, e) == -1 ||
	    db_get_int(db, &out->decisions, 0, e,
		"SELECT coalesce(max(id), 0) FROM audit", "") == -1 ||
	    census_keys(db, now, out, e) == -1)
		rc = -1;
	db_rollback(db);
	return rc;
}
