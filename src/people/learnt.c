#include "people/learnt.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

void
learnt_free(struct learnt *l)
{
	free(l->address);
	*l = (struct learnt){0};
}

int
learnt_add(struct db *db, const struct learnt *l, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO learnt_key"
	    " (address, key, source, sum, waits, message, at)"
	    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE"
	    " (SELECT count(*) FROM learnt_key WHERE address = ?1) < ?8"
	    " ON CONFLICT (address, key) DO NOTHING",
	    "ssssiiii", l->address, l->fingerprint, l->source, l->sum,
	    (int64_t)l->waits, l->message, l->at, (int64_t)LEARNT_MAX);
}

int
learnt_replace(struct db *db, const struct learnt *l, struct err *e)
{
	if (db_run(db, e,
		"DELETE FROM learnt_key WHERE address = ?"
		" AND (waits = 0 OR key = ?)",
		"ss", l->address, l->fingerprint) == -1)
		return -1;
	return learnt_add(db, l, e);
}

#define LEARNT_COLUMNS "address, key, source, sum, waits, message, at"

/* Takes the row, of which there is one or none. */
static int
learnt_one(struct db_row *row, struct learnt *out, struct err *e)
{
	int rc = db_step(row, e);

	*out = (struct learnt){0};
	if (rc != 1)
		return rc;
	out->address = xstrdup(db_text(row, 0));
	(void)snprintf(
	    out->fingerprint, sizeof(out->fingerprint), "%s", db_text(row, 1));
	(void)snprintf(out->source, sizeof(out->source), "%s", db_text(row, 2));
	(void)snprintf(out->sum, sizeof(out->sum), "%s", db_text(row, 3));
	out->waits = db_int(row, 4) != 0;
	out->message = db_int(row, 5);
	out->at = db_int(row, 6);
	db_end(row);
	return 0;
}

int
learnt_used(
    struct db *db, const char *address, struct learnt *out, struct err *e)
{
	struct db_row *row;

	*out = (struct learnt){0};
	if (db_query(db, &row, e,
		"SELECT " LEARNT_COLUMNS " FROM learnt_key"
		" WHERE address = ? AND waits = 0 LIMIT 1",
		"s", address) == -1)
		return -1;
	return learnt_one(row, out, e);
}

int
learnt_has(struct db *db, const char *address, const char *fingerprint,
    bool *has, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT count(*) FROM learnt_key WHERE address = ?"
		" AND key = ?",
		"ss", address, fingerprint) == -1)
		return -1;
	*has = n > 0;
	return 0;
}

int
learnt_by_key(
    struct db *db, const char *fingerprint, struct learnt *out, struct err *e)
{
	struct db_row *row;

	*out = (struct learnt){0};
	if (db_query(db, &row, e,
		"SELECT " LEARNT_COLUMNS " FROM learnt_key WHERE key = ?"
		" ORDER BY at, address LIMIT 1",
		"s", fingerprint) == -1)
		return -1;
	return learnt_one(row, out, e);
}
