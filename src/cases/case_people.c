#include "cases/case_people.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

int
case_participant_add(struct db *db, int64_t now, int64_t id, int64_t contact,
    const char *address, const char *name, struct err *e)
{
	if (db_run(db, e,
		"INSERT INTO case_participant"
		" (cases, contact, address, name, added_at)"
		" VALUES (?, NULLIF(?, 0), ?, ?, ?)"
		" ON CONFLICT (cases, address) DO NOTHING",
		"iissi", id, contact, address, name, now) == -1)
		return -1;
	if (db_changed(db) == 0)
		return 0;
	return case_changed(db, id, e);
}

int
case_participant_remove(struct db *db, int64_t id, int64_t contact,
    const char *address, struct err *e)
{
	if (db_run(db, e,
		"DELETE FROM case_participant WHERE cases = ?1"
		" AND (address = ?2 OR (contact = ?3 AND ?3 <> 0))",
		"isi", id, address, contact) == -1)
		return -1;
	if (db_changed(db) == 0)
		return err_set(
		    e, ERR_NOINPUT, "%s takes no part in the case", address);
	return case_changed(db, id, e);
}

int
case_affected_add(struct db *db, int64_t id, const char *address, struct err *e)
{
	if (db_run(db, e,
		"INSERT INTO case_affected (cases, address) VALUES (?, ?)"
		" ON CONFLICT (cases, address) DO NOTHING",
		"is", id, address) == -1)
		return -1;
	return db_changed(db) == 0 ? 0 : case_changed(db, id, e);
}

int
case_affected_remove(
    struct db *db, int64_t id, const char *address, struct err *e)
{
	if (db_run(db, e,
		"DELETE FROM case_affected WHERE cases = ? AND address = ?",
		"is", id, address) == -1)
		return -1;
	if (db_changed(db) == 0)
		return err_set(e, ERR_NOINPUT,
		    "%s is no affected party of the case", address);
	return case_changed(db, id, e);
}

int
case_affects(struct db *db, int64_t id, const char *address, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM case_affected WHERE cases = ?"
		" AND address = ?",
		"is", id, address) == -1)
		return -1;
	return n > 0;
}

int
case_reader_add(struct db *db, int64_t id, int64_t contact, struct err *e)
{
	if (db_run(db, e,
		"INSERT INTO case_reader (cases, contact) VALUES (?, ?)"
		" ON CONFLICT (cases, contact) DO NOTHING",
		"ii", id, contact) == -1)
		return -1;
	return db_changed(db) == 0 ? 0 : case_changed(db, id, e);
}

int
case_names(struct db *db, int64_t id, int64_t contact, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM case_reader WHERE cases = ?"
		" AND contact = ?",
		"ii", id, contact) == -1)
		return -1;
	return n > 0;
}

int
case_participates(struct db *db, int64_t id, int64_t contact,
    const char *address, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM case_participant WHERE cases = ?1"
		" AND (address = ?2 OR (contact = ?3 AND ?3 <> 0))",
		"isi", id, address, contact) == -1)
		return -1;
	return n > 0;
}

int
case_participants(struct db *db, int64_t id, struct strs *out, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT address FROM case_participant WHERE cases = ?"
		" ORDER BY added_at, address LIMIT 1000",
		"i", id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		strs_add(out, db_text(row, 0));
	return rc;
}

int
case_has_organisation(struct db *db, int64_t id, const char *organisation,
    bool *has, struct err *e)
{
	int64_t n;

	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM case_participant p"
		" JOIN contact c ON c.id = p.contact"
		" JOIN organisation o ON o.id = c.organisation"
		" WHERE p.cases = ? AND o.name = ?",
		"is", id, organisation) == -1)
		return -1;
	*has = n > 0;
	return 0;
}
