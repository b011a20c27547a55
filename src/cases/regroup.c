#include "cases/regroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/bound.h"
#include "cases/case_link.h"
#include "cases/erase.h"
#include "cases/regroup_inside.h"
#include "cases/regroup_life.h"
#include "cases/regroup_people.h"
#include "cases/reseal.h"

#define REGROUP_CHAIN 100 /* cases that were merged one into the next */

/* --- what is kept of how it was ---------------------------------------------
 */

json_t *
regroup_member(json_t *of, const char *name, json_t *fresh)
{
	json_t *one = json_object_get(of, name);

	if (one != NULL) {
		json_decref(fresh);
		return one;
	}
	json_object_set_new(of, name, fresh);
	return fresh;
}

json_t *
regroup_of(json_t *of, int64_t cases, json_t *fresh)
{
	char id[24];

	(void)snprintf(id, sizeof(id), "%lld", (long long)cases);
	return regroup_member(of, id, fresh);
}

int
regroup_state(struct db *db, int64_t cases, json_t **out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	if (db_query(db, &row, e,
		"SELECT state, coalesce(closed_at, 0), owed, label,"
		" coalesce(merged_into, 0), coalesce((SELECT embargo_until"
		" FROM case_bound b WHERE b.cases = c.id), 0)"
		" FROM cases c WHERE id = ?",
		"i", cases) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 0)
		return err_set(e, ERR_NOINPUT, "there is no such case");
	if (rc == -1)
		return -1;
	*out = json_pack("{s:s, s:I, s:I, s:s?, s:I, s:I}", "state",
	    db_text(row, 0), "closed_at", (json_int_t)db_int(row, 1), "owed",
	    (json_int_t)db_int(row, 2), "label", db_text(row, 3), "merged_into",
	    (json_int_t)db_int(row, 4), "embargo", (json_int_t)db_int(row, 5));
	db_end(row);
	return *out == NULL ? err_set(e, ERR_BUG, "case as JSON") : 0;
}

/* How a case is, before or after the act. */
static int
regroup_keep(struct regroup *r, const char *when, int64_t cases, struct err *e)
{
	json_t *all = regroup_member(r->before, when, json_object());
	json_t *one;

	if (regroup_state(r->db, cases, &one, e) == -1)
		return -1;
	(void)regroup_of(all, cases, one);
	return 0;
}

static void
regroup_begin(struct regroup *r)
{
	r->before = json_pack("{s:[], s:{}, s:{}, s:{}, s:{}}", "messages",
	    "notes", "added", "left", "cases");
}

static int
regroup_write(struct regroup *r, const char *act, struct err *e)
{
	const char *id;
	json_t *one;
	char *text;
	int rc;

	json_object_foreach(json_object_get(r->before, "cases"), id, one)
	{
		int64_t number = strtoll(id, NULL, 10);

		if (regroup_life_settle(r, number, e) == -1 ||
		    case_changed(r->db, number, e) == -1 ||
		    regroup_keep(r, "after", number, e) == -1)
			return -1;
	}
	text = json_dumps(r->before, JSON_COMPACT | JSON_SORT_KEYS);
	if (text == NULL)
		return err_set(e, ERR_BUG, "an act as JSON");
	rc = db_insert(r->db, &r->id, e,
	    "INSERT INTO regroup (at, act, cases, before) VALUES (?, ?, ?, ?)",
	    "isis", r->now, act, r->cases, text);
	free(text);
	json_object_foreach(json_object_get(r->before, "cases"), id, one)
	{
		if (rc == 0)
			rc = db_run(r->db, e,
			    "INSERT INTO regroup_case (regroup, cases)"
			    " VALUES (?, ?)",
			    "ii", r->id, (int64_t)strtoll(id, NULL, 10));
	}
	return rc;
}

int
regroup_audited(struct regroup *r, struct err *e)
{
	return db_run(r->db, e,
	    "UPDATE regroup SET audit = (SELECT MAX(id) FROM audit)"
	    " WHERE id = ?",
	    "i", r->id);
}

/* --- acts -------------------------------------------------------------------
 */

int
regroup_survivor(struct db *db, int64_t cases, int64_t *survivor, struct err *e)
{
	int64_t into = cases;

	*survivor = cases;
	for (int i = 0; i < REGROUP_CHAIN && into != 0; i++) {
		*survivor = into;
		if (db_get_int(db, &into, 0, e,
			"SELECT coalesce(merged_into, 0) FROM cases"
			" WHERE id = ?",
			"i", *survivor) == -1)
			return -1;
	}
	return 0;
}

int
regroup_whole(struct db *db, int64_t cases, struct err *e)
{
	int64_t survivor;
	struct case_file c;

	if (regroup_survivor(db, cases, &survivor, e) == -1)
		return -1;
	if (survivor == cases)
		return 0;
	if (case_get(db, NULL, survivor, &c, e) == -1)
		return -1;
	err_set(e, ERR_DATA, "it was merged into %s: name that", c.name);
	case_free(&c);
	return -1;
}

