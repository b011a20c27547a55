#include "cases/deadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/alarm.h"
#include "cases/case.h"
#include "cases/message.h"
#include "cases/outgoing.h"

#define DAY INT64_C(86400)
#define RECEIPT_MAX 4096 /* bytes of one, sealed */

/* --- when each stage is due -------------------------------------------------
 */

/* What one deadline is counted with. */
struct reckoning {
	struct db *db;
	int64_t now;
	struct deadline d;
	struct deadline_step *step;
	size_t steps;
};

/* When what a limit counts from was, or with a stage that is still to be done
 * is at the latest; 0: not known. */
static int
reckon_from(
    struct reckoning *r, const char *after, int64_t *from, struct err *e)
{
	*from = r->d.started_at;
	if (after[0] == '\0')
		return 0;
	for (size_t i = 0; i < r->steps; i++) {
		if (strcmp(r->step[i].name, after) != 0)
			continue;
		*from = r->step[i].done_at != 0 ? r->step[i].done_at
						: r->step[i].due_at;
		return 0;
	}
	return db_get_int(r->db, from, 0, e,
	    "SELECT at FROM deadline_event WHERE deadline = ? AND name = ?",
	    "is", r->d.id, after);
}

/* The earliest of its limits; *word where it has none, but is to be done. */
static int
reckon_step(struct reckoning *r, const struct deadline_step *s, int64_t *from,
    int64_t *due, bool *prompt, struct err *e)
{
	struct deadline_stage rule;

	*from = *due = 0;
	*prompt = false;
	if (deadline_stage_parse(s->rule, &rule, e) == -1)
		return -1;
	for (size_t i = 0; i < rule.limits; i++) {
		const struct deadline_limit *l = &rule.limit[i];
		int64_t start, end;

		if (reckon_from(r, l->after, &start, e) == -1)
			return -1;
		if (start == 0)
			continue;
		end = deadline_due(l, &r->d.count, start);
		if (end == 0 && *from == 0) {
			*from = start;
			*prompt =
			    l->word != NULL && strcmp(l->word, "open") != 0;
		} else if (end != 0 && (*due == 0 || end < *due)) {
			*from = start;
			*due = end;
		}
	}
	return 0;
}

static int
step_alarm(struct reckoning *r, const struct deadline_step *s,
    const char *stage, int64_t at, struct err *e)
{
	return alarm_set(
	    r->db, ALARM_DEADLINE, s->id, stage, r->d.cases, at, e);
}

/* Of the reminders whose time is over, the last one rings now. */
static int
step_alarms(struct reckoning *r, const struct deadline_step *s, int64_t from,
    int64_t due, bool prompt, struct err *e)
{
	static const int percent[] = {50, 80, 100};
	const size_t count = sizeof(percent) / sizeof(*percent);

	if (alarm_clear(r->db, ALARM_DEADLINE, s->id, NULL, e) == -1)
		return -1;
	if (due == 0 && !prompt)
		return 0;
	for (size_t i = 0; i < count; i++) {
		int64_t at, next;
		char stage[16];

		at = due != 0 ? deadline_share(from, due, percent[i])
			      : from + (int64_t)(i + 1) * DAY;
		next = i + 1 == count ? INT64_MAX
		       : due != 0 ? deadline_share(from, due, percent[i + 1])
				  : from + (int64_t)(i + 2) * DAY;
		if (next <= r->now)
			continue;
		(void)snprintf(stage, sizeof(stage), "%d%s",
		    due != 0 ? percent[i] : 24 * (int)(i + 1),
		    due != 0 ? "%" : "h");
		if (step_alarm(r, s, stage, at, e) == -1)
			return -1;
	}
	return 0;
}

static int
reckon_write(struct reckoning *r, struct deadline_step *s, struct err *e)
{
	int64_t from, due;
	bool prompt;

	if (s->done_at != 0 || s->stopped_at != 0)
		return alarm_clear(r->db, ALARM_DEADLINE, s->id, NULL, e);
	if (reckon_step(r, s, &from, &due, &prompt, e) == -1)
		return -1;
	if (from == s->from_at && due == s->due_at)
		return 0;
	s->from_at = from;
	s->due_at = due;
	if (db_run(r->db, e,
		"UPDATE deadline_stage SET from_at = NULLIF(?, 0),"
		" due_at = NULLIF(?, 0) WHERE id = ?",
		"iii", from, due, s->id) == -1)
		return -1;
	return step_alarms(r, s, from, due, prompt, e);
}

