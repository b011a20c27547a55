#include "config/config_deadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "config/category.h"
#include "config/deadline_rule.h"

#define STAGES_MAX 10 /* of one row */

/* What may stand in braces in a line of a draft. */
static const char *const variables[] = {"{case}", "{team}", "{law}", "{to}",
    "{started}", "{due}", "{fields}", NULL};

/* Where the n-th string of a list stands. */
static const config_setting_t *
place(const config_setting_t *at, const char *list, size_t n)
{
	config_setting_t *of = config_setting_get_member(at, list);
	const config_setting_t *one =
	    of == NULL ? NULL : config_setting_get_elem(of, (unsigned int)n);

	return one == NULL ? at : one;
}

/* The same stage twice is right where the second has a condition. */
static bool
is_twice(const struct deadline_stage *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].name, all[n].name) == 0 &&
		    strcmp(all[i].condition, all[n].condition) == 0)
			return true;
	return false;
}

static void
check_stages(struct mistakes *m, const struct config_deadline *d,
    const config_setting_t *at, const char *name)
{
	struct deadline_stage stage[STAGES_MAX];
	char *shown = xasprintf("%s.stages", name);

	if (d->stages.count > STAGES_MAX)
		mistake_take(m, at, shown,
		    xasprintf("has %zu stages, expected at most %d",
			d->stages.count, STAGES_MAX));
	else if (d->stages.count == 0 &&
		 config_setting_get_member(at, "stages") != NULL)
		mistake_take(
		    m, at, shown, xasprintf("is empty, expected a stage"));
	else
		for (size_t i = 0; i < d->stages.count; i++) {
			struct err e = {0};

			if (deadline_stage_parse(
				d->stages.item[i], &stage[i], &e) == -1)
				mistake_take(m, place(at, "stages", i), shown,
				    xstrdup(e.text));
			else if (is_twice(stage, i))
				mistake_take(m, place(at, "stages", i), shown,
				    xasprintf("%s stands there twice, expected "
					      "a name of its own",
					stage[i].name));
		}
	free(shown);
}

/* The bytes of what starts at a brace, as far as one can show it. */
static int
word_length(const char *brace)
{
	size_t len = 1 + strcspn(brace + 1, "{} ");

	return (int)len + (*brace == '{' && brace[len] == '}');
}

static char *
wrong_variable(const char *line)
{
	const char *const *v;

	for (const char *p = line; (p = strpbrk(p, "{}")) != NULL; p++) {
		for (v = variables; *v != NULL; v++)
			if (strncmp(p, *v, strlen(*v)) == 0)
				break;
		if (*v == NULL)
			return xasprintf(
			    "\"%.*s\" stands for nothing, expected {case}, "
			    "{team}, {law}, {to}, {started}, {due} or {fields}",
			    word_length(p), p);
		p += strlen(*v) - 1;
	}
	return NULL;
}

static bool
is_date(const char *text)
{
	struct tm tm = {0};
	int y, m, d, used = 0;

	if (strlen(text) != 10 ||
	    sscanf(text, "%4d-%2d-%2d%n", &y, &m, &d, &used) != 3 ||
	    used != 10 || y < 1970)
		return false;
	tm.tm_year = y - 1900;
	tm.tm_mon = m - 1;
	tm.tm_mday = d;
	/* the 31st of February is another day */
	return timegm(&tm) != -1 && tm.tm_mon == m - 1 && tm.tm_mday == d;
}

static void
check_words(struct mistakes *m, const struct config_deadline *d,
    const config_setting_t *at, const char *name)
{
	int64_t offset;

	for (size_t i = 0; i < d->draft.count; i++)
		mistake_take(m, place(at, "draft", i), name,
		    wrong_variable(d->draft.item[i]));
	for (size_t i = 0; i < d->categories.count; i++)
		if (!category_is_known(d->categories.item[i]))
			mistake_take(m, place(at, "categories", i), name,
			    xasprintf("\"%s\" is no category",
				d->categories.item[i]));
	if (d->zone != NULL && !deadline_offset(d->zone, &offset))
		mistake_take(m, at, name,
		    xasprintf("zone \"%s\" is no offset, expected +09:00 or Z",
			d->zone));
	if (d->reviewed_on != NULL && !is_date(d->reviewed_on))
		mistake_take(m, at, name,
		    xasprintf("reviewed_on \"%s\" is no date, expected "
			      "2026-11-23",
			d->reviewed_on));
}

void
config_deadline_check(struct mistakes *m, const struct config *c,
    const struct config_deadline *d, const config_setting_t *at,
    const char *name)
{
	if (d->id != NULL && !deadline_name_is(d->id))
		mistake_take(m, at, name,
		    xasprintf("id \"%s\" is no name, expected up to %d small "
			      "letters, digits and hyphens",
			d->id, DEADLINE_NAME - 1));
	for (const struct config_deadline *o = c->deadline; o < d; o++)
		if (d->id != NULL && o->id != NULL && strcmp(o->id, d->id) == 0)
			mistake_take(m, at, name,
			    xasprintf("\"%s\" is the id of a row above too, "
				      "expected an id of its own",
				d->id));
	check_stages(m, d, at, name);
	check_words(m, d, at, name);
}
