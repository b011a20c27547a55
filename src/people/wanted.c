#include "people/wanted.h"

#include <string.h>

#include "store/audit.h"

#define HIDDEN "0000000000000000" /* any key may be meant, RFC 9580 5.1.1 */

const struct attempts wanted_attempts =
    ATTEMPTS("again", "message", WANTED_PAUSE);

static int
add(struct db *db, int64_t message, const struct strs *ids, bool secret,
    struct err *e)
{
	for (size_t i = 0; i < ids->count && i < WANTED_MAX; i++)
		if (db_run(db, e,
			"INSERT OR IGNORE INTO wanted (message, key, secret)"
			" VALUES (?, upper(?), ?)",
			"isi", message, ids->item[i], (int64_t)secret) == -1)
			return -1;
	return 0;
}

int
wanted_set(struct db *db, int64_t message, const struct strs *signers,
    bool closed, const struct strs *recipients, struct err *e)
{
	if (db_run(db, e, "DELETE FROM wanted WHERE message = ?", "i",
		message) == -1 ||
	    add(db, message, signers, false, e) == -1)
		return -1;
	if (!closed)
		return 0;
	if (add(db, message, recipients, true, e) == -1)
		return -1;
	if (recipients->count > 0 && recipients->count <= WANTED_MAX)
		return 0;
	return db_run(db, e,
	    "INSERT OR IGNORE INTO wanted (message, key, secret)"
	    " VALUES (?, '" HIDDEN "', 1)",
	    "i", message);
}

static int
arrived(struct db *db, const char *key, bool secret, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO again (message) SELECT message FROM wanted"
	    " WHERE key = ? AND secret = ?"
	    " ON CONFLICT (message) DO UPDATE SET"
	    " attempts = 0, next_attempt_at = 0",
	    "si", key, (int64_t)secret);
}

int
wanted_arrived(struct db *db, const struct key *k, bool secret, struct err *e)
{
	if (secret && arrived(db, HIDDEN, true, e) == -1)
		return -1;
	for (size_t i = 0; i < k->subkeys; i++) {
		const struct subkey *s = &k->subkey[i];

		/* A subkey that signs is proven by its own signature. */
		if (s->can_sign &&
		    (arrived(db, s->fingerprint, false, e) == -1 ||
			arrived(db, s->key_id, false, e) == -1))
			return -1;
		if (secret && arrived(db, s->key_id, true, e) == -1)
			return -1;
	}
	return 0;
}

int
wanted_bound(struct db *db, const char *fingerprint, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO again (message) SELECT message FROM wanted"
	    " WHERE key = upper(?) AND secret = 0"
	    " ON CONFLICT (message) DO UPDATE SET"
	    " attempts = 0, next_attempt_at = 0",
	    "s", fingerprint);
}

int
wanted_again(struct db *db, int64_t message, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO again (message) SELECT DISTINCT message FROM wanted"
	    " WHERE message = ? ON CONFLICT (message) DO NOTHING",
	    "i", message);
}

int
wanted_due(struct db *db, int64_t now, struct due *out, size_t max,
    size_t *count, struct err *e)
{
	struct db_row *row;

	*count = 0;
	if (db_query(db, &row, e,
		"SELECT message, attempts FROM again"
		" WHERE next_attempt_at <= ? ORDER BY message LIMIT ?",
		"ii", now, (int64_t)max) == -1)
		return -1;
	return due_read(row, out, count, e);
}

int
wanted_next(struct db *db, int64_t now, int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e,
	    "SELECT next_attempt_at FROM again WHERE next_attempt_at > ?"
	    " ORDER BY next_attempt_at LIMIT 1",
	    "i", now);
}

int
wanted_done(struct db *db, int64_t message, struct err *e)
{
	return db_run(
	    db, e, "DELETE FROM again WHERE message = ?", "i", message);
}

int
wanted_abandon(struct db *db, int64_t message, int64_t now, const char *reason,
    struct err *e)
{
	struct audit_entry entry = {.actor = "queue",
	    .event = "message.not-judged-again",
	    .message = message};

	if (db_begin(db, e) == -1)
		return -1;
	if (wanted_done(db, message, e) == 0) {
		entry.detail = json_pack("{s:s}", "reason", reason);
		if (audit_add(db, now, &entry, e) == 0 && db_commit(db, e) == 0)
			return 0;
	}
	db_rollback(db);
	return err_in(e, "judging message %lld again", (long long)message);
}
