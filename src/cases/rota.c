#include "cases/rota.h"

#include <stdlib.h>

#include "base/alloc.h"
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
rota_json(struct db *db, json_t **out, struct err *e)
{
	json_t *list = json_array();
	struct db_row *row;
	int rc;

	*out = NULL;
	rc = db_query(db, &row, e,
	    "SELECT c.id, c.name, r.since FROM rota r JOIN contact c"
	    " ON c.id = r.contact WHERE c.removed_at IS NULL ORDER BY c.id",
	    "");
	while (rc != -1 && (rc = db_step(row, e)) == 1)
		json_array_append_new(
		    list, json_pack("{s:o, s:s, s:o}", "contact",
			      value_column(row, 0), "name", db_text(row, 1),
			      "since", value_column_time(row, 2)));
	if (rc == -1) {
		json_decref(list);
		return -1;
	}
	*out = list;
	return 0;
}

int
rota_ids(struct db *db, int64_t **id, size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*id = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT c.id FROM rota r JOIN contact c ON c.id = r.contact"
		" WHERE c.removed_at IS NULL ORDER BY c.id",
		"") == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*id = xgrow(*id, *count, sizeof(**id));
		(*id)[(*count)++] = db_int(row, 0);
	}
	if (rc == 0)
		return 0;
	free(*id);
	*id = NULL;
	*count = 0;
	return -1;
}

int
rota_alone(struct db *db, int64_t contact, bool *alone, struct err *e)
{
	int64_t others, own;

	if (db_get_int(db, &others, 0, e,
		"SELECT COUNT(*) FROM rota r JOIN contact c ON c.id ="
		" r.contact WHERE c.removed_at IS NULL AND c.id <> ?",
		"i", contact) == -1 ||
	    db_get_int(db, &own, 0, e,
		"SELECT COUNT(*) FROM rota WHERE contact = ?", "i",
		contact) == -1)
		return -1;
	*alone = own == 1 && others == 0;
	return 0;
}
