#include "cases/erase.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/regroup.h"
#include "store/blob.h"

/* Keys under which something of case ?1 is sealed, or of those that were merged
 * into it: their titles tell of it still. */
#define ERASE_KEYS                                                             \
	"SELECT vault_key FROM cases WHERE id IN " REGROUP_ALL                 \
	" UNION SELECT vault_key FROM message"                                 \
	" WHERE cases IN " REGROUP_ALL " AND vault_key IS NOT NULL"            \
	" UNION SELECT n.vault_key FROM consent n JOIN message m"              \
	" ON m.id = n.message WHERE m.cases IN " REGROUP_ALL

#define ERASE_MESSAGES "(SELECT id FROM message WHERE cases IN " REGROUP_ALL ")"

void
erasure_free(struct erasure *x)
{
	free(x->reason);
	free(x->asked_as);
	*x = (struct erasure){0};
}

int
erasure_get(struct db *db, int64_t cases, struct erasure *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct erasure){0};
	if (db_query(db, &row, e,
		"SELECT reason, asked_as, asked_by, asked_at, erased_by,"
		" erased_at, entry FROM erasure WHERE cases = ?",
		"i", cases) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1)
		*out = (struct erasure){.reason = xstrdup(db_text(row, 0)),
		    .asked_as = xstrdup(db_text(row, 1)),
		    .asked_by = db_int(row, 2),
		    .asked_at = db_int(row, 3),
		    .erased_by = db_int(row, 4),
		    .erased_at = db_int(row, 5),
		    .entry = db_int(row, 6)};
	db_end(row);
	return rc;
}

int
erasure_ask(
    struct db *db, int64_t cases, const struct erasure *x, struct err *e)
{
	return db_run(db, e,
	    "INSERT OR REPLACE INTO erasure"
	    " (cases, reason, asked_by, asked_as, asked_at)"
	    " VALUES (?, ?, nullif(?, 0), ?, ?)",
	    "isisi", cases, x->reason, x->asked_by, x->asked_as, x->asked_at);
}

int
erasure_withdraw(struct db *db, int64_t cases, struct err *e)
{
	return db_run(db, e,
	    "DELETE FROM erasure WHERE cases = ? AND erased_at IS NULL", "i",
	    cases);
}

int
erasure_done(
    struct db *db, int64_t cases, int64_t by, int64_t now, struct err *e)
{
	return db_run(db, e,
	    "UPDATE erasure SET erased_by = nullif(?, 0), erased_at = ?,"
	    " entry = (SELECT max(id) FROM audit) WHERE cases = ?",
	    "iii", by, now, cases);
}

int
erase_is_done(struct db *db, int64_t cases, bool *erased, struct err *e)
{
	int64_t gone;

	if (db_get_int(db, &gone, 0, e,
		"SELECT 1 FROM cases c JOIN vault_key k ON k.id = c.vault_key"
		" WHERE c.id = ? AND k.wrapped IS NULL",
		"i", cases) == -1)
		return -1;
	*erased = gone != 0;
	return 0;
}

