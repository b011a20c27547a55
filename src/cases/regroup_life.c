#include "cases/regroup_life.h"

#include <stdlib.h>

#include "cases/alarm.h"
#include "cases/deadline.h"
#include "cases/duty.h"
#include "cases/erase.h"
#include "cases/handling.h"
#include "cases/page.h"
#include "cases/regroup_inside.h"
#include "cases/retention.h"

int
regroup_life_message(
    struct db *db, int64_t message, int64_t cases, struct err *e)
{
	return alarm_follow(db, ALARM_UNSEEN, message, cases, e) == -1
		   ? -1
		   : alarm_follow(db, ALARM_UNANSWERED, message, cases, e);
}

/* --- there ------------------------------------------------------------------
 */

/* Those of from (with evidence: that this message shows) run in r->cases. */
static int
life_deadlines(struct regroup *r, int64_t from, int64_t evidence, struct err *e)
{
	json_t *all = regroup_member(r->before, "deadlines", json_object());
	json_t *moved = regroup_of(all, from, json_array());
	size_t i = json_array_size(moved);

	if (deadline_ids(r->db, from, evidence, moved, e) == -1)
		return -1;
	for (; i < json_array_size(moved); i++)
		if (deadline_move(r->db, r->vault,
			json_integer_value(json_array_get(moved, i)), from,
			r->cases, e) == -1)
			return -1;
	return 0;
}

static int
life_hold(struct regroup *r, int64_t from, struct err *e)
{
	json_t *added;

	if (legal_hold_follow(r->db, from, r->cases, &added, e) == -1) {
		json_decref(added);
		return -1;
	}
	if (added != NULL)
		json_object_set_new(r->before, "hold", added);
	return 0;
}

/* Of several cases that are taken in, how it was before the first. */
static int
life_handling(struct regroup *r, int64_t from, struct err *e)
{
	json_t *before, *after, *all;

	if (handling_take(
		r->db, r->vault, from, r->cases, &before, &after, e) == -1) {
		json_decref(before);
		return -1;
	}
	if (before == NULL)
		return 0;
	all = regroup_member(r->before, "handling", json_object());
	(void)regroup_member(all, "before", before);
	json_object_set_new(all, "after", after);
	return 0;
}

static int
life_pages(struct regroup *r, int64_t from, struct err *e)
{
	json_t *all = regroup_member(r->before, "pages", json_object());

	return page_move(
	    r->db, from, r->cases, regroup_of(all, from, json_array()), e);
}

int
regroup_life_merge(struct regroup *r, int64_t from, struct err *e)
{
	if (life_deadlines(r, from, 0, e) == -1 || life_hold(r, from, e) == -1)
		return -1;
	return life_handling(r, from, e) == -1 ? -1 : life_pages(r, from, e);
}

int
regroup_life_follow(
    struct regroup *r, int64_t message, int64_t from, struct err *e)
{
	return life_deadlines(r, from, message, e) == -1
		   ? -1
		   : life_hold(r, from, e);
}

int
regroup_life_settle(struct regroup *r, int64_t cases, struct err *e)
{
	int64_t since;

	if (erasure_withdraw(r->db, cases, e) == -1 ||
	    duty_owes(r->db, cases, &since, e) == -1)
		return -1;
	return db_run(r->db, e,
	    "UPDATE cases SET owed = ?2,"
	    " closed_at = iif(?2 AND state = 'closed', NULL, closed_at),"
	    " state = iif(?2 AND state = 'closed', 'open', state)"
	    " WHERE id = ?1 AND merged_into IS NULL",
	    "ii", cases, (int64_t)(since != 0));
}

/* --- and back ---------------------------------------------------------------
 */

static int
back_deadlines(struct regroup *r, struct err *e)
{
	const char *id;
	json_t *list, *one;
	size_t i;

	json_object_foreach(json_object_get(r->before, "deadlines"), id, list)
	{
		json_array_foreach(list, i, one)
		{
			if (deadline_move(r->db, r->vault,
				json_integer_value(one), r->cases,
				strtoll(id, NULL, 10), e) == -1)
				return -1;
		}
	}
	return 0;
}

static int
back_pages(struct regroup *r, struct err *e)
{
	const char *id;
	json_t *list;

	json_object_foreach(json_object_get(r->before, "pages"), id, list)
	{
		if (page_move_back(
			r->db, strtoll(id, NULL, 10), r->cases, list, e) == -1)
			return -1;
	}
	return 0;
}

static int
back_holds(struct regroup *r, struct err *e)
{
	const json_t *added = json_object_get(r->before, "hold");
	const char *id;
	json_t *one;

	json_object_foreach(json_object_get(r->before, "cases"), id, one)
	{
		int64_t cases = strtoll(id, NULL, 10);

		if (cases != r->cases &&
		    legal_hold_return(r->db, cases, r->cases, added, e) == -1)
			return -1;
	}
	return added == NULL ? 0 : legal_hold_drop(r->db, r->cases, added, e);
}

int
regroup_life_back(struct regroup *r, struct err *e)
{
	const json_t *handling = json_object_get(r->before, "handling");

	if (back_deadlines(r, e) == -1 || back_pages(r, e) == -1 ||
	    back_holds(r, e) == -1)
		return -1;
	return handling == NULL ? 0
				: handling_return(r->db, r->cases,
				      json_object_get(handling, "before"),
				      json_object_get(handling, "after"), e);
}