/* What was destroyed is not moved, nor is anything put where it cannot be
 * read. */
static int
regroup_kept(struct regroup *r, int64_t cases, struct err *e)
{
	bool erased;

	if (erase_is_done(r->db, cases, &erased, e) == -1)
		return -1;
	return erased ? err_set(e, ERR_NOINPUT, "case %lld was erased",
			    (long long)cases)
		      : 0;
}

static int
regroup_usable(struct regroup *r, int64_t cases, struct err *e)
{
	return regroup_whole(r->db, cases, e) == -1
		   ? err_in(e, "case %lld", (long long)cases)
		   : regroup_kept(r, cases, e);
}

/* What is judged again sees by its case's version that it was moved, if it has
 * a case. */
int
regroup_idle(struct db *db, int64_t message, struct err *e)
{
	int64_t busy;

	if (db_get_int(db, &busy, 0, e,
		"SELECT step <> 'done' OR (cases IS NULL AND EXISTS"
		" (SELECT 1 FROM again a WHERE a.message = m.id))"
		" FROM message m WHERE id = ?",
		"i", message) == -1)
		return -1;
	return busy == 0 ? 0
			 : err_set(e, ERR_TEMP,
			       "message %lld is being worked on; try again in"
			       " a moment",
			       (long long)message);
}

static int
regroup_message(struct regroup *r, int64_t message, int64_t from, struct err *e)
{
	if (regroup_idle(r->db, message, e) == -1 ||
	    reseal_message(r->db, r->vault, r->spool, message, r->cases, e) ==
		-1 ||
	    regroup_life_message(r->db, message, r->cases, e) == -1)
		return -1;
	json_array_append_new(json_object_get(r->before, "messages"),
	    json_pack("[I, I]", (json_int_t)message, (json_int_t)from));
	return 0;
}

static int
regroup_messages_of(struct regroup *r, int64_t from, struct err *e)
{
	const struct message_filter f = {.cases = from};
	int64_t *id = NULL;
	size_t count;
	int rc = message_list(r->db, &f, &id, &count, e);

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = regroup_message(r, id[i], from, e);
	free(id);
	return rc;
}

static enum noroshi_tlp
regroup_label(const struct case_file *c)
{
	return c->has_label ? c->label : NOROSHI_TLP_CLEAR;
}

/* The strictest of both, for the survivor. */
static int
regroup_raise(struct regroup *r, const struct case_file *from, struct err *e)
{
	struct case_file into = {0};
	int64_t until, was;
	int rc = -1;

	if (case_get(r->db, NULL, r->cases, &into, e) == -1 ||
	    case_embargo(r->db, from->id, &until, e) == -1 ||
	    case_embargo(r->db, into.id, &was, e) == -1)
		goto out;
	if (from->has_label &&
	    (!into.has_label || regroup_label(from) > regroup_label(&into)) &&
	    case_set_label(r->db, into.id, from->label, e) == -1)
		goto out;
	if (until > was && case_set_embargo(r->db, into.id, until, e) == -1)
		goto out;
	into.owed = into.owed || from->owed;
	if (strcmp(into.state, "closed") == 0 &&
	    strcmp(from->state, "closed") != 0) {
		free(into.state);
		into.state = xstrdup("open");
		into.closed_at = 0;
	}
	rc = case_update(r->db, &into, e);
out:
	case_free(&into);
	return rc;
}

int
regroup_end(struct regroup *r, int64_t from, int64_t into, struct err *e)
{
	return db_run(r->db, e,
	    "UPDATE cases SET state = 'closed', owed = 0, merged_into = ?,"
	    " closed_at = coalesce(closed_at, ?) WHERE id = ?",
	    "iii", into, r->now, from);
}