/* All stages in their order: a later one may count from an earlier one. */
static int
reckon(struct db *db, const struct config *c, int64_t id, int64_t now,
    struct err *e)
{
	struct reckoning r = {.db = db, .now = now};
	int rc = -1;

	if (deadline_get(db, c, id, &r.d, e) == 0 &&
	    deadline_steps(db, id, &r.step, &r.steps, e) == 0)
		rc = 0;
	for (size_t i = 0; i < r.steps && rc == 0; i++)
		rc = reckon_write(&r, &r.step[i], e);
	deadline_steps_free(r.step, r.steps);
	deadline_free(&r.d);
	return rc;
}

/* --- writing ----------------------------------------------------------------
 */

/* Whether the stage is of a deadline that began under that condition: one that
 * is meant for it takes the place of the one that is not. */
static bool
stage_counts(const struct config_deadline *rule, size_t n,
    const struct deadline_stage *s, const char *condition)
{
	if (s->condition[0] != '\0')
		return condition != NULL &&
		       strcmp(s->condition, condition) == 0;
	for (size_t i = 0; condition != NULL && i < rule->stages.count; i++) {
		struct deadline_stage other;

		if (i != n &&
		    deadline_stage_parse(rule->stages.item[i], &other, NULL) ==
			0 &&
		    strcmp(other.name, s->name) == 0 &&
		    strcmp(other.condition, condition) == 0)
			return false;
	}
	return true;
}

static int
start_stages(
    struct db *db, const struct deadline_start *s, int64_t id, struct err *e)
{
	const struct strs *stages = &s->rule->stages;
	bool known = s->condition == NULL;

	for (size_t i = 0; i < stages->count; i++) {
		struct deadline_stage stage;

		if (deadline_stage_parse(stages->item[i], &stage, e) == -1)
			return -1;
		if (s->condition != NULL &&
		    strcmp(stage.condition, s->condition) == 0)
			known = true;
		if (!stage_counts(s->rule, i, &stage, s->condition))
			continue;
		if (db_run(db, e,
			"INSERT INTO deadline_stage (deadline, position, name,"
			" rule) VALUES (?, ?, ?, ?)",
			"iiss", id, (int64_t)i, stage.name,
			stages->item[i]) == -1)
			return -1;
	}
	if (!known)
		return err_set(e, ERR_DATA, "%s has no condition \"%s\"",
		    s->rule->id, s->condition);
	return 0;
}

int
deadline_start(struct db *db, const struct config *c,
    const struct deadline_start *s, int64_t *id, struct err *e)
{
	const struct config_deadline *r = s->rule;
	int64_t offset = 0, running;

	if (db_get_int(db, &running, 0, e,
		"SELECT COUNT(*) FROM deadline d JOIN deadline_stage s ON"
		" s.deadline = d.id WHERE d.cases = ? AND d.rule = ? AND"
		" s.done_at IS NULL AND s.stopped_at IS NULL",
		"is", s->cases, r->id) == -1)
		return -1;
	if (running > 0)
		return err_set(
		    e, ERR_DATA, "%s runs in this case already", r->id);
	if (r->zone != NULL && !deadline_offset(r->zone, &offset))
		return err_set(e, ERR_BUG, "a zone that was not checked");
	if (db_insert(db, id, e,
		"INSERT INTO deadline (cases, rule, law, recipient, condition,"
		" offset, first_day, rolls, holidays, started_at, evidence,"
		" recorded_at, recorded_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
		" ?, NULLIF(?, 0), ?, NULLIF(?, 0))",
		"issssiiiiiiii", s->cases, r->id, r->law, r->to, s->condition,
		offset, (int64_t)r->first_day, (int64_t)(r->roll != NULL),
		(int64_t)(r->calendar != NULL &&
			  strcmp(r->calendar, "holidays") == 0),
		s->at, s->evidence, s->now, s->by) == -1 ||
	    start_stages(db, s, *id, e) == -1)
		return -1;
	return reckon(db, c, *id, s->now, e);
}

/* Whether a stage that is left counts from that fact. */
static int
waits_for(
    struct db *db, int64_t id, const char *name, bool *waits, struct err *e)
{
	struct deadline_step *all;
	size_t count;

