/* command_once.c - that a mail commands once; see command.h. Owns the table
 * command_seen, of protected Message-IDs; what bears a signature that came
 * before is known from freshness.h. */
#include "worker/command.h"

static const char *
command_nonce(const struct reading *r)
{
	return r->inner == NULL ? NULL : r->inner->message_id;
}

int
command_once(
    struct db *db, const struct reading *r, int64_t message, struct err *e)
{
	const char *id = command_nonce(r);

	if (id == NULL)
		return 1;
	if (db_run(db, e,
		"INSERT INTO command_seen (rfc_message_id, message)"
		" VALUES (?, ?) ON CONFLICT (rfc_message_id) DO NOTHING",
		"si", id, message) == -1)
		return -1;
	return db_changed(db) > 0;
}

int
command_seen(struct db *db, const struct reading *r, int64_t message,
    bool *seen, struct err *e)
{
	const char *id = command_nonce(r);
	int64_t by = 0;

	if (id != NULL &&
	    db_get_int(db, &by, 0, e,
		"SELECT message FROM command_seen WHERE rfc_message_id = ?",
		"s", id) == -1)
		return -1;
	*seen = by != 0 && by != message;
	return 0;
}
