#include <stdlib.h>
#include <string.h>

#include "cases/bound.h"
#include "cases/regroup_inside.h"
#include "cases/regroup_life.h"
#include "cases/regroup_people.h"
#include "cases/reseal.h"

/* Loads the act into r; 0 or -1. */
static int
regroup_find(struct regroup *r, int64_t cases, int64_t audit, struct err *e)
{
	struct db_row *row;
	json_error_t why;
	int rc;

	if (db_query(r->db, &row, e,
		"SELECT g.id, g.cases, g.before FROM regroup g"
		" WHERE g.undone_at IS NULL AND (g.audit = ?2 OR (?2 = 0 AND"
		" g.id IN (SELECT regroup FROM regroup_case"
		"  WHERE cases = ?1))) ORDER BY g.id DESC LIMIT 1",
		"ii", cases, audit) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 0)
		return err_set(e, ERR_DATA,
		    "there is no merge, split or move to undo there");
	if (rc == -1)
		return -1;
	r->id = db_int(row, 0);
	r->cases = db_int(row, 1);
	r->before = json_loads(db_text(row, 2), 0, &why);
	db_end(row);
	return r->before != NULL ? 0
				 : err_set(e, ERR_DATA, "an act: %s", why.text);
}

static int
regroup_is_last(const struct regroup *r, struct err *e)
{
	int64_t later;

	if (db_get_int(r->db, &later, 0, e,
		"SELECT COALESCE(MAX(g.id), 0) FROM regroup g"
		" JOIN regroup_case c ON c.regroup = g.id"
		" WHERE g.id > ?1 AND g.undone_at IS NULL AND c.cases IN"
		" (SELECT cases FROM regroup_case WHERE regroup = ?1)",
		"i", r->id) == -1)
		return -1;
	return later == 0 ? 0
			  : err_set(e, ERR_DATA,
				"another act on the same cases came later;"
				" undo that first");
}

static int
regroup_back_messages(struct regroup *r, struct err *e)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(r->before, "messages"), i, one)
	{
		int64_t id = json_integer_value(json_array_get(one, 0));
		struct message m;
		int64_t was;
		bool there;

		if (message_get(r->db, id, &m, e) == -1)
			return -1;
		there = m.cases == r->cases;
		message_free(&m);
		was = json_integer_value(json_array_get(one, 1));
		if (there && (regroup_idle(r->db, id, e) == -1 ||
				 reseal_message(r->db, r->vault, r->spool, id,
				     was, e) == -1 ||
				 regroup_life_message(r->db, id, was, e) == -1))
			return -1;
	}
	return 0;
}

static int
regroup_back_notes(struct regroup *r, struct err *e)
{
	const char *id;
	json_t *one;

	json_object_foreach(json_object_get(r->before, "notes"), id, one)
	{
		if (reseal_notes(r->db, r->vault, r->cases,
			strtoll(id, NULL, 10), one, NULL, e) == -1)
			return -1;
	}
	return 0;
}

static int
regroup_back_people(struct regroup *r, struct err *e)
{
	const char *id;
	json_t *one;

	if (regroup_people_remove(
		r->db, r->cases, json_object_get(r->before, "added"), e) == -1)
		return -1;
	json_object_foreach(json_object_get(r->before, "left"), id, one)
	{
		if (regroup_people_return(
			r->db, strtoll(id, NULL, 10), one, e) == -1)
			return -1;
	}
	return 0;
}

static int
regroup_back_feeds(struct regroup *r, struct err *e)
{
	const char *id;
	json_t *list, *one;
	size_t i;

	json_object_foreach(json_object_get(r->before, "feeds"), id, list)
	{
		json_array_foreach(list, i, one)
		{
			if (db_run(r->db, e,
				"UPDATE feed SET cases = ? WHERE digest = ?"
				" AND cases = ?",
				"isi", (int64_t)strtoll(id, NULL, 10),
				json_string_value(one), r->cases) == -1)
				return -1;
		}
	}
	return 0;
}