int
erase_may(struct db *db, int64_t cases, struct err *e)
{
	static const struct {
		const char *sql, *why;
	} obstacle[] = {
	    {"SELECT 1 FROM cases WHERE id = ?1 AND merged_into IS NOT NULL",
		"it was merged into another case, and goes with that"},
	    {"SELECT 1 FROM cases WHERE id = ?1 AND state <> 'closed'",
		"it is not closed"},
	    {"SELECT 1 FROM legal_hold WHERE cases IN " REGROUP_ALL,
		"it is under legal hold"},
	    {"SELECT 1 FROM message WHERE cases IN " REGROUP_ALL
	     " AND state = 'received'",
		"a message of it is being worked on"},
	    {"SELECT 1 FROM delivery v JOIN draft d ON d.id = v.draft"
	     " WHERE d.message IN " ERASE_MESSAGES
	     " AND v.state IN ('held', 'queued') LIMIT 1",
		"mail of it waits in the queue: let it leave, or cancel it"},
	    {"SELECT 1 FROM (" ERASE_KEYS ") k WHERE EXISTS"
	     " (SELECT 1 FROM cases c WHERE c.vault_key = k.vault_key"
	     " AND c.id NOT IN " REGROUP_ALL ") OR EXISTS (SELECT 1 FROM"
	     " message m WHERE m.vault_key = k.vault_key AND (m.cases IS NULL"
	     " OR m.cases NOT IN " REGROUP_ALL "))",
		"another case has something under its key"},
	};
	int64_t found = 0;

	for (size_t i = 0; i < sizeof(obstacle) / sizeof(obstacle[0]); i++) {
		if (db_get_int(db, &found, 0, e, obstacle[i].sql, "i", cases) ==
		    -1)
			return -1;
		if (found != 0)
			return err_set(
			    e, ERR_DENIED, "not erased: %s", obstacle[i].why);
	}
	return 0;
}

static int
erase_keys(
    struct db *db, int64_t cases, int64_t **id, size_t *count, struct err *e)
{
	return db_get_ids(
	    db, id, count, e, ERASE_KEYS " ORDER BY 1", "i", cases);
}

/*
 * What was sealed, what was worked out of it, what people wrote about it, and
 * the names in headers. The key's trigger takes the hashes of echo.
 */
static int
erase_rows(struct db *db, int64_t cases, struct err *e)
{
	static const char *const sql[] = {
	    "UPDATE message_content SET sealed = x'' WHERE message IN"
	    " " ERASE_MESSAGES,
	    "UPDATE cases SET title_sealed = x'', version = version + 1"
	    " WHERE id IN " REGROUP_ALL,
	    "UPDATE case_note SET text_sealed = x'' WHERE cases IN "
	    " " REGROUP_ALL,
	    "UPDATE case_handling SET"
	    " cause_sealed = iif(cause_sealed IS NULL, NULL, x''),"
	    " remedy_sealed = iif(remedy_sealed IS NULL, NULL, x'')"
	    " WHERE cases IN " REGROUP_ALL,
	    "UPDATE deadline_stage SET receipt_sealed = x'' WHERE"
	    " receipt_sealed IS NOT NULL AND deadline IN (SELECT id FROM"
	    " deadline WHERE cases IN " REGROUP_ALL ")",
	    "UPDATE consent SET conditions_sealed = NULL WHERE message IN"
	    " " ERASE_MESSAGES,
	    "DELETE FROM untold WHERE message IN " ERASE_MESSAGES,
	    "UPDATE approval SET reason = NULL, evidence = NULL WHERE message"
	    " IN " ERASE_MESSAGES,
	    "UPDATE message SET facts = json_remove(facts, '$.from', '$.to',"
	    " '$.cc', '$.bcc') WHERE cases IN " REGROUP_ALL
	    " AND facts IS NOT NULL",
	    "UPDATE delivery SET state = CASE state WHEN 'failed' THEN"
	    " 'cancelled' ELSE state END, splice = NULL, last_error = NULL"
	    " WHERE draft IN (SELECT id FROM draft WHERE message IN"
	    " " ERASE_MESSAGES ")",
	    "DELETE FROM case_reference WHERE cases IN " REGROUP_ALL,
	    "DELETE FROM case_participant WHERE cases IN " REGROUP_ALL,
	    "DELETE FROM case_affected WHERE cases IN " REGROUP_ALL,
	    "DELETE FROM feed WHERE cases IN " REGROUP_ALL,
	    "DELETE FROM alarm WHERE cases IN " REGROUP_ALL,
	    "DELETE FROM page WHERE done_at IS NULL AND cases IN " REGROUP_ALL,
	    /* names of people; and there is nothing left to be brought back */
	    "DELETE FROM regroup_case WHERE regroup IN (SELECT regroup FROM"
	    " regroup_case WHERE cases IN " REGROUP_ALL ")",
	    "DELETE FROM regroup WHERE ?1 > 0 AND NOT EXISTS (SELECT 1 FROM"
	    " regroup_case c WHERE c.regroup = regroup.id)",
	    "DELETE FROM again WHERE message IN " ERASE_MESSAGES,
	    "DELETE FROM wanted WHERE message IN " ERASE_MESSAGES,
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]) && rc == 0; i++)
		rc = db_run(db, e, sql[i], "i", cases);
	return rc;
}

