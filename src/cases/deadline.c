#include "cases/deadline.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void
deadline_free(struct deadline *d)
{
	free(d->rule);
	free(d->law);
	free(d->to);
	free(d->condition);
	*d = (struct deadline){0};
}

void
deadline_step_free(struct deadline_step *s)
{
	free(s->name);
	free(s->rule);
	*s = (struct deadline_step){0};
}

void
deadline_steps_free(struct deadline_step *s, size_t count)
{
	for (size_t i = 0; i < count; i++)
		deadline_step_free(&s[i]);
	free(s);
}

static const struct config_deadline *
deadline_rule(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->deadlines; i++)
		if (strcmp(c->deadline[i].id, id) == 0)
			return c->deadline[i].off ? NULL : &c->deadline[i];
	return NULL;
}

/* Behind a rule's id and a hyphen, a stage's name. */
static const char *
stage_behind(const char *name, const char *rule)
{
	size_t len = strlen(rule);

	return strncmp(name, rule, len) == 0 && name[len] == '-' &&
		       name[len + 1] != '\0'
		   ? name + len + 1
		   : NULL;
}

const struct config_deadline *
deadline_rule_named(
    const struct config *c, const char *name, const char **stage)
{
	const struct config_deadline *found = deadline_rule(c, name);

	*stage = NULL;
	for (size_t i = 0; found == NULL && i < c->deadlines; i++) {
		const struct config_deadline *d = &c->deadline[i];
		const char *behind = stage_behind(name, d->id);

		for (size_t k = 0; behind != NULL && k < d->stages.count; k++) {
			struct deadline_stage s;

			if (d->off ||
			    deadline_stage_parse(d->stages.item[k], &s, NULL) ==
				-1 ||
			    strcmp(s.name, behind) != 0)
				continue;
			found = d;
			*stage = behind;
		}
	}
	return found;
}

/* --- reading ----------------------------------------------------------------
 */

int
deadline_get(struct db *db, const struct config *c, int64_t id,
    struct deadline *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct deadline){0};
	if (db_query(db, &row, e,
		"SELECT id, cases, rule, law, recipient, condition, started_at,"
		" offset, first_day, rolls, holidays FROM deadline"
		" WHERE id = ?",
		"i", id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 0)
		return err_set(
		    e, ERR_NOINPUT, "there is no deadline %lld", (long long)id);
	if (rc == -1)
		return -1;
	*out = (struct deadline){.id = db_int(row, 0),
	    .cases = db_int(row, 1),
	    .rule = xstrdup(db_text(row, 2)),
	    .law = xstrdup(db_text(row, 3)),
	    .to = xstrdup(db_text(row, 4)),
	    .condition = xstrdup_null(db_text(row, 5)),
	    .started_at = db_int(row, 6),
	    .count = {.offset = db_int(row, 7),
		.first_day = db_int(row, 8) != 0,
		.rolls = db_int(row, 9) != 0,
		.holidays = db_int(row, 10) != 0 ? &c->holidays : NULL}};
	db_end(row);
	return 0;
}

#define STEP_COLUMNS                                                           \
	"id, deadline, name, rule, from_at, due_at, done_at, stopped_at"

static struct deadline_step
step_from_row(const struct db_row *row)
{
	return (struct deadline_step){.id = db_int(row, 0),
	    .deadline = db_int(row, 1),
	    .name = xstrdup(db_text(row, 2)),
	    .rule = xstrdup(db_text(row, 3)),
	    .from_at = db_int(row, 4),
	    .due_at = db_int(row, 5),
	    .done_at = db_int(row, 6),
	    .stopped_at = db_int(row, 7)};
}

int
deadline_steps(struct db *db, int64_t id, struct deadline_step **out,
    size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_query(db, &row, e,
		"SELECT " STEP_COLUMNS " FROM deadline_stage"
		" WHERE deadline = ? ORDER BY position",
		"i", id) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*out = xgrow(*out, *count, sizeof(**out));
		(*out)[(*count)++] = step_from_row(row);
	}
	if (rc == 0)
		return 0;
	deadline_steps_free(*out, *count);
	*out = NULL;
	*count = 0;
	return -1;
}

int
deadline_step_get(
    struct db *db, int64_t id, struct deadline_step *out, struct err *e)
{
	struct db_row *row;
	int rc;

	*out = (struct deadline_step){0};
	if (db_query(db, &row, e,
		"SELECT " STEP_COLUMNS " FROM deadline_stage WHERE id = ?", "i",
		id) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*out = step_from_row(row);
	db_end(row);
	return 1;
}

int
deadline_step_find(struct db *db, int64_t id, const char *name,
    struct deadline_step *out, struct err *e)
{
	struct deadline_step *all;
	size_t count, at = 0;

	*out = (struct deadline_step){0};
	if (deadline_steps(db, id, &all, &count, e) == -1)
		return -1;
	while (at < count &&
	       (name != NULL ? strcmp(all[at].name, name) != 0
			     : all[at].done_at != 0 || all[at].stopped_at != 0))
		at++;
	if (at < count) {
		*out = all[at];
		all[at] = (struct deadline_step){0};
	}
	deadline_steps_free(all, count);
	if (at < count)
		return 0;
	return name != NULL
		   ? err_set(e, ERR_NOINPUT, "it has no stage \"%s\"", name)
		   : err_set(e, ERR_NOINPUT,
			 "all of its stages are done or stopped");
}

int
deadline_find(struct db *db, int64_t cases, const char *name, int64_t *id,
    const char **stage, struct err *e)
{
	struct db_row *row;
	int rc;

	*id = 0;
	/* An exact name before one with a stage behind it, what runs before
	 * what ended; the newest of all. */
	if (db_query(db, &row, e,
		"SELECT id, rule FROM deadline WHERE cases = ?1 AND"
		" (rule = ?2 OR substr(?2, 1, length(rule) + 1) = rule || '-')"
		" ORDER BY rule = ?2 DESC, length(rule) DESC, EXISTS"
		" (SELECT 1 FROM deadline_stage s WHERE s.deadline ="
		" deadline.id AND s.done_at IS NULL AND s.stopped_at IS NULL)"
		" DESC, id DESC LIMIT 1",
		"is", cases, name) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc == 1) {
		const char *behind = stage_behind(name, db_text(row, 1));

		*id = db_int(row, 0);
		if (behind != NULL)
			*stage = behind;
		db_end(row);
	}
	return rc == 0	 ? err_set(e, ERR_NOINPUT,
			       "no deadline %s runs in this case", name)
	       : rc == 1 ? 0
			 : -1;
}

int
deadline_open(struct db *db, int64_t cases, char **name, struct err *e)
{
	struct db_row *row;
	int rc;

	*name = NULL;
	if (db_query(db, &row, e,
		"SELECT d.rule, s.name FROM deadline d JOIN deadline_stage s"
		" ON s.deadline = d.id WHERE d.cases = ? AND s.done_at IS NULL"
		" AND s.stopped_at IS NULL ORDER BY d.id, s.position LIMIT 1",
		"i", cases) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*name = xasprintf("%s %s", db_text(row, 0), db_text(row, 1));
	db_end(row);
	return 0;
}
