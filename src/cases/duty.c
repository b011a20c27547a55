#include "cases/duty.h"

int
duty_add(struct db *db, int64_t message, bool owed, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO duty (message, owed) VALUES (?, ?)"
	    " ON CONFLICT (message) DO NOTHING",
	    "ii", message, (int64_t)owed);
}

int
duty_get(struct db *db, int64_t message, struct duty *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct duty){.owed = false};
	if (db_query(db, &row, e,
		"SELECT owed, seen_at, seen_by, settled_at, settled_by"
		" FROM duty WHERE message = ?",
		"i", message) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*out = (struct duty){.owed = db_int(row, 0) != 0 && db_is_null(row, 3),
	    .seen_at = db_int(row, 1),
	    .seen_by = db_int(row, 2),
	    .settled_at = db_int(row, 3),
	    .settled_by = db_int(row, 4)};
	db_end(row);
	return 1;
}

int
duty_seen(
    struct db *db, int64_t message, int64_t contact, int64_t now, struct err *e)
{
	return db_run(db, e,
	    "UPDATE duty SET seen_at = ?, seen_by = NULLIF(?, 0)"
	    " WHERE message = ? AND seen_at IS NULL",
	    "iii", now, contact, message);
}

/* Who works on a case has seen its mail, but RED that they may not read. */
int
duty_seen_case(
    struct db *db, int64_t cases, int64_t contact, int64_t now, struct err *e)
{
	return db_run(db, e,
	    "UPDATE duty SET seen_at = ?1, seen_by = NULLIF(?2, 0)"
	    " WHERE seen_at IS NULL AND message IN"
	    " (SELECT m.id FROM message m WHERE m.cases = ?3"
	    " AND (m.label IS NOT 'RED' OR m.sender_contact = ?2"
	    " OR EXISTS (SELECT 1 FROM reader r WHERE r.message = m.id"
	    " AND r.contact = ?2) OR EXISTS (SELECT 1 FROM contact_role p"
	    " WHERE p.contact = ?2 AND p.role IN ('poc', 'deputy'))))",
	    "iii", now, contact, cases);
}

int
duty_answered(
    struct db *db, const struct duty_answer *a, int64_t now, struct err *e)
{
	if (db_run(db, e,
		"UPDATE duty SET settled_at = ?1, settled_by = NULLIF(?2, 0)"
		" WHERE settled_at IS NULL AND message IN"
		" (SELECT m.id FROM message m WHERE m.cases = ?3 AND"
		" (m.id = ?4 OR m.sender_address = ?5"
		" OR (?6 <> 0 AND m.sender_contact = ?6)"
		" OR m.sender_address = (SELECT t.sender_address FROM message t"
		" WHERE t.id = ?4)))",
		"iiiisi", now, a->by, a->cases, a->answers, a->address,
		a->contact) == -1)
		return -1;
	return duty_seen_case(db, a->cases, a->by, now, e);
}

int
duty_settle(
    struct db *db, int64_t message, int64_t by, int64_t now, struct err *e)
{
	return db_run(db, e,
	    "UPDATE duty SET settled_at = ?, settled_by = NULLIF(?, 0)"
	    " WHERE message = ? AND owed <> 0 AND settled_at IS NULL",
	    "iii", now, by, message);
}

int
duty_settle_case(
    struct db *db, int64_t cases, int64_t by, int64_t now, struct err *e)
{
	return db_run(db, e,
	    "UPDATE duty SET settled_at = ?, settled_by = NULLIF(?, 0)"
	    " WHERE owed <> 0 AND settled_at IS NULL AND message IN"
	    " (SELECT id FROM message WHERE cases = ?)",
	    "iii", now, by, cases);
}

int
duty_owes(struct db *db, int64_t cases, int64_t *since, struct err *e)
{
	return db_get_int(db, since, 0, e,
	    "SELECT min(m.received_at) FROM message m JOIN duty d"
	    " ON d.message = m.id WHERE m.cases = ? AND d.owed <> 0"
	    " AND d.settled_at IS NULL",
	    "i", cases);
}

int
duty_told(struct db *db, int64_t message, int64_t now, struct err *e)
{
	return db_run(db, e, "UPDATE duty SET told_at = ? WHERE message = ?",
	    "ii", now, message);
}

int
duty_told_since(struct db *db, int64_t since, int64_t *count, struct err *e)
{
	return db_get_int(db, count, 0, e,
	    "SELECT count(*) FROM duty WHERE told_at > ?", "i", since);
}

int
duty_json(
    struct db *db, int64_t cases, json_t **owed, json_t **unseen, struct err *e)
{
	struct db_row *row;
	int rc;

	*owed = json_array();
	*unseen = json_array();
	rc = db_query(db, &row, e,
	    "SELECT m.id, d.owed <> 0 AND d.settled_at IS NULL,"
	    " d.seen_at IS NULL FROM message m JOIN duty d"
	    " ON d.message = m.id WHERE m.cases = ? ORDER BY m.id",
	    "i", cases);
	while (rc != -1 && (rc = db_step(row, e)) == 1) {
		if (db_int(row, 1))
			json_array_append_new(
			    *owed, json_integer(db_int(row, 0)));
		if (db_int(row, 2))
			json_array_append_new(
			    *unseen, json_integer(db_int(row, 0)));
	}
	if (rc == 0)
		return 0;
	json_decref(*owed);
	json_decref(*unseen);
	*owed = *unseen = NULL;
	return -1;
}
