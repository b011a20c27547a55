#include "cli/cases.h"

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

bool
cases_is_overdue(const json_t *c)
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
