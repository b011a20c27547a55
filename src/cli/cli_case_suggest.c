/* noroshi case suggest: what a case may have to do with. */
#include <stdlib.h>
#include <string.h>

#include "cases/suggest.h"
#include "cli/command.h"
#include "cli/suggestions.h"

static int
suggestions_may(
    void *context, const struct message *m, bool *may, struct err *e)
{
	return session_may_read(context, m, may, e);
}

int
suggestions_json(struct session *s, int64_t cases, json_t **out, struct err *e)
{
	const struct suggest_reader reader = {
	    .may = suggestions_may, .context = s};

	return suggest_json(s->db, s->vault, cases, &reader, out, e);
}

void
suggestions_put(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		output_put(o, "%-12s ", i == 0 ? "See also" : "");
		output_line(o, output_string(one, "case"));
		output_put(o, " ");
		output_line(o, output_string(one, "reason"));
		output_put(o, "\n");
	}
}

int
cli_case_suggest(struct session *s, int argc, char **argv, struct err *e)
{
	json_t *list;
	int64_t id;

	if (session_one_case(s, argc, argv, &id, e) == -1)
		return -1;
	if (session_vault(s, e) == -1 ||
	    suggestions_json(s, id, &list, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, list, e);
	suggestions_put(&s->out, list);
	json_decref(list);
	return 0;
}