	*waits = false;
	if (deadline_steps(db, id, &all, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct deadline_stage s;

		if (all[i].done_at != 0 || all[i].stopped_at != 0 ||
		    deadline_stage_parse(all[i].rule, &s, NULL) == -1)
			continue;
		for (size_t k = 0; k < s.limits; k++)
			if (strcmp(s.limit[k].after, name) == 0)
				*waits = true;
	}
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].name, name) == 0)
			*waits = false;
	deadline_steps_free(all, count);
	return 0;
}

int
deadline_happened(struct db *db, const struct config *c, int64_t id,
    const struct deadline_event *f, struct err *e)
{
	bool waits;

	if (waits_for(db, id, f->name, &waits, e) == -1)
		return -1;
	if (!waits)
		return err_set(
		    e, ERR_DATA, "no stage of it waits for \"%s\"", f->name);
	if (db_run(db, e,
		"INSERT INTO deadline_event (deadline, name, at, evidence)"
		" VALUES (?, ?, ?, NULLIF(?, 0)) ON CONFLICT (deadline, name)"
		" DO UPDATE SET at = excluded.at, evidence = excluded.evidence",
		"isii", id, f->name, f->at, f->evidence) == -1)
		return -1;
	return reckon(db, c, id, f->now, e);
}

int
deadline_proves(
    struct db *db, int64_t cases, int64_t message, int64_t *at, struct err *e)
{
	const char *state = NULL;
	struct message m;
	bool ours;

	if (message_get(db, message, &m, e) == -1)
		return -1;
	ours = strcmp(m.direction, "out") == 0 && m.cases == cases;
	message_free(&m);
	if (!ours)
		return err_set(e, ERR_DATA,
		    "message %lld is none that this case sent",
		    (long long)message);
	if (outgoing_state(db, message, &state, e) == -1)
		return -1;
	if (state == NULL || strcmp(state, "sent") != 0)
		return err_set(e, ERR_DATA,
		    "message %lld has not left: it is %s", (long long)message,
		    state == NULL ? "unsent" : state);
	return outgoing_sent_at(db, message, at, e);
}

static int
seal_receipt(struct db *db, struct vault *v, const struct deadline_step *s,
    const char *receipt, struct buf *out, struct err *e)
{
	char context[48];
	int64_t key;

	if (receipt == NULL)
		return 0;
	if (db_get_int(db, &key, 0, e,
		"SELECT c.vault_key FROM cases c JOIN deadline d ON d.cases ="
		" c.id WHERE d.id = ?",
		"i", s->deadline) == -1)
		return -1;
	case_context(context, "receipt", s->id);
	return vault_seal(v, key, context, receipt, strlen(receipt), out, e);
}

int
deadline_done(struct db *db, struct vault *v, const struct config *c,
    const struct deadline_step *s, const struct deadline_proof *p,
    struct err *e)
{
	struct buf sealed;
	int rc = -1;

	if (s->done_at != 0 || s->stopped_at != 0)
		return err_set(e, ERR_DATA, "its stage %s is %s already",
		    s->name, s->done_at != 0 ? "done" : "stopped");
	buf_init(&sealed, 2 * RECEIPT_MAX);
	if (seal_receipt(db, v, s, p->receipt, &sealed, e) == 0 &&
	    db_run(db, e,
		"UPDATE deadline_stage SET done_at = ?, ended_by ="
		" NULLIF(?, 0), proof = NULLIF(?, 0), receipt_sealed = ?"
		" WHERE id = ?",
		"iiibi", p->at, p->by, p->message,
		p->receipt == NULL ? NULL : &sealed, s->id) == 0)
		rc = reckon(db, c, s->deadline, p->now, e);
	buf_free(&sealed);
	return rc;
}

int
deadline_stop(struct db *db, int64_t id, const char *name, int64_t now,
    int64_t by, int64_t *count, struct err *e)
{
	struct deadline_step *all;
	size_t steps;
	int rc = 0;

	*count = 0;
	if (deadline_steps(db, id, &all, &steps, e) == -1)
		return -1;
	for (size_t i = 0; i < steps && rc == 0; i++) {
		const struct deadline_step *s = &all[i];

		if (s->done_at != 0 || s->stopped_at != 0 ||
		    (name != NULL && strcmp(s->name, name) != 0))
			continue;
		(*count)++;
		rc = db_run(db, e,
		    "UPDATE deadline_stage SET stopped_at = ?,"
		    " ended_by = NULLIF(?, 0) WHERE id = ?",
		    "iii", now, by, s->id);
		if (rc == 0)
			rc = alarm_clear(db, ALARM_DEADLINE, s->id, NULL, e);
	}
	deadline_steps_free(all, steps);
	return rc;
}