/* Notices that go on coming go to the survivor. */
static int
regroup_feeds(struct regroup *r, int64_t from, struct err *e)
{
	json_t *feeds = regroup_member(r->before, "feeds", json_object());
	json_t *list = regroup_of(feeds, from, json_array());
	struct db_row *row;
	int rc;

	if (db_query(r->db, &row, e, "SELECT digest FROM feed WHERE cases = ?",
		"i", from) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		json_array_append_new(list, json_string(db_text(row, 0)));
	return rc == -1 ? -1
			: db_run(r->db, e,
			      "UPDATE feed SET cases = ? WHERE cases = ?", "ii",
			      r->cases, from);
}

static int
regroup_merge_one(struct regroup *r, int64_t id, struct err *e)
{
	json_t *notes = json_object_get(r->before, "notes");
	json_t *added = json_object_get(r->before, "added");
	struct case_file from = {0};
	int rc = -1;

	if (regroup_usable(r, id, e) == -1)
		return -1;
	if (id == r->cases)
		return err_set(e, ERR_DATA, "a case cannot take itself in");
	if (regroup_keep(r, "cases", id, e) == -1 ||
	    case_get(r->db, NULL, id, &from, e) == -1)
		return -1;
	if (regroup_messages_of(r, id, e) == 0 &&
	    reseal_notes(r->db, r->vault, id, r->cases, NULL,
		regroup_of(notes, id, json_array()), e) == 0 &&
	    regroup_people_copy(r->db, id, r->cases, added, e) == 0 &&
	    regroup_life_merge(r, id, e) == 0 && regroup_feeds(r, id, e) == 0 &&
	    regroup_raise(r, &from, e) == 0)
		rc = regroup_end(r, id, r->cases, e);
	case_free(&from);
	return rc;
}

int
regroup_merge(struct regroup *r, int64_t into, const int64_t *from,
    size_t count, struct err *e)
{
	regroup_begin(r);
	r->cases = into;
	if (regroup_usable(r, into, e) == -1 ||
	    regroup_keep(r, "cases", into, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (regroup_merge_one(r, from[i], e) == -1)
			return -1;
	return regroup_write(r, "merge", e);
}

static int
regroup_move_one(struct regroup *r, int64_t message, struct err *e)
{
	json_t *left = json_object_get(r->before, "left");
	json_t *added = json_object_get(r->before, "added");
	struct message m;
	int64_t from;

	if (message_get(r->db, message, &m, e) == -1)
		return -1;
	from = m.cases;
	message_free(&m);
	if (from == r->cases)
		return err_set(e, ERR_DATA, "message %lld is in that case",
		    (long long)message);
	if (from != 0 && (regroup_kept(r, from, e) == -1 ||
			     regroup_keep(r, "cases", from, e) == -1))
		return -1;
	if (from != 0 && regroup_people_follow(
			     r->db, message, from, r->cases, added, e) == -1)
		return -1;
	if (regroup_message(r, message, from, e) == -1)
		return -1;
	if (from == 0)
		return 0;
	return regroup_life_follow(r, message, from, e) == -1
		   ? -1
		   : regroup_people_leave(r->db, message, from,
			 regroup_of(left, from, json_array()), e);
}

int
regroup_move(struct regroup *r, int64_t to, const int64_t *message,
    size_t count, struct err *e)
{
	regroup_begin(r);
	r->cases = to;
	if (regroup_usable(r, to, e) == -1 ||
	    regroup_keep(r, "cases", to, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (regroup_move_one(r, message[i], e) == -1)
			return -1;
	return regroup_write(r, "move", e);
}

/* The one case that all of them are in. */
static int
regroup_origin(struct db *db, const int64_t *message, size_t count,
    int64_t *cases, struct err *e)
{
	*cases = 0;
	for (size_t i = 0; i < count; i++) {
		struct message m;
		int64_t one;

		if (message_get(db, message[i], &m, e) == -1)
			return -1;
		one = m.cases;
		message_free(&m);
		if (one == 0 || (i > 0 && one != *cases))
			return err_set(e, ERR_DATA,
			    "message %lld is not in the case that is split",
			    (long long)message[i]);
		*cases = one;
	}
	return count > 0 ? 0 : err_set(e, ERR_DATA, "no message to split off");
}

/* A case like the one that its messages come from. */
static int
regroup_open(struct regroup *r, const struct case_file *origin,
    const char *prefix, const char *title, struct err *e)
{
	const struct case_new n = {.prefix = prefix,
	    .title = title,
	    .priority = origin->priority,
	    .category = origin->category,
	    .owner = origin->owner,
	    .owed = origin->owed};
	struct case_file fresh = {0};
	int64_t until;
	int rc = -1;

	if (case_create(r->db, r->vault, r->now, &n, &fresh, e) == 0 &&
	    case_embargo(r->db, origin->id, &until, e) == 0)
		rc = 0;
	r->cases = fresh.id;
	if (rc == 0 && origin->has_label)
		rc = case_set_label(r->db, fresh.id, origin->label, e);
	if (rc == 0 && until > r->now)
		rc = case_set_embargo(r->db, fresh.id, until, e);
	if (rc == 0)
		rc = case_link_add(
		    r->db, r->now, fresh.id, origin->id, "split", 0, e);
	case_free(&fresh);
	return rc;
}

int
regroup_split(struct regroup *r, const char *prefix, const char *title,
    const int64_t *message, size_t count, struct err *e)
{
	struct case_file origin = {0};
	int64_t from;
	int rc = -1;

	regroup_begin(r);
	if (regroup_origin(r->db, message, count, &from, e) == -1 ||
	    case_get(r->db, NULL, from, &origin, e) == -1)
		return -1;
	if (regroup_kept(r, from, e) == -1 ||
	    regroup_open(r, &origin, prefix, title, e) == -1 ||
	    regroup_keep(r, "cases", from, e) == -1 ||
	    regroup_keep(r, "cases", r->cases, e) == -1)
		goto out;
	json_object_set_new(
	    r->before, "created", json_integer((json_int_t)r->cases));
	for (size_t i = 0; i < count; i++)
		if (regroup_move_one(r, message[i], e) == -1)
			goto out;
	rc = regroup_write(r, "split", e);
out:
	case_free(&origin);
	return rc;
}
