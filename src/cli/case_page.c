#include "cli/case_page.h"

#include <stdlib.h>
#include <string.h>

#include "cases/tick.h"
#include "cli/suggestions.h"
#include "cli/timeline.h"
#include "config/checklist.h"
#include "people/contact.h"

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

/* Numbers are those of messages. */
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
			output_put(o, "%s%lld", i == 0 ? "message " : "",
			    (long long)json_integer_value(one));
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
	const char *name = "Talks";
	size_t i, k;

	json_array_foreach(list, i, one)
	{
		/* of a case that was merged they went elsewhere */
		if (json_array_size(json_object_get(one, "messages")) == 0)
			continue;
		output_put(o, "%-12s", name);
		name = "";
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

int
case_page_put(struct session *s, int64_t id, const json_t *c, struct err *e)
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
