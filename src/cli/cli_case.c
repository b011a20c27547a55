/* noroshi case list, show: what hangs together. */
#include <stdlib.h>
#include <string.h>

#include "cases/case.h"
#include "cases/conversation.h"
#include "cases/tick.h"
#include "cli/cases.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/timeline.h"
#include "config/checklist.h"
#include "cli/suggestions.h"
#include "people/contact.h"

void
cases_put(struct output *o, const json_t *list)
{
	static const char *const headings[] = {"CASE", "STATE", "OWED",
	    "PRIORITY", "CATEGORY", "LABEL", "MAILS", "OPENED", "TITLE", NULL};
	struct table t;
	const json_t *c;
	size_t i;

	table_init(&t, headings);
	json_array_foreach(list, i, c)
	{
		table_cell(&t, output_string(c, "id"));
		table_cell(&t, output_string(c, "state"));
		table_cell(&t,
		    json_is_true(json_object_get(c, "owed")) ? "yes" : NULL);
		table_cell(&t, output_string(c, "priority"));
		table_cell(&t, output_string(c, "category"));
		table_cell(&t, output_string(c, "tlp"));
		table_number(&t,
		    (int64_t)json_array_size(json_object_get(c, "messages")));
		table_time(&t, output_string(c, "opened_at"), TIME_DAY);
		table_cell(&t, output_string(c, "title"));
	}
	table_put(&t, o);
	table_free(&t);
}

/* Which cases are listed: those for which all of it holds. */
struct wanted_case {
	const char *state; /* or NULL */
	const char *who; /* whose, as it was written; or NULL */
	bool owed, unseen, overdue, mine;
	int64_t owner; /* contact; 0: anybody's */
};

static bool
case_is_overdue(const json_t *c)
{
	const json_t *term;
	size_t i;

	json_array_foreach(json_object_get(c, "service"), i, term)
	{
		if (json_is_true(json_object_get(term, "overdue")))
			return true;
	}
	return false;
}

static bool
case_is_wanted(const struct wanted_case *w, const json_t *c)
{
	if (w->owed && !json_is_true(json_object_get(c, "owed")))
		return false;
	if (w->unseen && json_array_size(json_object_get(c, "unseen")) == 0)
		return false;
	if (w->overdue && !case_is_overdue(c))
		return false;
	return w->owner == 0 ||
	       json_integer_value(json_object_get(c, "owner")) == w->owner;
}

static int
list_options(struct session *s, int argc, char **argv, struct wanted_case *w,
    struct err *e)
{
	static const char *const states[] = {
	    "new", "open", "waiting", "closed", NULL};
	static const struct option table[] = {
	    {"state", required_argument, NULL, 's'},
	    {"owner", required_argument, NULL, 'o'},
	    {"owed", no_argument, NULL, 'O'},
	    {"unseen", no_argument, NULL, 'u'},
	    {"overdue", no_argument, NULL, 'd'},
	    {"mine", no_argument, NULL, 'm'}, {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		s->out.json = s->out.json || c == 'j';
		w->owed = w->owed || c == 'O';
		w->unseen = w->unseen || c == 'u';
		w->overdue = w->overdue || c == 'd';
		w->mine = w->mine || c == 'm';
		if (c == 's')
			w->state = optarg;
		else if (c == 'o')
			w->who = optarg;
	}
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1)
		return -1;
	return w->state == NULL ? 0 : option_word(w->state, states, "state", e);
}

/* Whose cases are meant. */
static int
list_owner(struct session *s, struct wanted_case *w, struct err *e)
{
	struct contact c;

	if (w->mine) {
		if (session_act(s, NULL, e) == -1)
			return -1;
		w->owner = s->contact;
	}
	if (w->who == NULL)
		return 0;
	if (contact_find(s->db, w->who, &c, e) == -1)
		return -1;
	w->owner = c.id;
	contact_free(&c);
	return 0;
}

int
cli_case_list(struct session *s, int argc, char **argv, struct err *e)
{
	struct wanted_case w = {0};
	json_t *list, *one;
	int64_t *id = NULL;
	size_t count = 0;
	int rc = 0;

	if (list_options(s, argc, argv, &w, e) == -1 ||
	    session_open(s, e) == -1 || list_owner(s, &w, e) == -1 ||
	    case_list(s->db, w.state, &id, &count, e) == -1)
		return -1;
	list = json_array();
	if (count > 0)
		rc = session_vault(s, e);
	for (size_t i = 0; i < count && rc == 0; i++) {
		rc = session_case(s, id[i], &one, e);
		if (rc == 0 && case_is_wanted(&w, one))
			json_array_append_new(list, one);
		else if (rc == 0)
			json_decref(one);
	}
	free(id);
	if (rc == 0 && s->out.json)
		return output_json(&s->out, list, e);
	if (rc == 0)
		cases_put(&s->out, list);
	json_decref(list);
	return rc;
}