static int
regroup_back_write(struct db *db, int64_t cases, const json_t *now,
    const json_t *next, struct err *e)
{
	if (db_run(db, e,
		"UPDATE cases SET state = ?, closed_at = NULLIF(?, 0),"
		" owed = ?, label = ?, merged_into = NULLIF(?, 0),"
		" version = version + 1 WHERE id = ?",
		"siisii", json_string_value(json_object_get(next, "state")),
		(int64_t)json_integer_value(json_object_get(next, "closed_at")),
		(int64_t)json_integer_value(json_object_get(next, "owed")),
		json_string_value(json_object_get(next, "label")),
		(int64_t)json_integer_value(
		    json_object_get(next, "merged_into")),
		cases) == -1)
		return -1;
	if (json_equal(json_object_get(now, "embargo"),
		json_object_get(next, "embargo")))
		return 0;
	return case_set_embargo(
	    db, cases, json_integer_value(json_object_get(next, "embargo")), e);
}

/* What nobody has changed since is as it was. */
static int
regroup_back_case(struct regroup *r, const char *id, json_t *was, struct err *e)
{
	json_t *became =
	    json_object_get(json_object_get(r->before, "after"), id);
	int64_t cases = strtoll(id, NULL, 10);
	json_t *now, *next, *value;
	const char *name;
	int rc;

	if (regroup_state(r->db, cases, &now, e) == -1)
		return -1;
	next = json_deep_copy(now);
	json_object_foreach(was, name, value)
	{
		if (json_equal(json_object_get(now, name),
			json_object_get(became, name)))
			json_object_set(next, name, value);
	}
	rc = regroup_back_write(r->db, cases, now, next, e);
	json_decref(now);
	json_decref(next);
	return rc;
}

/* The mail that asks for it would keep an empty case open. */
static int
regroup_back_ordering(struct regroup *r, int64_t origin, struct err *e)
{
	int64_t there;

	if (r->ordering == 0)
		return 0;
	if (db_get_int(r->db, &there, 0, e,
		"SELECT 1 FROM message WHERE id = ? AND cases = ?", "ii",
		r->ordering, r->cases) == -1)
		return -1;
	if (there == 0)
		return 0;
	return regroup_idle(r->db, r->ordering, e) == -1 ||
		       reseal_message(r->db, r->vault, r->spool, r->ordering,
			   origin, e) == -1
		   ? -1
		   : regroup_life_message(r->db, r->ordering, origin, e);
}

/* A case that was split off, and holds nothing any more. */
static int
regroup_back_created(struct regroup *r, struct err *e)
{
	const json_t *first =
	    json_array_get(json_object_get(r->before, "messages"), 0);
	int64_t origin = json_integer_value(json_array_get(first, 1)), n;

	if (json_object_get(r->before, "created") == NULL)
		return 0;
	if (db_get_int(r->db, &n, 0, e,
		"SELECT COUNT(*) FROM message WHERE cases = ? AND id <> ?",
		"ii", r->cases, r->ordering) == -1)
		return -1;
	if (n > 0)
		return 0;
	return regroup_back_ordering(r, origin, e) == -1
		   ? -1
		   : regroup_end(r, r->cases, origin, e);
}

int
regroup_undo(struct regroup *r, int64_t cases, int64_t audit, struct err *e)
{
	const char *id;
	json_t *one;

	if (regroup_find(r, cases, audit, e) == -1 ||
	    regroup_is_last(r, e) == -1 || regroup_back_messages(r, e) == -1 ||
	    regroup_back_notes(r, e) == -1 || regroup_back_people(r, e) == -1 ||
	    regroup_back_feeds(r, e) == -1 || regroup_life_back(r, e) == -1)
		return -1;
	json_object_foreach(json_object_get(r->before, "cases"), id, one)
	{
		if (regroup_back_case(r, id, one, e) == -1 ||
		    regroup_life_settle(r, strtoll(id, NULL, 10), e) == -1)
			return -1;
	}
	if (regroup_back_created(r, e) == -1)
		return -1;
	return db_run(r->db, e, "UPDATE regroup SET undone_at = ? WHERE id = ?",
	    "ii", r->now, r->id);
}

int
regroup_last(struct db *db, int64_t cases, int64_t *audit, const char **act,
    struct err *e)
{
	static const char *const acts[] = {"merge", "split", "move"};
	struct db_row *row;
	int rc;

	*audit = 0;
	*act = acts[0];
	if (db_query(db, &row, e,
		"SELECT audit, act FROM regroup WHERE undone_at IS NULL"
		" AND id IN (SELECT regroup FROM regroup_case WHERE cases = ?)"
		" ORDER BY id DESC LIMIT 1",
		"i", cases) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*audit = db_int(row, 0);
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (strcmp(acts[i], db_text(row, 1)) == 0)
			*act = acts[i];
	db_end(row);
	return 0;
}
