#include "queue/delivery_act.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "people/membership.h"
#include "people/bouncing.h"
#include "queue/untold.h"
#include "store/restored.h"

void
delivery_facts_of_free(struct delivery_facts_of *d)
{
	free(d->recipient);
	free(d->kind);
	free(d->state);
	free(d->rule);
	free(d->label);
	*d = (struct delivery_facts_of){0};
}

int
delivery_facts_read(
    struct db *db, int64_t id, struct delivery_facts_of *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct delivery_facts_of){.id = id};
	if (db_query(db, &row, e,
		"SELECT d.message, v.recipient, v.state, v.rule, d.label,"
		" v.encrypted_to IS NULL, d.kind FROM delivery v"
		" JOIN draft d ON d.id = v.draft WHERE v.id = ?",
		"i", id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return err_set(
		    e, ERR_NOINPUT, "there is no delivery %lld", (long long)id);
	out->message = db_int(row, 0);
	out->recipient = xstrdup(db_text(row, 1));
	out->state = xstrdup(db_text(row, 2));
	out->rule = xstrdup(db_text(row, 3));
	out->label = xstrdup(db_text(row, 4));
	out->in_clear = db_int(row, 5) != 0;
	out->kind = xstrdup(db_text(row, 6));
	db_end(row);
	return 0;
}

static int
delivery_act_run(struct db *db, int64_t id, enum delivery_act act, int64_t now,
    struct err *e)
{
	switch (act) {
	case DELIVERY_REJECT:
		return db_run(db, e,
		    "UPDATE delivery SET state = 'cancelled' WHERE"
		    " state = 'held' AND draft IN (SELECT b.id FROM draft a"
		    " JOIN draft b ON b.message = a.message WHERE a.id ="
		    " (SELECT draft FROM delivery WHERE id = ?))",
		    "i", id);
	case DELIVERY_CANCEL:
		/* One that deliver may have in hand by now is too late. */
		return db_run(db, e,
		    "UPDATE delivery SET state = 'cancelled' WHERE id = ?"
		    " AND (state = 'held' OR (state = 'queued' AND"
		    " next_attempt_at > ?))",
		    "ii", id, now);
	case DELIVERY_RETRY:
		return db_run(db, e,
		    "UPDATE delivery SET state = 'queued',"
		    " next_attempt_at = NULL WHERE id = ? AND file IS NOT NULL"
		    " AND state IN ('failed', 'queued')",
		    "i", id);
	}
	return err_set(e, ERR_BUG, "an unknown act on a delivery");
}

int
delivery_act(struct db *db, int64_t id, enum delivery_act act, int64_t now,
    struct err *e)
{
	static const char *const why[] = {"is not held",
	    "has left or is leaving",
	    "has not failed, or bounced after it had left"};

	if (delivery_act_run(db, id, act, now, e) == -1)
		return -1;
	if (db_changed(db) == 0)
		return err_set(
		    e, ERR_DATA, "delivery %lld %s", (long long)id, why[act]);
	return 0;
}

void
delivery_returned_free(struct delivery_returned *d, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(d[i].recipient);
	free(d);
}

#define DELIVERY_RETURNED                                                      \
	"SELECT v.id, v.recipient, d.message, coalesce(m.cases, 0),"           \
	" d.kind IN ('copy', 'notice', 'ask'), v.verp FROM draft d"            \
	" JOIN delivery v ON v.draft = d.id JOIN message m ON m.id ="          \
	" d.message WHERE "

static int
delivery_returned_walk(struct db_row *row, struct delivery_returned **out,
    size_t *count, struct err *e)
{
	int rc;

	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		(*out)[(*count)++] =
		    (struct delivery_returned){.id = db_int(row, 0),
			.recipient = xstrdup(db_text(row, 1)),
			.message = db_int(row, 2),
			.cases = db_int(row, 3),
			.team = db_int(row, 4) != 0,
			.verp = db_int(row, 5) != 0};
	}
	if (rc == 0)
		return 0;
	delivery_returned_free(*out, *count);
	*out = NULL;
	*count = 0;
	return -1;
}

int
delivery_returned(struct db *db, const char *rfc_message_id,
    struct delivery_returned **out, size_t *count, struct err *e)
{
	struct db_row *row;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		DELIVERY_RETURNED "d.rfc_message_id = ? ORDER BY v.id", "s",
		rfc_message_id) == -1)
		return -1;
	return delivery_returned_walk(row, out, count, e);
}

int
delivery_returned_one(struct db *db, int64_t id, struct delivery_returned **out,
    size_t *count, struct err *e)
{
	struct db_row *row;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e, DELIVERY_RETURNED "v.id = ?", "i", id) == -1)
		return -1;
	return delivery_returned_walk(row, out, count, e);
}

