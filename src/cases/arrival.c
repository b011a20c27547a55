#include "cases/arrival.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static void
arrival_add(struct strs *out, const struct mailboxes *l)
{
	for (size_t i = 0; i < l->count && out->count < ARRIVAL_RECIPIENTS; i++)
		strs_add_once(out, l->item[i].address);
}

int
arrival_recipients(struct db *db, int64_t message, const struct head *head,
    struct strs *out, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT recipient FROM envelope WHERE message = ?"
		" AND recipient <> '' ORDER BY recipient LIMIT ?",
		"ii", message, (int64_t)ARRIVAL_RECIPIENTS) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		strs_add(out, db_text(row, 0));
	if (rc == -1)
		return -1;
	if (head != NULL) {
		arrival_add(out, &head->to);
		arrival_add(out, &head->cc);
	}
	return 0;
}

int
arrival_addressees(struct db *db, int64_t message, const struct head *inner,
    const struct head *outer, struct strs *out, size_t *inside, struct err *e)
{
	for (size_t i = 0; inner != NULL && i < inner->to.count; i++)
		strs_add(out, inner->to.item[i].address);
	for (size_t i = 0; inner != NULL && i < inner->cc.count; i++)
		strs_add(out, inner->cc.item[i].address);
	*inside = out->count;
	return arrival_recipients(db, message, outer, out, e);
}

int
arrival_sender(struct db *db, int64_t message, char **out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	if (db_query(db, &row, e,
		"SELECT MIN(sender), COUNT(DISTINCT sender) FROM envelope"
		" WHERE message = ?",
		"i", message) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	if (db_int(row, 1) == 1)
		*out = xstrdup_null(db_text(row, 0));
	db_end(row);
	return 0;
}
