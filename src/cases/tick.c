#include "cases/tick.h"

#include "store/value.h"

int
tick_set(struct db *db, int64_t now, int64_t cases, const char *checklist,
    const char *item, int64_t contact, struct err *e)
{
	if (db_run(db, e,
		"INSERT INTO case_tick (cases, checklist, item, at, contact)"
		" VALUES (?, ?, ?, ?, NULLIF(?, 0))"
		" ON CONFLICT (cases, checklist, item) DO NOTHING",
		"issii", cases, checklist, item, now, contact) == -1)
		return -1;
	return db_changed(db) > 0
		   ? 0
		   : err_set(e, ERR_DATA, "that item is ticked already");
}

int
tick_clear(struct db *db, int64_t cases, const char *checklist,
    const char *item, struct err *e)
{
	if (db_run(db, e,
		"DELETE FROM case_tick WHERE cases = ? AND checklist = ?"
		" AND item = ?",
		"iss", cases, checklist, item) == -1)
		return -1;
	return db_changed(db) > 0
		   ? 0
		   : err_set(e, ERR_DATA, "that item is not ticked");
}

static json_t *
tick_object(size_t n, const char *text, json_t *at, json_t *contact)
{
	return json_pack("{s:o, s:s, s:o, s:o}", "n",
	    n == 0 ? json_null() : json_integer((json_int_t)n), "text", text,
	    "ticked_at", at, "contact", contact);
}

static int
tick_item(struct db *db, int64_t cases, const char *checklist, size_t n,
    const char *item, json_t *list, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT at, contact FROM case_tick WHERE cases = ?"
		" AND checklist = ? AND item = ?",
		"iss", cases, checklist, item) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1) {
		json_array_append_new(
		    list, tick_object(n, item, value_column_time(row, 0),
			      value_column(row, 1)));
		db_end(row);
	} else if (rc == 0) {
		json_array_append_new(
		    list, tick_object(n, item, json_null(), json_null()));
	}
	return rc == -1 ? -1 : 0;
}

static int
tick_others(struct db *db, int64_t cases, const char *checklist,
    const struct strs *items, json_t *list, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT checklist = ?2, item, at, contact FROM case_tick"
		" WHERE cases = ?1 ORDER BY at, item",
		"is", cases, checklist) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		if (db_int(row, 0) != 0 && strs_has(items, db_text(row, 1)))
			continue;
		json_array_append_new(
		    list, tick_object(0, db_text(row, 1),
			      value_column_time(row, 2), value_column(row, 3)));
	}
	return rc;
}

int
tick_json(struct db *db, int64_t cases, const char *checklist,
    const struct strs *items, json_t **out, struct err *e)
{
	json_t *list = json_array();
	int rc = 0;

	*out = NULL;
	for (size_t i = 0; i < items->count && rc == 0; i++)
		rc = tick_item(
		    db, cases, checklist, i + 1, items->item[i], list, e);
	if (rc == 0)
		rc = tick_others(db, cases, checklist, items, list, e);
	if (rc == -1) {
		json_decref(list);
		return -1;
	}
	*out = list;
	return 0;
}