int
delivery_bounced(struct db *db, int64_t id, bool failed, int64_t now,
    const char *why, bool *changed, struct err *e)
{
	/* Its bytes are gone since it was sent, so nothing can send it again.
	 */
	int rc = failed ? db_run(db, e,
			      "UPDATE delivery SET state = 'failed',"
			      " file = NULL, last_error = ? WHERE id = ?"
			      " AND state = 'sent'",
			      "si", why, id)
			: db_run(db, e,
			      "UPDATE delivery SET last_error = ? WHERE id = ?"
			      " AND state = 'sent'",
			      "si", why, id);

	if (rc == -1)
		return -1;
	*changed = db_changed(db) > 0;
	if (!*changed || !failed)
		return 0;
	if (bouncing_add(db, id, now, why, e) == -1)
		return -1;
	return untold_failed(db, id, e);
}

int
delivery_is_queued(struct db *db, int64_t id, bool *queued, struct err *e)
{
	int64_t one;

	if (db_get_int(db, &one, 0, e,
		"SELECT 1 FROM delivery WHERE id = ? AND state = 'queued'", "i",
		id) == -1)
		return -1;
	*queued = one != 0;
	return 0;
}

int
delivery_names_file(struct db *db, const char *file, bool *named, struct err *e)
{
	int64_t one;

	if (db_get_int(db, &one, 0, e, "SELECT 1 FROM delivery WHERE file = ?",
		"s", file) == -1)
		return -1;
	*named = one != 0;
	return 0;
}

int
delivery_forget_member(struct db *db, int64_t community, int64_t contact,
    int64_t now, struct err *e)
{
	/* One that deliver may have in hand by now is too late. */
	return db_run(db, e,
	    "UPDATE delivery SET state = 'cancelled' WHERE contact = ?1"
	    " AND (state = 'held' OR (state = 'queued' AND"
	    " next_attempt_at > ?2)) AND draft IN (SELECT d.id FROM draft d"
	    " WHERE d.kind IN ('advisory', 'post') AND d.message IN"
	    " (SELECT message FROM advisory WHERE community = ?3 UNION"
	    " SELECT message FROM community_post WHERE community = ?3))",
	    "iii", contact, now, community);
}

int
delivery_restored(struct db *db, int64_t *count, struct err *e)
{
	if (db_run(db, e,
		"UPDATE delivery SET state = 'held', rule = '" RESTORED_RULE
		"', reason = 'was queued when it was backed up (' || rule ||"
		" '), and may have left since; ' || reason"
		" WHERE state = 'queued'",
		"") == -1)
		return -1;
	*count = db_changed(db);
	return 0;
}

int
delivery_release(
    struct db *db, int64_t id, int64_t now, int64_t *count, struct err *e)
{
	if (db_run(db, e,
		"UPDATE delivery SET state = 'queued', next_attempt_at = ?1,"
		" attempts = 0 WHERE state = 'held' AND rule = '" RESTORED_RULE
		"' AND file IS NOT NULL AND (?2 = 0 OR id = ?2)",
		"ii", now, id) == -1)
		return -1;
	*count = db_changed(db);
	return 0;
}

/* One that deliver may have in hand by now is too late. */
#define DELIVERY_KEPT                                                          \
	" state = 'queued' AND attempts = 0 AND recall_until > ?1"             \
	" AND next_attempt_at > ?1 AND draft IN (SELECT id FROM draft"         \
	" WHERE message = ?2 AND kind NOT IN ('copy', 'notice', 'ask'))"

int
delivery_recallable(
    struct db *db, int64_t message, int64_t now, int64_t *count, struct err *e)
{
	return db_get_int(db, count, 0, e,
	    "SELECT COUNT(*) FROM delivery WHERE" DELIVERY_KEPT, "ii", now,
	    message);
}

int
delivery_recall(struct db *db, int64_t message, int64_t now, const char *why,
    int64_t *count, struct err *e)
{
	if (db_run(db, e,
		"UPDATE delivery SET state = 'cancelled', last_error = ?3"
		" WHERE" DELIVERY_KEPT,
		"iis", now, message, why) == -1)
		return -1;
	*count = db_changed(db);
	return 0;
}

#define DELIVERY_PEOPLES "('answer', 'advisory', 'facts', 'post')"

int
delivery_member_failed(struct db *db, int64_t id, int64_t now,
    int64_t *community, int64_t *contact, struct err *e)
{
	bool disabled = false;

	if (membership_of_delivery(db, id, community, contact, e) == -1)
		return -1;
	if (*community != 0 && *contact != 0 &&
	    membership_bounced(db, now, *community, *contact, &disabled, e) ==
		-1)
		return -1;
	if (disabled)
		return delivery_forget_member(db, *community, *contact, now, e);
	*community = *contact = 0;
	return 0;
}

