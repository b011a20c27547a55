#include "cases/rota.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/value.h"

int
rota_set(struct db *db, int64_t now, const int64_t *contact, size_t count,
    struct err *e)
{
	if (db_run(db, e, "DELETE FROM rota", "") == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (db_run(db, e,
			"INSERT INTO rota (contact, since) VALUES (?, ?)"
			" ON CONFLICT (contact) DO NOTHING",
			"ii", contact[i], now) == -1)
			return -1;
	return 0;
}

int
rota_absent(struct db *db, int64_t now, int64_t contact, int64_t until,
    int64_t substitute, struct err *e)
{
	if (until == 0)
		return db_run(db, e,
		    "DELETE FROM rota_absence WHERE contact = ?", "i", contact);
	return db_run(db, e,
	    "INSERT INTO rota_absence (contact, since, until, substitute)"
	    " VALUES (?, ?, ?, NULLIF(?, 0)) ON CONFLICT (contact) DO UPDATE"
	    " SET since = excluded.since, until = excluded.until,"
	    " substitute = excluded.substitute",
	    "iiii", contact, now, until, substitute);
}

#define ROTA_AWAY(contact, now)                                                \
	" EXISTS (SELECT 1 FROM rota_absence a WHERE a.contact = " contact     \
	" AND a.until > " now ")"

int
rota_on_duty(
    struct db *db, int64_t now, int64_t **contact, size_t *count, struct err *e)
{
	return db_get_ids(db, contact, count, e,
	    "SELECT c.id FROM contact c WHERE c.removed_at IS NULL"
	    " AND NOT" ROTA_AWAY("c.id",
		"?1") " AND ("
		      " c.id IN (SELECT contact FROM rota) OR c.id IN"
		      " (SELECT b.substitute FROM rota_absence b JOIN rota "
		      "r"
		      " ON r.contact = b.contact WHERE b.until > ?1)) "
		      "ORDER BY c.id",
	    "i", now);
}

int
rota_json(struct db *db, json_t **out, struct err *e)
{
	json_t *list = json_array();
	struct db_row *row;
	int rc;

	*out = NULL;
	rc = db_query(db, &row, e,
	    "SELECT c.id, c.name, r.since, a.until, a.substitute FROM rota r"
	    " JOIN contact c ON c.id = r.contact LEFT JOIN rota_absence a"
	    " ON a.contact = r.contact AND a.until > ?"
	    " WHERE c.removed_at IS NULL ORDER BY c.id",
	    "i", clock_now(NULL));
	while (rc != -1 && (rc = db_step(row, e)) == 1)
		json_array_append_new(
		    list, json_pack("{s:o, s:s, s:o, s:o, s:o}", "contact",
			      value_column(row, 0), "name", db_text(row, 1),
			      "since", value_column_time(row, 2),
			      "absent_until", value_column_time(row, 3),
			      "substitute", value_column(row, 4)));
	if (rc == -1) {
		json_decref(list);
		return -1;
	}
	*out = list;
	return 0;
}

int
rota_is_away(
    struct db *db, int64_t now, int64_t contact, bool *is, struct err *e)
{
	int64_t count;

	if (db_get_int(db, &count, 0, e,
		"SELECT count(*) FROM rota_absence WHERE contact = ?"
		" AND until > ?",
		"ii", contact, now) == -1)
		return -1;
	*is = count > 0;
	return 0;
}

int
rota_alone(struct db *db, int64_t contact, bool *alone, struct err *e)
{
	int64_t *on;
	size_t count;

	if (rota_on_duty(db, clock_now(NULL), &on, &count, e) == -1)
		return -1;
	*alone = count == 1 && on[0] == contact;
	free(on);
	return 0;
}
