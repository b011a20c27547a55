/* noroshi case list, show: what hangs together. */
#include <stdlib.h>
#include <string.h>

#include "cases/case.h"
#include "cases/conversation.h"
#include "cli/case_page.h"
#include "cli/cases.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/suggestions.h"
#include "people/contact.h"

/* Which cases are listed: those for which all of it holds. */
struct wanted_case {
	const char *state; /* or NULL */
	const char *who; /* whose, as it was written; or NULL */
	bool owed, unseen, overdue, mine;
	int64_t owner; /* contact; 0: anybody's */
};

static bool
case_is_wanted(const struct wanted_case *w, const json_t *c)
{
	if (w->owed && !json_is_true(json_object_get(c, "owed")))
		return false;
	if (w->unseen && json_array_size(json_object_get(c, "unseen")) == 0)
		return false;
	if (w->overdue && !cases_is_overdue(c))
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

int
cli_case_show(struct session *s, int argc, char **argv, struct err *e)
{
	json_t *one, *talks, *others;
	int64_t id;
	int rc;

	if (session_one_case(s, argc, argv, &id, e) == -1)
		return -1;
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
	rc = case_page_put(s, id, one, e);
	json_decref(one);
	return rc;
}
