#include "cases/case_link.h"

#include "store/value.h"

int
case_link_add(struct db *db, int64_t now, int64_t cases, int64_t other,
    const char *kind, int64_t message, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO case_link (cases, other, kind, message, at)"
	    " VALUES (?, ?, ?, NULLIF(?, 0), ?)"
	    " ON CONFLICT (cases, other, kind) DO NOTHING",
	    "iisii", cases, other, kind, message, now);
}

int
case_link_list(struct db *db, int64_t cases, json_t **out, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT 'merged-into', o.name, NULL, NULL FROM cases c"
		" JOIN cases o ON o.id = c.merged_into WHERE c.id = ?1"
		" UNION ALL SELECT 'merged', name, NULL, NULL FROM cases"
		"  WHERE merged_into = ?1"
		" UNION ALL SELECT CASE kind WHEN 'split' THEN 'split-from'"
		"  ELSE kind END, o.name, l.message, l.at FROM case_link l"
		"  JOIN cases o ON o.id = l.other WHERE l.cases = ?1"
		" UNION ALL SELECT CASE kind WHEN 'split' THEN 'split-into'"
		"  ELSE kind || '-by' END, o.name, l.message, l.at"
		"  FROM case_link l JOIN cases o ON o.id = l.cases"
		"  WHERE l.other = ?1 ORDER BY 2, 1 LIMIT 1000",
		"i", cases) == -1)
		return -1;
	*out = json_array();
	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(*out,
		    json_pack("{s:s, s:s, s:o, s:o}", "case", db_text(row, 1),
			"kind", db_text(row, 0), "message",
			value_column(row, 2), "at", value_column_time(row, 3)));
	if (rc == -1)
		json_decref(*out);
	return rc;
}