int
erase_case(struct db *db, struct vault *v, int64_t cases, int64_t **keys,
    size_t *count, struct err *e)
{
	int rc = erase_may(db, cases, e);

	*keys = NULL;
	*count = 0;
	if (rc == 0)
		rc = erase_keys(db, cases, keys, count, e);
	for (size_t i = 0; i < *count && rc == 0; i++)
		rc = vault_key_destroy(v, (*keys)[i], e);
	if (rc == 0)
		rc = erase_rows(db, cases, e);
	if (rc == 0)
		return 0;
	free(*keys);
	*keys = NULL;
	*count = 0;
	return -1;
}

/* --- files ------------------------------------------------------------------
 */

static int
erase_names(struct db *db, const char *sql, int64_t cases, struct strs *out,
    struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e, sql, "i", cases) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		strs_add(out, db_text(row, 0));
	return rc;
}

/* The bytes as they came. */
static int
erase_raw(struct db *db, struct spool *s, int64_t cases, struct err *e)
{
	struct strs names = {0};
	int rc = erase_names(db,
	    "SELECT sha256 FROM message WHERE cases IN " REGROUP_ALL, cases,
	    &names, e);

	for (size_t i = 0; i < names.count && rc == 0; i++) {
		rc = spool_remove_store(s, names.item[i], e);
		if (rc == 0)
			rc = spool_remove_new(s, names.item[i], e);
	}
	strs_free(&names);
	return rc;
}

static int
erase_blobs(struct db *db, struct spool *s, int64_t cases, struct err *e)
{
	struct strs names = {0};
	int rc = erase_names(db,
	    "SELECT name FROM blob WHERE vault_key IN (" ERASE_KEYS ")", cases,
	    &names, e);

	for (size_t i = 0; i < names.count && rc == 0; i++) {
		rc = spool_remove_blob(s, names.item[i], e);
		if (rc == 0)
			rc = db_run(db, e, "DELETE FROM blob WHERE name = ?",
			    "s", names.item[i]);
	}
	strs_free(&names);
	return rc;
}

/* Copies that never left: their readers could open them still. */
static int
erase_out(struct db *db, struct spool *s, int64_t cases, struct err *e)
{
	struct strs names = {0};
	int rc = erase_names(db,
	    "SELECT DISTINCT v.file FROM delivery v JOIN draft d"
	    " ON d.id = v.draft JOIN message m ON m.id = d.message"
	    " WHERE m.cases IN " REGROUP_ALL " AND v.file IS NOT NULL",
	    cases, &names, e);

	for (size_t i = 0; i < names.count && rc == 0; i++)
		rc = spool_remove_out(s, names.item[i], e);
	strs_free(&names);
	return rc;
}

/*
 * What was moved into the case lay before in files that another key opens, and
 * that the queue sweeps only when they are old. No file is half-way while
 * nobody else may write: store/blob.h.
 */
static int
erase_left(struct db *db, struct spool *s, struct err *e)
{
	if (db_begin(db, e) == -1)
		return -1;
	if (blob_sweep(db, s, clock_now(NULL), -1, e) == 0)
		return db_commit(db, e);
	db_rollback(db);
	return -1;
}

int
erase_files(struct db *db, struct spool *s, int64_t cases, struct err *e)
{
	if (erase_left(db, s, e) == -1 || erase_raw(db, s, cases, e) == -1 ||
	    erase_blobs(db, s, cases, e) == -1)
		return -1;
	return erase_out(db, s, cases, e);
}
