#include "cases/absence.h"

int
absence_is(struct db *db, int64_t contact, int64_t now, bool *is, struct err *e)
{
	int64_t count;

	if (db_get_int(db, &count, 0, e,
		"SELECT count(*) FROM absence WHERE contact = ? AND until > ?",
		"ii", contact, now) == -1)
		return -1;
	*is = count > 0;
	return 0;
}

int
absence_message(struct db *db, int64_t contact, int64_t now, int64_t *message,
    struct err *e)
{
	return db_get_int(db, message, 0, e,
	    "SELECT message FROM absence WHERE contact = ? AND until > ?", "ii",
	    contact, now);
}

int
absence_begin(struct db *db, int64_t contact, int64_t message, int64_t now,
    bool *first, struct err *e)
{
	bool was;

	if (absence_is(db, contact, now, &was, e) == -1)
		return -1;
	*first = !was;
	return db_run(db, e,
	    "INSERT INTO absence (contact, since, until, message)"
	    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (contact) DO UPDATE SET"
	    " since = CASE WHEN until > ?2 THEN since ELSE ?2 END,"
	    " until = ?3, message = ?4",
	    "iiii", contact, now, now + ABSENCE_LASTS, message);
}

int
absence_end(struct db *db, int64_t contact, struct err *e)
{
	return db_run(
	    db, e, "DELETE FROM absence WHERE contact = ?", "i", contact);
}
