#include "cases/rfc_id.h"

#define RFC_ID_REFERENCES 100 /* of one message that are remembered */
#define RFC_ID_LOOK 2000 /* that a mail is akin to, and may be of its case */

static int
rfc_id_read(
    struct db_row *row, struct rfc_id_place *out, int max, struct err *e)
{
	int n = 0, rc;

	while ((rc = db_step(row, e)) == 1) {
		if (n == max)
			continue;
		out[n++] = (struct rfc_id_place){.id = db_int(row, 0),
		    .cases = db_int(row, 1),
		    .ours = db_int(row, 2) != 0};
	}
	return rc == -1 ? -1 : n;
}

/* A great many may have or name one id: both walk an index no further than they
 * need. What is ours had its id before anybody could take it. */
int
rfc_id_places(struct db *db, const char *rfc_message_id,
    struct rfc_id_place out[RFC_ID_PLACES], struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT m.id, m.cases, 1 FROM draft d"
		" JOIN message m ON m.id = d.message"
		" WHERE d.rfc_message_id = ?1"
		" UNION ALL SELECT * FROM (SELECT id, cases,"
		" direction = 'out' FROM message"
		" WHERE rfc_message_id = ?1 AND step <> 'new'"
		" ORDER BY id LIMIT ?2) ORDER BY 3 DESC, 1 LIMIT ?2",
		"si", rfc_message_id, (int64_t)RFC_ID_PLACES) == -1)
		return -1;
	return rfc_id_read(row, out, RFC_ID_PLACES, e);
}

int
rfc_id_referring(struct db *db, const char *rfc_message_id,
    struct rfc_id_place out[RFC_ID_PLACES], struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT m.id, m.cases, 0 FROM message_reference r"
		" JOIN message m ON m.id = r.message"
		" WHERE r.rfc_message_id = ? AND m.cases IS NOT NULL"
		" ORDER BY r.message LIMIT ?",
		"si", rfc_message_id, (int64_t)RFC_ID_PLACES) == -1)
		return -1;
	return rfc_id_read(row, out, RFC_ID_PLACES, e);
}

int
rfc_id_akin(struct db *db, int64_t message, int64_t cases,
    struct rfc_id_place out[RFC_ID_AKIN], struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT id, cases, 0 FROM message WHERE id IN (SELECT * FROM ("
		" SELECT o.id FROM message_reference r JOIN message o"
		" ON o.rfc_message_id = r.rfc_message_id WHERE r.message = ?1"
		" UNION ALL SELECT q.message FROM message m"
		" JOIN message_reference q"
		" ON q.rfc_message_id = m.rfc_message_id WHERE m.id = ?1"
		" UNION ALL SELECT q.message FROM message_reference r"
		" JOIN message_reference q"
		" ON q.rfc_message_id = r.rfc_message_id WHERE r.message = ?1"
		" LIMIT ?4)) AND cases IS NOT NULL AND cases <> ?2"
		" ORDER BY id DESC LIMIT ?3",
		"iiii", message, cases, (int64_t)RFC_ID_AKIN,
		(int64_t)RFC_ID_LOOK) == -1)
		return -1;
	return rfc_id_read(row, out, RFC_ID_AKIN, e);
}

int
rfc_id_find(struct db *db, const char *rfc_message_id, int64_t *id,
    int64_t *cases, bool *ours, struct err *e)
{
	struct rfc_id_place place[RFC_ID_PLACES] = {{0}};

	*id = *cases = 0;
	*ours = false;
	if (rfc_id_places(db, rfc_message_id, place, e) == -1)
		return -1;
	*id = place[0].id;
	*cases = place[0].cases;
	*ours = place[0].ours;
	return 0;
}

int
rfc_id_adopt(struct db *db, const struct message *parent, struct err *e)
{
	if (parent->cases == 0 || parent->rfc_message_id == NULL)
		return 0;
	return db_run(db, e,
	    "WITH RECURSIVE above (id, depth) AS ("
	    " SELECT ?1, 0 UNION SELECT m.parent, depth + 1 FROM above a"
	    " JOIN message m ON m.id = a.id"
	    " WHERE m.parent IS NOT NULL AND depth < 1000)"
	    " UPDATE message SET parent = ?1 WHERE id IN"
	    " (SELECT message FROM message_reference"
	    "  WHERE rfc_message_id = ?2) AND cases = ?3"
	    " AND id NOT IN (SELECT id FROM above) AND (parent IS NULL OR"
	    " EXISTS (SELECT 1 FROM message p JOIN message_reference q"
	    " ON q.rfc_message_id = p.rfc_message_id JOIN message_reference r"
	    " ON r.message = q.message WHERE p.id = message.parent"
	    " AND q.message = message.id AND r.rfc_message_id = ?2"
	    " AND q.rowid < r.rowid))",
	    "isi", parent->id, parent->rfc_message_id, parent->cases);
}

int
rfc_id_refer(struct db *db, int64_t id, const struct strs *rfc_message_ids,
    struct err *e)
{
	size_t from = rfc_message_ids->count > RFC_ID_REFERENCES
			  ? rfc_message_ids->count - RFC_ID_REFERENCES
			  : 0;

	for (size_t i = from; i < rfc_message_ids->count; i++)
		if (db_run(db, e,
			"INSERT INTO message_reference"
			" (rfc_message_id, message) VALUES (?, ?)"
			" ON CONFLICT (rfc_message_id, message) DO NOTHING",
			"si", rfc_message_ids->item[i], id) == -1)
			return -1;
	return 0;
}
