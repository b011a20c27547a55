#include "cases/retention.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "cases/regroup.h"

int
legal_hold_since(struct db *db, int64_t cases, int64_t *since, struct err *e)
{
	return db_get_int(db, since, 0, e,
	    "SELECT at FROM legal_hold WHERE cases = ?", "i", cases);
}

int
legal_hold_set(
    struct db *db, int64_t cases, int64_t by, int64_t now, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO legal_hold (cases, contact, at)"
	    " VALUES (?, nullif(?, 0), ?) ON CONFLICT (cases) DO NOTHING",
	    "iii", cases, by, now);
}

int
legal_hold_end(struct db *db, int64_t cases, struct err *e)
{
	return db_run(db, e,
	    "DELETE FROM legal_hold WHERE cases IN " REGROUP_ALL, "i", cases);
}

static int
legal_hold_copy(struct db *db, int64_t from, int64_t to, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO legal_hold (cases, contact, at)"
	    " SELECT ?2, contact, at FROM legal_hold WHERE cases = ?1"
	    " ON CONFLICT (cases) DO NOTHING",
	    "ii", from, to);
}

int
legal_hold_follow(
    struct db *db, int64_t from, int64_t to, json_t **added, struct err *e)
{
	struct db_row *row;
	int rc;

	*added = NULL;
	if (db_query(db, &row, e,
		"SELECT at, contact FROM legal_hold WHERE cases = ?1 AND NOT"
		" EXISTS (SELECT 1 FROM legal_hold WHERE cases = ?2)",
		"ii", from, to) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*added = json_pack("{s:I, s:I}", "at", (json_int_t)db_int(row, 0),
	    "contact", (json_int_t)db_int(row, 1));
	db_end(row);
	return legal_hold_copy(db, from, to, e);
}

static int64_t
legal_hold_added_at(const json_t *added)
{
	return json_integer_value(json_object_get(added, "at"));
}

int
legal_hold_return(
    struct db *db, int64_t from, int64_t to, const json_t *added, struct err *e)
{
	int64_t since;

	if (legal_hold_since(db, to, &since, e) == -1)
		return -1;
	return since == 0 || since == legal_hold_added_at(added)
		   ? 0
		   : legal_hold_copy(db, to, from, e);
}

int
legal_hold_drop(
    struct db *db, int64_t cases, const json_t *added, struct err *e)
{
	return db_run(db, e,
	    "DELETE FROM legal_hold WHERE cases = ? AND at = ?", "ii", cases,
	    legal_hold_added_at(added));
}

void
retention_free(struct retention_case *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(list[i].name);
		free(list[i].category);
	}
	free(list);
}

static int
month_days(int year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month] + (month == 1 && leap);
}

int64_t
retention_add_months(int64_t t, int64_t months)
{
	time_t at = (time_t)t;
	struct tm tm;
	int64_t month;
	int last;

	if (gmtime_r(&at, &tm) == NULL)
		return t;
	month = tm.tm_mon + months;
	tm.tm_year += (int)(month / 12);
	tm.tm_mon = (int)(month % 12);
	last = month_days(tm.tm_year + 1900, tm.tm_mon);
	if (tm.tm_mday > last)
		tm.tm_mday = last;
	return (int64_t)timegm(&tm);
}

/* The first rule that fits the case, or NULL. */
static const struct config_retention *
retention_rule(const struct config *c, const struct retention_case *one)
{
	for (size_t i = 0; i < c->retentions; i++) {
		const struct config_retention *r = &c->retention[i];
		enum noroshi_tlp label;

		if (r->category != NULL &&
		    (one->category == NULL ||
			strcmp(r->category, one->category) != 0))
			continue;
		if (r->label != NULL &&
		    (!noroshi_tlp_parse(r->label, &label) || !one->has_label ||
			one->label < label))
			continue;
		return r;
	}
	return NULL;
}

/* The strictest of names with commas between them. */
static void
retention_label(struct retention_case *one, const char *names)
{
	struct strs l = {0};
	enum noroshi_tlp label;

	if (names != NULL)
		strs_split(&l, names, ",");
	for (size_t i = 0; i < l.count; i++) {
		if (!noroshi_tlp_parse(l.item[i], &label))
			continue;
		if (!one->has_label || label > one->label)
			one->label = label;
		one->has_label = true;
	}
	strs_free(&l);
}

static void
retention_row(const struct db_row *row, struct retention_case *one)
{
	*one = (struct retention_case){.id = db_int(row, 0),
	    .name = xstrdup(db_text(row, 1)),
	    .category = xstrdup_null(db_text(row, 2)),
	    .closed_at = db_int(row, 3),
	    .held = db_int(row, 6) != 0};
	retention_label(
	    one, db_text(row, 4) != NULL ? db_text(row, 4) : db_text(row, 5));
}

int
retention_list(struct db *db, const struct config *c, int64_t before,
    struct retention_case **out, size_t *count, struct err *e)
{
	const struct config_retention *rule;
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT c.id, c.name, c.category, c.closed_at, c.label,"
		" (SELECT group_concat(DISTINCT m.label) FROM message m"
		" WHERE m.cases = c.id AND m.untrusted = 0),"
		" EXISTS (SELECT 1 FROM legal_hold h WHERE h.cases = c.id)"
		" FROM cases c JOIN vault_key k ON k.id = c.vault_key"
		" WHERE c.state = 'closed' AND c.closed_at IS NOT NULL"
		" AND k.wrapped IS NOT NULL AND c.merged_into IS NULL"
		" ORDER BY c.id",
		"") == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		struct retention_case one;

		retention_row(row, &one);
		rule = retention_rule(c, &one);
		if (rule != NULL && rule->months > 0) {
			one.months = rule->months;
			one.due_at =
			    retention_add_months(one.closed_at, one.months);
		}
		if (one.due_at != 0 && one.due_at < before) {
			*out = xgrow(*out, *count, sizeof(**out));
			(*out)[(*count)++] = one;
		} else {
			free(one.name);
			free(one.category);
		}
	}
	if (rc == 0)
		return 0;
	retention_free(*out, *count);
	*out = NULL;
	*count = 0;
	return -1;
}