static void
put_people(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		int64_t id =
		    json_integer_value(json_object_get(one, "contact"));
		const char *name = output_string(one, "name");

		output_put(o, "%-12s ", i == 0 ? "People" : "");
		if (name != NULL && *name != '\0') {
			output_line(o, name);
			output_put(o, " ");
		}
		output_put(o, "<");
		output_line(o, output_string(one, "address"));
		output_put(o, ">");
		if (id != 0)
			output_put(o, " (contact %lld)", (long long)id);
		if (json_is_true(json_object_get(one, "constituency")))
			output_put(o, ", of the constituency");
		output_put(o, "\n");
	}
}

/* "Taro Yamada (contact 1)" */
static void
put_name(struct session *s, int64_t id)
{
	struct contact c;

	if (contact_get(s->db, id, &c, NULL) == 0) {
		output_line(&s->out, c.name);
		output_put(&s->out, " (contact %lld)", (long long)id);
		contact_free(&c);
	} else {
		output_put(&s->out, "contact %lld", (long long)id);
	}
}

static void
put_notes(struct session *s, const json_t *list)
{
	struct output *o = &s->out;
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *text = output_string(one, "text");
		int64_t id = json_integer_value(json_object_get(one, "author"));

		output_put(o, "\n");
		output_heading(o, "Note");
		output_put(o, " %s", output_string(one, "at"));
		if (id != 0) {
			output_put(o, ", by ");
			put_name(s, id);
		}
		output_put(o, "\n");
		if (text != NULL && *text != '\0')
			output_text(o, text, strlen(text));
	}
}

static void
put_words(struct output *o, const char *name, const json_t *list)
{
	const json_t *one;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	output_put(o, "%-12s", name);
	json_array_foreach(list, i, one)
	{
		output_put(o, "%s ", i > 0 ? "," : "");
		if (json_is_integer(one))
			output_put(
			    o, "%lld", (long long)json_integer_value(one));
		else
			output_line(o, json_string_value(one));
	}
	output_put(o, "\n");
}

/* One line for each: who, under which label, which messages. */
static void
put_conversations(struct output *o, const json_t *list)
{
	const json_t *one, *value;
	size_t i, k;

	json_array_foreach(list, i, one)
	{
		output_put(o, "%-12s", i == 0 ? "Talks" : "");
		json_array_foreach(
		    json_object_get(one, "participants"), k, value)
		{
			output_put(o, k > 0 ? ", " : " ");
			output_line(o, json_string_value(value));
		}
		output_put(o, ":");
		json_array_foreach(json_object_get(one, "messages"), k, value)
		    output_put(o, "%s %lld", k > 0 ? "," : "",
			(long long)json_integer_value(value));
		if (output_string(one, "tlp") != NULL) {
			output_put(o, " ");
			output_label(o, output_string(one, "tlp"), false);
		}
		if (json_is_true(json_object_get(one, "untrusted")))
			output_put(o, " (untrusted)");
		output_put(o, "\n");
	}
}

static void
put_links(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		output_put(o, "%-12s %s ", i == 0 ? "Links" : "",
		    output_string(one, "kind"));
		output_line(o, output_string(one, "case"));
		output_put(o, "\n");
	}
}

/* "jp-appi-final final 2026-12-01T14:59:59Z running", a line each. */
static void
put_deadlines(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *due = output_string(one, "due_at");
		bool overdue = json_is_true(json_object_get(one, "overdue"));

		output_put(o, "%-12s ", i == 0 ? "Deadlines" : "");
		output_line(o, output_string(one, "rule"));
		output_put(o, " ");
		output_line(o, output_string(one, "stage"));
		output_put(o, " %s %s\n", due == NULL ? "without a time" : due,
		    overdue ? "OVERDUE" : output_string(one, "state"));
	}
}

/* "answer by 2026-11-24T01:00:00Z (overdue)" */
static void
put_terms(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		output_put(o, "%-12s %s by %s%s\n", i == 0 ? "Terms" : "",
		    output_string(one, "term"), output_string(one, "due_at"),
		    json_is_true(json_object_get(one, "overdue")) ? " (overdue)"
								  : "");
	}
}

/* Several lines of somebody's words, the first behind its name. */
static void
put_said(struct output *o, const char *name, const char *text)
{
	if (text == NULL)
		return;
	output_put(o, "%-12s ", name);
	output_line(o, text);
	output_put(o, "\n");
}

