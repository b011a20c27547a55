/* How a handover ends: apart from the rest, as the queue does it. */
#include "cases/handover.h"

#include "people/role.h"
#include "store/audit.h"

int
handover_end(struct db *db, int64_t now, const struct handover *h,
    const char *actor, struct err *e)
{
	struct audit_entry entry = {.actor = actor,
	    .event = "contact.handover-ended",
	    .cases = h->cases,
	    .contact = h->old};

	if (role_observe(db, h->old, e) == -1 ||
	    db_run(db, e, "DELETE FROM rota WHERE contact = ?", "i", h->old) ==
		-1 ||
	    db_run(db, e,
		"UPDATE rota_absence SET substitute = ?2 WHERE substitute = ?1"
		" AND contact <> ?2",
		"ii", h->old, h->new) == -1 ||
	    db_run(db, e, "UPDATE handover SET ended_at = ? WHERE id = ?", "ii",
		now, h->id) == -1)
		return -1;
	entry.detail = json_pack("{s:I, s:I}", "handover", (json_int_t)h->id,
	    "new", (json_int_t)h->new);
	return audit_add(db, now, &entry, e);
}

#define HANDOVER_COLUMNS                                                       \
	"SELECT id, old, new, cases, at, until, COALESCE(ended_at, 0)"         \
	" FROM handover"

static void
handover_fill(const struct db_row *row, struct handover *out)
{
	*out = (struct handover){.id = db_int(row, 0),
	    .old = db_int(row, 1),
	    .new = db_int(row, 2),
	    .cases = db_int(row, 3),
	    .at = db_int(row, 4),
	    .until = db_int(row, 5),
	    .ended_at = db_int(row, 6)};
}

int
handover_get(struct db *db, int64_t id, struct handover *out, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e, HANDOVER_COLUMNS " WHERE id = ?", "i", id) ==
	    -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1)
		handover_fill(row, out);
	db_end(row);
	if (rc == 0)
		return err_set(
		    e, ERR_NOINPUT, "there is no handover %lld", (long long)id);
	return rc == 1 ? 0 : -1;
}

int
handover_next(struct db *db, int64_t now, int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e,
	    "SELECT min(until) FROM handover WHERE ended_at IS NULL"
	    " AND until > ?",
	    "i", now);
}

int
handover_end_due(struct db *db, int64_t now, struct err *e)
{
	for (;;) {
		struct handover h;
		int64_t id;

		if (db_get_int(db, &id, 0, e,
			"SELECT id FROM handover WHERE ended_at IS NULL"
			" AND until <= ? ORDER BY until, id LIMIT 1",
			"i", now) == -1)
			return -1;
		if (id == 0)
			return 0;
		if (db_begin(db, e) == -1)
			return -1;
		if (handover_get(db, id, &h, e) == -1 ||
		    handover_end(db, now, &h, "queue", e) == -1 ||
		    db_commit(db, e) == -1) {
			db_rollback(db);
			return err_in(e, "handover %lld", (long long)id);
		}
	}
}
