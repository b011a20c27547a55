#include "cases/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/audit.h"

/* Without words of the configuration's own, a critical case pages. */
static bool
page_is_asked(const struct strs *on, const char *priority, const char *why)
{
	if (on->count == 0)
		return strcmp(priority, "critical") == 0;
	return strs_has(on, priority) || strs_has(on, why);
}

int
page_wanted(struct db *db, const struct config *config, int64_t now,
    int64_t cases, const char *priority, const char *why, struct err *e)
{
	if (config->page_command.count == 0 ||
	    !page_is_asked(&config->page_on, priority, why))
		return 0;
	return db_run(db, e,
	    "INSERT OR IGNORE INTO page (cases, why, priority, at)"
	    " VALUES (?, ?, ?, ?)",
	    "issi", cases, why, priority, now);
}

int
page_move(struct db *db, int64_t from, int64_t to, json_t *moved, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT id FROM page WHERE cases = ?1 AND done_at IS NULL"
		" AND why NOT IN (SELECT why FROM page WHERE cases = ?2"
		" AND done_at IS NULL) ORDER BY id",
		"ii", from, to) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(moved, json_integer(db_int(row, 0)));
	return rc == -1 ? -1 : page_move_back(db, to, from, moved, e);
}

int
page_move_back(
    struct db *db, int64_t from, int64_t to, const json_t *moved, struct err *e)
{
	const json_t *one;
	size_t i;
	int rc = 0;

	json_array_foreach(moved, i, one)
	{
		if (rc == 0)
			rc = db_run(db, e,
			    "UPDATE OR IGNORE page SET cases = ? WHERE id = ?"
			    " AND cases = ? AND done_at IS NULL",
			    "iii", from, (int64_t)json_integer_value(one), to);
	}
	return rc;
}

void
page_free(struct page *p)
{
	free(p->name);
	free(p->priority);
	*p = (struct page){0};
}

/* Pages of cases that are closed by now are about nothing. */
#define PAGE_WAITS                                                             \
	" FROM page p JOIN cases c ON c.id = p.cases AND c.state <> 'closed'"  \
	" WHERE p.done_at IS NULL"

static int
page_last(struct db *db, int64_t *at, struct err *e)
{
	return db_get_int(db, at, 0, e, "SELECT MAX(done_at) FROM page", "");
}

int
page_due(
    struct db *db, int64_t now, int64_t pause, struct page *p, struct err *e)
{
	struct db_row *row;
	int64_t last;
	int rc;

	*p = (struct page){0};
	if (page_last(db, &last, e) == -1)
		return -1;
	/* The clock may have been set back. */
	if (last <= now && last + pause > now)
		return 0;
	/* One that is due takes those along that failed before and wait. */
	if (db_query(db, &row, e,
		"SELECT c.name, p.priority, (SELECT MAX(p.id)" PAGE_WAITS
		"), (SELECT COUNT(DISTINCT p.cases)" PAGE_WAITS ")" PAGE_WAITS
		" AND EXISTS (SELECT 1" PAGE_WAITS
		" AND p.next_attempt_at <= ?1) ORDER BY CASE p.priority"
		" WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'normal'"
		" THEN 2 ELSE 3 END, p.id LIMIT 1",
		"i", now) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1)
		*p = (struct page){.name = xstrdup(db_text(row, 0)),
		    .priority = xstrdup(db_text(row, 1)),
		    .id = db_int(row, 2),
		    .count = db_int(row, 3)};
	db_end(row);
	return rc == -1 ? -1 : 0;
}

int
page_next(struct db *db, int64_t now, int64_t pause, int64_t *at, struct err *e)
{
	int64_t last;

	if (page_last(db, &last, e) == -1 ||
	    db_get_int(db, at, 0, e,
		"SELECT MIN(MAX(p.next_attempt_at, p.at))" PAGE_WAITS,
		"") == -1)
		return -1;
	if (*at != 0 && last <= now && *at < last + pause)
		*at = last + pause;
	if (*at <= now)
		*at = 0; /* page_due has it */
	return 0;
}

static int
page_audit(struct db *db, int64_t now, const char *event, const struct page *p,
    const char *error, struct err *e)
{
	struct audit_entry entry = {.actor = "queue",
	    .event = event,
	    .detail = json_pack("{s:s, s:s, s:I, s:s?}", "case", p->name,
		"priority", p->priority, "count", (json_int_t)p->count, "error",
		error)};

	return audit_add(db, now, &entry, e);
}

int
page_done(struct db *db, int64_t now, const struct page *p, struct err *e)
{
	if (db_begin(db, e) == -1)
		return -1;
	if (db_run(db, e,
		"UPDATE page SET done_at = ?1 WHERE done_at IS NULL"
		" AND id <= ?2",
		"ii", now, p->id) == 0 &&
	    page_audit(db, now, "page.sent", p, NULL, e) == 0 &&
	    db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

int
page_failed(struct db *db, int64_t now, const struct page *p, const char *error,
    struct err *e)
{
	int64_t attempts, pause = PAGE_PAUSE;
	bool over;

	if (db_begin(db, e) == -1)
		return -1;
	if (db_get_int(db, &attempts, 0, e,
		"SELECT attempts FROM page WHERE id = ?", "i", p->id) == -1)
		goto failed;
	for (int64_t i = 0; i < attempts && pause < PAGE_PAUSE_MAX; i++)
		pause *= 2;
	if (pause > PAGE_PAUSE_MAX)
		pause = PAGE_PAUSE_MAX;
	over = attempts + 1 >= PAGE_ATTEMPTS;
	if (db_run(db, e,
		"UPDATE page SET attempts = attempts + 1,"
		" next_attempt_at = ?1, done_at = CASE WHEN ?3 THEN ?4 END"
		" WHERE done_at IS NULL AND id <= ?2",
		"iiii", now + pause, p->id, (int64_t)over, now) == 0 &&
	    page_audit(db, now, over ? "page.given-up" : "page.failed", p,
		error, e) == 0 &&
	    db_commit(db, e) == 0)
		return 0;
failed:
	db_rollback(db);
	return -1;
}
