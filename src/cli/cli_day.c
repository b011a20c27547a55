/* noroshi day: what waits for somebody, on one page. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/day.h"
#include "cli/option.h"
#include "cli/when.h"

#define DAY_ROWS 10 /* of each section; the commands named list the rest */

/* "5 min", "3 h", "12 d": how long ago an RFC 3339 time was; the caller's. */
static char *
age(const char *time, int64_t now)
{
	int64_t at = 0, seconds;

	if (time == NULL || when_parse(time, NULL, &at, NULL) == -1 || at > now)
		return NULL;
	seconds = now - at;
	if (seconds < 3600)
		return xasprintf("%d min", (int)(seconds / 60));
	if (seconds < 2LL * 86400)
		return xasprintf("%d h", (int)(seconds / 3600));
	return xasprintf("%lld d", (long long)(seconds / 86400));
}

static void
age_cell(struct table *t, const char *time, int64_t now)
{
	char *text = age(time, now);

	table_cell(t, text);
	free(text);
}

/* One section under way: its rows, and how many there would be. */
struct section {
	struct output *o;
	const char *name;
	const char *more; /* the command that lists all */
	struct table t;
	size_t count;
};

static void
section_begin(struct section *c, struct output *o, const char *name,
    const char *more, const char *const *headings)
{
	*c = (struct section){.o = o, .name = name, .more = more};
	table_init(&c->t, headings);
}

/* True where another row still has room. */
static bool
section_row(struct section *c)
{
	return c->count++ < DAY_ROWS;
}

/* Nothing is said of a section without rows. */
static size_t
section_end(struct section *c)
{
	if (c->count > 0) {
		output_put(c->o, "\n");
		output_heading(c->o, c->name);
		output_put(c->o, " (%zu)\n", c->count);
		table_put(&c->t, c->o);
	}
	if (c->count > DAY_ROWS)
		output_put(
		    c->o, "and %zu more: %s\n", c->count - DAY_ROWS, c->more);
	table_free(&c->t);
	return c->count;
}

/* Cases; with old none that is new, which stands under that name. */
static size_t
put_cases(struct output *o, const char *name, const char *more,
    const json_t *list, bool old, int64_t now)
{
	static const char *const headings[] = {
	    "CASE", "PRIORITY", "LABEL", "SINCE", "TITLE", NULL};
	struct section c;
	const json_t *one;
	size_t i;

	section_begin(&c, o, name, more, headings);
	json_array_foreach(list, i, one)
	{
		bool is_new = strcmp(output_string(one, "state"), "new") == 0;

		if ((old && is_new) || !section_row(&c))
			continue;
		table_cell(&c.t, output_string(one, "id"));
		table_cell(&c.t, output_string(one, "priority"));
		table_cell(&c.t, output_string(one, "tlp"));
		age_cell(&c.t, output_string(one, "opened_at"), now);
		table_cell(&c.t, output_string(one, "title"));
	}
	return section_end(&c);
}

/* Of laws and contracts, what is due first above. */
static size_t
put_deadlines(struct output *o, const json_t *list)
{
	static const char *const headings[] = {
	    "CASE", "DUE", "STATE", "DEADLINE", "TO", NULL};
	struct section c;
	const json_t *one;
	size_t i;

	section_begin(&c, o, "Deadlines", "noroshi deadline list", headings);
	json_array_foreach(list, i, one)
	{
		char *what;

		if (!section_row(&c))
			continue;
		what = xasprintf("%s %s", output_string(one, "rule"),
		    output_string(one, "stage"));
		table_cell(&c.t, output_string(one, "case"));
		table_time(&c.t, output_string(one, "due_at"), TIME_MINUTE);
		table_cell(&c.t, json_is_true(json_object_get(one, "overdue"))
				     ? "OVERDUE"
				     : output_string(one, "state"));
		table_cell(&c.t, what);
		table_cell(&c.t, output_string(one, "to"));
		free(what);
	}
	return section_end(&c);
}

static void
put_delivery(struct table *t, const json_t *d, const char *why, int64_t now)
{
	table_number(t, json_integer_value(json_object_get(d, "id")));
	table_cell(t, output_string(d, "case"));
	table_cell(t, output_string(d, "tlp"));
	age_cell(t, output_string(d, "created_at"), now);
	table_cell(t, output_string(d, "recipient"));
	table_cell(t, output_string(d, why));
}

