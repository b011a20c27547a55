#include <stdlib.h>

#include "base/alloc.h"
#include "cases/alarm.h"
#include "cases/case.h"
#include "cases/deadline.h"
#include "cases/reseal.h"

int
deadline_ids(
    struct db *db, int64_t cases, int64_t evidence, json_t *list, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT id FROM deadline WHERE cases = ?1"
		" AND (?2 = 0 OR evidence = ?2) ORDER BY id",
		"ii", cases, evidence) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(list, json_integer(db_int(row, 0)));
	return rc;
}

/* What a web form gave as the receipt of one stage. */
static int
move_receipt(struct db *db, struct vault *v, const struct db_row *row,
    int64_t from, int64_t to, struct err *e)
{
	char context[48];
	struct buf sealed;
	const void *was;
	size_t len;
	int rc;

	if (db_is_null(row, 1))
		return 0;
	case_context(context, "receipt", db_int(row, 0));
	was = db_blob(row, 1, &len);
	buf_init(&sealed, RESEAL_MAX);
	rc =
	    reseal_text(db, v, &(struct reseal_way){from, to, context, context},
		was, len, &sealed, e);
	if (rc == 0 && sealed.len > 0)
		rc = db_run(db, e,
		    "UPDATE deadline_stage SET receipt_sealed = ? WHERE id = ?",
		    "bi", &sealed, db_int(row, 0));
	buf_free(&sealed);
	return rc;
}

int
deadline_move(struct db *db, struct vault *v, int64_t id, int64_t from,
    int64_t to, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_run(db, e,
		"UPDATE deadline SET cases = ? WHERE id = ?"
		" AND cases = ?",
		"iii", to, id, from) == -1)
		return -1;
	if (db_changed(db) == 0)
		return 0;
	if (db_query(db, &row, e,
		"SELECT id, receipt_sealed FROM deadline_stage"
		" WHERE deadline = ? ORDER BY id",
		"i", id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		if (move_receipt(db, v, row, from, to, e) == -1 ||
		    alarm_follow(db, ALARM_DEADLINE, db_int(row, 0), to, e) ==
			-1) {
			db_end(row);
			return -1;
		}
	return rc;
}