static void
put_handling(struct session *s, const json_t *c)
{
	struct output *o = &s->out;
	int64_t by = json_integer_value(json_object_get(c, "accepted_by"));
	const char *harm = output_string(c, "harm");

	if (json_is_true(json_object_get(c, "apt_suspected")))
		output_field(o, "APT", "suspected: its author may read along");
	output_field(o, "Decision", output_string(c, "decision"));
	if (harm != NULL && strcmp(harm, "none") != 0)
		output_field(o, "Harm", harm);
	put_said(o, "Cause", output_string(c, "cause"));
	put_said(o, "Remedy", output_string(c, "remedy"));
	if (by == 0)
		return;
	output_put(o, "%-12s ", "Accepted by");
	put_name(s, by);
	output_put(o, "\n");
}

/* "3 of 9"; nothing where the case's category has no list. */
static void
put_checklist(struct session *s, int64_t id, const char *category)
{
	struct strs items = {0};
	json_t *list = NULL;
	const json_t *one;
	size_t i, done = 0;

	if (checklist_read(s->config->checklists, s->config->language, category,
		&items, NULL) == 0 &&
	    tick_json(s->db, id, category, &items, &list, NULL) == 0) {
		json_array_foreach(list, i, one)
		{
			if (!json_is_null(json_object_get(one, "n")) &&
			    output_string(one, "ticked_at") != NULL)
				done++;
		}
		output_put(&s->out, "%-12s %zu of %zu\n", "Checklist", done,
		    items.count);
	}
	json_decref(list);
	strs_free(&items);
}

static int
put_case(struct session *s, int64_t id, const json_t *c, struct err *e)
{
	struct output *o = &s->out;
	int64_t owner = json_integer_value(json_object_get(c, "owner"));
	const char *title = output_string(c, "title");

	output_heading(o, output_string(c, "id"));
	output_put(o, " ");
	output_line(o, title == NULL ? "(its text was destroyed)" : title);
	output_put(o, "\n");
	output_field(o, "State", output_string(c, "state"));
	if (json_is_true(json_object_get(c, "owed")))
		output_field(o, "Owed", "somebody outside waits for an answer");
	put_words(o, "Owed for", json_object_get(c, "owed_messages"));
	put_words(o, "Unseen", json_object_get(c, "unseen"));
	put_terms(o, json_object_get(c, "service"));
	if (owner != 0) {
		output_put(o, "%-12s ", "Owner");
		put_name(s, owner);
		output_put(o, "\n");
	}
	output_field(o, "Priority", output_string(c, "priority"));
	output_field(o, "Category", output_string(c, "category"));
	if (output_string(c, "tlp") != NULL) {
		output_put(o, "%-12s ", "Label");
		output_label(o, output_string(c, "tlp"), false);
		output_put(o, "\n");
	}
	output_field(o, "Opened", output_string(c, "opened_at"));
	output_field(o, "Closed", output_string(c, "closed_at"));
	put_checklist(s, id, output_string(c, "category"));
	put_handling(s, c);
	put_deadlines(o, json_object_get(c, "deadlines"));
	put_people(o, json_object_get(c, "participants"));
	put_conversations(o, json_object_get(c, "conversations"));
	put_links(o, json_object_get(c, "links"));
	suggestions_put(o, json_object_get(c, "suggestions"));
	put_words(o, "Tags", json_object_get(c, "tags"));
	if (timeline_put(s, c, e) == -1)
		return -1;
	put_notes(s, json_object_get(c, "notes"));
	return 0;
}

int
cli_case_show(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct case_file file;
	json_t *one, *talks, *others;
	int64_t id;
	int c, rc;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 ||
	    option_operands(argc, argv, 1, 1, "the case's id", e) == -1 ||
	    session_open(s, e) == -1 ||
	    case_find(s->db, NULL, argv[optind], &file, e) == -1)
		return -1;
	id = file.id;
	case_free(&file);
	if (session_vault(s, e) == -1 || session_case(s, id, &one, e) == -1)
		return -1;
	if (conversations_json(s->db, id, &talks, e) == -1) {
		json_decref(one);
		return -1;
	}
	json_object_set_new(one, "conversations", talks);
	if (suggestions_json(s, id, &others, e) == -1) {
		json_decref(one);
		return -1;
	}
	json_object_set_new(one, "suggestions", others);
	if (s->out.json)
		return output_json(&s->out, one, e);
	rc = put_case(s, id, one, e);
	json_decref(one);
	return rc;
}
