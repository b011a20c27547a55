#include "queue/delivery.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "people/bouncing.h"
#include "queue/delivery_act.h"
#include "queue/untold.h"
#include "store/audit.h"

/* What booking has to know of a row. */
struct delivery_facts {
	int64_t attempts;
	int64_t created_at; /* or released */
	int64_t message;
	int64_t cases;
	int64_t contact;
	char *recipient;
	char *file; /* NULL: none */
};

void
delivery_free(struct delivery *d)
{
	free(d->transport);
	free(d->recipient);
	free(d->kind);
	free(d->file);
	buf_free(&d->splice);
	*d = (struct delivery){0};
}

int
delivery_due(struct db *db, int64_t now, enum draft_lane lane,
    bool (*see)(void *ctx, int64_t id, const char *transport,
	const char *recipient, bool asked),
    void *ctx, struct err *e)
{
	struct db_row *row;
	int rc;

	/* In the words of the index, or it is not used. */
	if (db_query(db, &row, e,
		"SELECT id, transport, recipient, next_attempt_at IS NULL"
		" FROM delivery"
		" WHERE state = 'queued' AND lane = ?"
		" AND coalesce(next_attempt_at, 0) <= ?"
		" ORDER BY coalesce(next_attempt_at, 0), id",
		"ii", (int64_t)lane, now) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		if (!see(ctx, db_int(row, 0), db_text(row, 1), db_text(row, 2),
			db_int(row, 3) != 0)) {
			db_end(row);
			return 0;
		}
	return rc;
}

int
delivery_get(struct db *db, int64_t id, struct delivery *out, struct err *e)
{
	struct db_row *row;
	const void *plan;
	size_t len;
	int rc;

	*out = (struct delivery){0};
	if (db_query(db, &row, e,
		"SELECT d.id, d.attempts, d.transport, d.recipient, d.file,"
		" f.kind, f.message, d.splice, d.created_at, d.lane"
		" FROM delivery d JOIN draft f ON f.id = d.draft"
		" WHERE d.id = ?",
		"i", id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc == -1 ? -1
				: err_set(e, ERR_BUG, "delivery %lld is gone",
				      (long long)id);
	*out = (struct delivery){.id = db_int(row, 0),
	    .attempts = db_int(row, 1),
	    .transport = xstrdup(db_text(row, 2)),
	    .recipient = xstrdup(db_text(row, 3)),
	    .file = xstrdup_null(db_text(row, 4)),
	    .kind = xstrdup(db_text(row, 5)),
	    .message = db_int(row, 6),
	    .created_at = db_int(row, 8),
	    .lane = (enum draft_lane)db_int(row, 9)};
	plan = db_blob(row, 7, &len);
	buf_init(&out->splice, len);
	buf_put(&out->splice, plan, len);
	db_end(row);
	return 0;
}

int
delivery_end_recall(struct db *db, int64_t now, struct err *e)
{
	int64_t n;

	/* Asked first: a write that changes nothing would still lock. */
	if (db_get_int(db, &n, 0, e,
		"SELECT COUNT(*) FROM delivery WHERE state = 'queued'"
		" AND attempts = 0 AND recall_until > ?"
		" AND next_attempt_at = recall_until",
		"i", now) == -1)
		return -1;
	if (n == 0)
		return 0;
	return db_run(db, e,
	    "UPDATE delivery SET next_attempt_at = ?1 WHERE state = 'queued'"
	    " AND attempts = 0 AND recall_until > ?1"
	    " AND next_attempt_at = recall_until",
	    "i", now);
}

int
delivery_clock_set(struct db *db, int64_t recall, int64_t now, struct err *e)
{
	int64_t pause =
	    recall > DELIVERY_PAUSE_MAX ? recall : DELIVERY_PAUSE_MAX;

	if (db_run(db, e,
		"UPDATE delivery SET recall_until = ?1, next_attempt_at = ?1"
		" WHERE state = 'queued' AND attempts = 0"
		" AND recall_until > ?1 AND next_attempt_at = recall_until",
		"i", now + recall) == -1)
		return -1;
	return db_run(db, e,
	    "UPDATE delivery SET next_attempt_at = ?1"
	    " WHERE state = 'queued' AND next_attempt_at > ?2",
	    "ii", now, now + pause);
}

int
delivery_next(struct db *db, int64_t now, int64_t *at, struct err *e)
{
	*at = 0;
	for (int64_t lane = 0; lane < DRAFT_LANES; lane++) {
		int64_t first;

		if (db_get_int(db, &first, 0, e,
			"SELECT next_attempt_at FROM delivery"
			" WHERE state = 'queued' AND lane = ?"
			" AND coalesce(next_attempt_at, 0) > ?"
			" ORDER BY coalesce(next_attempt_at, 0) LIMIT 1",
			"ii", lane, now) == -1)
			return -1;
		if (first != 0 && (*at == 0 || first < *at))
			*at = first;
	}
	return 0;
}

bool
delivery_is_one_way(const struct delivery *d)
{
	return strcmp(d->kind, "acknowledgement") == 0;
}

/* 1: found, 0: there is no such row. */
static int
delivery_facts(
    struct db *db, int64_t id, struct delivery_facts *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct delivery_facts){0};
	if (db_query(db, &row, e,
		"SELECT d.attempts, max(d.created_at, d.recall_until), "
		"f.message,"
		" coalesce(m.cases, 0), coalesce(d.contact, 0), d.recipient,"
		" d.file FROM delivery d JOIN draft f ON f.id = d.draft"
		" JOIN message m ON m.id = f.message WHERE d.id = ?",
		"i", id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*out = (struct delivery_facts){.attempts = db_int(row, 0),
	    .created_at = db_int(row, 1),
	    .message = db_int(row, 2),
	    .cases = db_int(row, 3),
	    .contact = db_int(row, 4),
	    .recipient = xstrdup(db_text(row, 5)),
	    .file = xstrdup_null(db_text(row, 6))};
	db_end(row);
	return 1;
}

static int
delivery_audit(struct db *db, int64_t now, int64_t id,
    const struct delivery_facts *f, const char *event, const char *why,
    struct err *e)
{
	struct audit_entry entry = {.actor = "queue",
	    .event = event,
	    .message = f->message,
	    .cases = f->cases,
	    .contact = f->contact};

	entry.detail = json_pack("{s:I, s:s, s:I}", "delivery", (json_int_t)id,
	    "recipient", f->recipient, "attempts",
	    (json_int_t)(f->attempts + 1));
	if (entry.detail != NULL && why[0] != '\0')
		(void)json_object_set_new(
		    entry.detail, "error", json_string(why));
	return audit_add(db, now, &entry, e);
}

/* It has left the house, whatever the row says meanwhile. */
static int
delivery_sent(struct db *db, int64_t now, const struct delivery_result *r,
    const struct delivery_facts *f, struct err *e)
{
	if (db_run(db, e,
		"UPDATE delivery SET state = 'sent', sent_at = ?, verp = ?,"
		" attempts = attempts + 1, next_attempt_at = NULL,"
		" last_error = NULL WHERE id = ?",
		"iii", now, (int64_t)r->verp, r->id) == -1)
		return -1;
	return delivery_audit(db, now, r->id, f, "delivery.sent", "", e);
}

/* A server that refuses a member's copy says what a bounce would. */
static int
delivery_refused_member(struct db *db, int64_t now, int64_t id,
    const struct delivery_facts *f, struct err *e)
{
	struct audit_entry entry = {.actor = "queue",
	    .event = "community.bounce-disabled",
	    .message = f->message,
	    .cases = f->cases};
	int64_t community;

	if (delivery_member_failed(
		db, id, now, &community, &entry.contact, e) == -1)
		return -1;
	if (community == 0)
		return 0;
	entry.detail = json_pack("{s:I, s:I}", "community",
	    (json_int_t)community, "member", (json_int_t)entry.contact);
	return audit_add(db, now, &entry, e);
}

static int
delivery_failed(struct db *db, int64_t now, int64_t id,
    const struct delivery_facts *f, const struct err *result, struct err *e)
{
	if (db_run(db, e,
		"UPDATE delivery SET state = 'failed', last_error = ?,"
		" attempts = attempts + 1, next_attempt_at = NULL"
		" WHERE id = ? AND state = 'queued'",
		"si", result->text, id) == -1)
		return -1;
	/* Cancelled in the meantime: nothing failed. */
	if (db_changed(db) == 0)
		return 0;
	if (untold_failed(db, id, e) == -1 ||
	    (result->code == ERR_DENIED &&
		(bouncing_add(db, id, now, result->text, e) == -1 ||
		    delivery_refused_member(db, now, id, f, e) == -1)))
		return -1;
	return delivery_audit(
	    db, now, id, f, "delivery.failed", result->text, e);
}

static int64_t
delivery_pause(struct clock *clock, int64_t attempts)
{
	int64_t pause = DELIVERY_PAUSE_MIN;
	uint32_t chance;

	for (int64_t i = 0; i < attempts && pause < DELIVERY_PAUSE_MAX; i++)
		pause *= 2;
	if (pause > DELIVERY_PAUSE_MAX)
		pause = DELIVERY_PAUSE_MAX;
	/* What failed together must not come back together. */
	clock_random(clock, &chance, sizeof(chance));
	return pause - (int64_t)(chance % (uint32_t)(pause / 4 + 1));
}

static int
delivery_later(struct db *db, struct clock *clock, int64_t now, int64_t delay,
    int64_t id, const struct delivery_facts *f, const char *why, struct err *e)
{
	bool at_once =
	    strcmp(why, DELIVERY_DIED) == 0 && f->attempts < DELIVERY_DEATHS;
	int64_t pause = at_once ? 0 : delivery_pause(clock, f->attempts);

	if (db_run(db, e,
		"UPDATE delivery SET attempts = attempts + 1, last_error = ?,"
		" next_attempt_at = ? WHERE id = ? AND state = 'queued'",
		"sii", why, now + pause, id) == -1)
		return -1;
	return delay != 0 && now - f->created_at >= delay
		   ? untold_delayed(db, f->message, now - delay, 0, e)
		   : 0;
}

static int
delivery_write(struct db *db, struct clock *clock, int64_t delay,
    const struct delivery_result *r, const struct delivery_facts *f,
    struct err *e)
{
	const struct err *why = &r->result;
	int64_t now = clock_now(clock);

	if (why->code == ERR_NONE)
		return delivery_sent(db, now, r, f, e);
	if (why->code == ERR_TEMP && (now - f->created_at < DELIVERY_GIVE_UP ||
					 f->attempts < DELIVERY_TRIES))
		return delivery_later(
		    db, clock, now, delay, r->id, f, why->text, e);
	return delivery_failed(db, now, r->id, f, why, e);
}

/* 1: some copy of it was not sent; 0: all were; -1: failed. */
static int
delivery_needs(struct db *db, const char *file, struct err *e)
{
	int64_t needs;

	if (db_get_int(db, &needs, 0, e,
		"SELECT EXISTS (SELECT 1 FROM delivery WHERE file = ?"
		" AND state <> 'sent')",
		"s", file) == -1)
		return -1;
	return needs != 0;
}

static int
delivery_drop_file(
    struct db *db, struct spool *spool, const char *file, struct err *e)
{
	int rc = delivery_needs(db, file, e);

	return rc != 0 ? rc : spool_remove_out(spool, file, e);
}

/* *file: what it was sent from, the caller's; NULL: nothing is to go. */
static int
delivery_book_one(struct db *db, struct clock *clock, int64_t delay,
    const struct delivery_result *r, char **file, struct err *e)
{
	struct delivery_facts facts = {0};
	int rc = delivery_facts(db, r->id, &facts, e);

	*file = NULL;
	if (rc == 0)
		log_error(
		    "result for no delivery: delivery=%lld", (long long)r->id);
	if (rc == 1)
		rc = delivery_write(db, clock, delay, r, &facts, e);
	if (rc == 0 && r->result.code == ERR_NONE) {
		*file = facts.file;
		facts.file = NULL;
	}
	free(facts.recipient);
	free(facts.file);
	return rc == -1 ? err_in(e, "delivery %lld", (long long)r->id) : 0;
}

int
delivery_book(struct db *db, struct spool *spool, struct clock *clock,
    int64_t delay, const struct delivery_result *tried, size_t count,
    struct err *e)
{
	char **file = xcalloc(count, sizeof(*file));
	struct err why = {0};
	int rc = db_begin(db, e);

	for (size_t i = 0; i < count && rc == 0; i++)
		rc =
		    delivery_book_one(db, clock, delay, &tried[i], &file[i], e);
	if (rc == 0)
		rc = db_commit(db, e);
	if (rc == -1)
		db_rollback(db);
	/* A crash here leaves files that delivery_sweep removes. */
	for (size_t i = 0; i < count; i++) {
		if (rc == 0 && file[i] != NULL &&
		    delivery_drop_file(db, spool, file[i], &why) == -1)
			log_warning("sent file stays: delivery=%lld error=%s",
			    (long long)tried[i].id, why.text);
		free(file[i]);
	}
	free(file);
	return rc;
}

static bool
delivery_is_old(struct spool *spool, const char *name, int64_t now)
{
	struct stat st;
	bool old;
	int fd;

	if (spool_open_out(spool, name, &fd, NULL) == -1)
		return false;
	old = fstat(fd, &st) == 0 && st.st_mtim.tv_sec < now - DELIVERY_ORPHAN;
	close(fd);
	return old;
}

int
delivery_sweep(struct db *db, struct spool *spool, int64_t now, struct err *e)
{
	struct strs names = {0};
	int rc = spool_list_out(spool, &names, e);

	for (size_t i = 0; rc == 0 && i < names.count; i++) {
		const char *name = names.item[i];
		int64_t rows;
		int needed;

		/*
		 * Young ones may be a worker's that lives on after a queue
		 * that died: its rows come when it commits.
		 */
		rc = db_get_int(db, &rows, 0, e,
		    "SELECT EXISTS (SELECT 1 FROM delivery WHERE file = ?)",
		    "s", name);
		if (rc == -1 ||
		    (rows == 0 && !delivery_is_old(spool, name, now)))
			continue;
		needed = rows == 0 ? 0 : delivery_needs(db, name, e);
		if (needed != 0) {
			rc = needed == -1 ? -1 : 0;
			continue;
		}
		log_info("file without a delivery removed: file=%s", name);
		rc = spool_remove_out(spool, name, e);
	}
	strs_free(&names);
	return rc;
}

int
delivery_missing(
    struct db *db, struct spool *spool, int64_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*count = 0;
	if (db_query(db, &row, e,
		"SELECT DISTINCT file FROM delivery WHERE file IS NOT NULL"
		" AND state IN ('queued', 'held')",
		"") == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		int fd;

		if (spool_open_out(spool, db_text(row, 0), &fd, NULL) == -1)
			++*count;
		else
			(void)close(fd);
	}
	return rc;
}