/* Those that the caller may release, or those that wait for others. */
static size_t
put_held(struct output *o, const json_t *list, bool yours, int64_t now)
{
	static const char *const headings[] = {
	    "ID", "CASE", "LABEL", "SINCE", "RECIPIENT", "RULE", NULL};
	struct section c;
	const json_t *one;
	size_t i;

	section_begin(&c, o, yours ? "Held for you" : "Held for others",
	    "noroshi queue list --state held", headings);
	table_soft(&c.t, "RECIPIENT");
	json_array_foreach(list, i, one)
	{
		if (json_is_true(json_object_get(one, "yours")) == yours &&
		    section_row(&c))
			put_delivery(&c.t, one, "rule", now);
	}
	return section_end(&c);
}

static size_t
put_failed(struct output *o, const json_t *list, int64_t now)
{
	static const char *const headings[] = {
	    "ID", "CASE", "LABEL", "SINCE", "RECIPIENT", "WHY", NULL};
	struct section c;
	const json_t *one;
	size_t i;

	section_begin(&c, o, "Not delivered",
	    "noroshi queue list --state failed", headings);
	table_soft(&c.t, "RECIPIENT");
	json_array_foreach(list, i, one)
	{
		if (section_row(&c))
			put_delivery(&c.t, one, "last_error", now);
	}
	return section_end(&c);
}

static size_t
put_quarantined(struct output *o, const json_t *list, int64_t now)
{
	static const char *const headings[] = {
	    "MESSAGE", "SINCE", "FROM", NULL};
	struct section c;
	const json_t *one;
	size_t i;

	section_begin(&c, o, "Quarantined",
	    "noroshi message list --state quarantined", headings);
	json_array_foreach(list, i, one)
	{
		if (!section_row(&c))
			continue;
		table_number(
		    &c.t, json_integer_value(json_object_get(one, "id")));
		age_cell(&c.t, output_string(one, "received_at"), now);
		table_cell(&c.t, output_string(one, "from"));
	}
	return section_end(&c);
}

static size_t
put_keys(struct output *o, const json_t *list)
{
	static const char *const headings[] = {
	    "WHOSE", "PROBLEM", "FINGERPRINT", NULL};
	struct section c;
	const json_t *one, *contact;
	size_t i;

	section_begin(&c, o, "Keys", "noroshi key check", headings);
	json_array_foreach(list, i, one)
	{
		char *whose;

		if (!section_row(&c))
			continue;
		contact = json_object_get(one, "contact");
		whose = json_is_true(json_object_get(one, "team"))
			    ? xstrdup("the team's")
			    : xasprintf("contact %lld",
				  (long long)json_integer_value(contact));
		table_cell(&c.t, whose);
		table_cell(&c.t, output_string(one, "problem"));
		table_cell(&c.t, output_string(one, "fingerprint"));
		free(whose);
	}
	return section_end(&c);
}

static void
put_day(struct output *o, const json_t *day, int64_t now)
{
	const json_t *held = json_object_get(day, "held");
	size_t count;

	output_heading(o, output_string(day, "team"));
	output_put(o, "  %s\n", output_string(day, "at"));
	count = put_deadlines(o, json_object_get(day, "deadlines"));
	count += put_held(o, held, true, now);
	count += put_cases(o, "Overdue", "noroshi case list --overdue",
	    json_object_get(day, "overdue"), false, now);
	count += put_cases(o, "New", "noroshi case list --state new",
	    json_object_get(day, "new"), false, now);
	count += put_cases(o, "Owed an answer", "noroshi case list --owed",
	    json_object_get(day, "owed"), true, now);
	count += put_cases(o, "With mail that nobody opened",
	    "noroshi case list --unseen", json_object_get(day, "unseen"), true,
	    now);
	count += put_failed(o, json_object_get(day, "failed"), now);
	count += put_quarantined(o, json_object_get(day, "quarantined"), now);
	count += put_held(o, held, false, now);
	count += put_keys(o, json_object_get(day, "keys"));
	if (count == 0)
		output_put(o, "\nNothing waits for anybody.\n");
}

int
cli_day(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int64_t now = clock_now(NULL);
	json_t *day;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1 ||
	    session_open(s, e) == -1 || day_json(s, now, &day, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, day, e);
	put_day(&s->out, day, now);
	json_decref(day);
	return 0;
}