int
delivery_rejudge(
    struct db *db, int64_t cases, int64_t now, int64_t *count, struct err *e)
{
	/* What is held still has its end; what was released begins anew. */
	if (db_run(db, e,
		"DELETE FROM held WHERE message IN (SELECT d.message"
		" FROM delivery v JOIN draft d ON d.id = v.draft JOIN message m"
		" ON m.id = d.message WHERE m.cases = ?1 AND v.state = 'queued'"
		" AND v.next_attempt_at > ?2 AND d.kind IN " DELIVERY_PEOPLES
		") AND NOT EXISTS (SELECT 1 FROM delivery v JOIN draft d"
		" ON d.id = v.draft WHERE d.message = held.message"
		" AND v.state = 'held' AND d.kind IN " DELIVERY_PEOPLES ")",
		"ii", cases, now) == -1)
		return -1;
	/* One that deliver may have in hand by now is too late. */
	if (db_run(db, e,
		"UPDATE delivery SET state = 'held', rule = 'downgrade',"
		" reason = 'it is judged anew: what binds its case has changed'"
		" WHERE state = 'queued' AND next_attempt_at > ?2"
		" AND draft IN (SELECT d.id FROM draft d JOIN message m"
		" ON m.id = d.message WHERE m.cases = ?1 AND m.direction ="
		" 'out' AND d.kind IN " DELIVERY_PEOPLES ")",
		"ii", cases, now) == -1 ||
	    db_run(db, e,
		"UPDATE message SET state = 'received', step = 'new',"
		" attempts = 0, next_attempt_at = 0 WHERE cases = ?"
		" AND direction = 'out' AND state = 'processed'"
		" AND id IN (SELECT d.message FROM draft d JOIN delivery v"
		" ON v.draft = d.id WHERE v.state = 'held')",
		"i", cases) == -1)
		return -1;
	*count = db_changed(db);
	return 0;
}

int
delivery_plain(struct db *db, int64_t message, struct strs *out, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT v.id || ' ' || v.recipient FROM delivery v"
		" JOIN draft d ON d.id = v.draft WHERE d.message = ?"
		" AND v.state = 'held' AND v.encrypted_to IS NULL"
		" AND d.kind NOT IN ('copy', 'notice', 'ask') ORDER BY v.id",
		"i", message) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		strs_add(out, db_text(row, 0));
	return rc;
}

static int
delivery_unkey_run(struct db *db, int64_t id, struct err *e)
{
	if (db_run(db, e,
		"UPDATE delivery SET state = 'held', rule = 'key-unusable',"
		" reason = 'it is judged anew: the key that it was encrypted to"
		" cannot be used any more' WHERE id = ? AND state = 'queued'",
		"i", id) == -1)
		return -1;
	if (db_changed(db) == 0)
		return 0;
	if (db_run(db, e,
		"DELETE FROM held WHERE message = (SELECT d.message FROM draft"
		" d JOIN delivery v ON v.draft = d.id WHERE v.id = ?1)"
		" AND NOT EXISTS (SELECT 1 FROM delivery v JOIN draft d"
		" ON d.id = v.draft WHERE d.message = held.message"
		" AND v.state = 'held' AND v.id <> ?1"
		" AND d.kind IN " DELIVERY_PEOPLES ")",
		"i", id) == -1)
		return -1;
	return db_run(db, e,
	    "UPDATE message SET state = 'received', step = 'new',"
	    " attempts = 0, next_attempt_at = 0 WHERE state = 'processed'"
	    " AND id = (SELECT d.message FROM draft d JOIN delivery v"
	    " ON v.draft = d.id WHERE v.id = ?)",
	    "i", id);
}

int
delivery_unkey(
    struct db *db, int64_t id, int64_t now, bool *held, struct err *e)
{
	int64_t unusable;

	*held = false;
	if (db_get_int(db, &unusable, 0, e,
		"SELECT 1 FROM delivery v JOIN draft d ON d.id = v.draft"
		" WHERE v.id = ? AND d.kind IN " DELIVERY_PEOPLES
		" AND v.encrypted_to IS NOT NULL AND NOT EXISTS (SELECT 1"
		" FROM key k WHERE k.fingerprint = v.encrypted_to"
		" AND k.revoked = 0 AND (k.expires = 0 OR k.expires > ?))",
		"ii", id, now) == -1)
		return -1;
	if (unusable == 0)
		return 0;
	if (db_begin(db, e) == -1)
		return -1;
	if (delivery_unkey_run(db, id, e) == -1 || db_commit(db, e) == -1) {
		db_rollback(db);
		return -1;
	}
	*held = true;
	return 0;
}
