/* noroshi case checklist, tick, untick: what is to be thought of in a case. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cases/case.h"
#include "cases/regroup.h"
#include "cases/tick.h"
#include "cli/command.h"
#include "cli/option.h"
#include "config/checklist.h"
#include "people/contact.h"

#define NOTE_MAX 8000 /* bytes */

/* One call: a case, and the list of its category. */
struct checklist_act {
	const char *as, *note;
	struct case_file file;
	struct strs items;
	const char *item; /* that is ticked; borrowed from items */
	int64_t n;
};

static void
act_free(struct checklist_act *a)
{
	case_free(&a->file);
	strs_free(&a->items);
}

static int
act_options(struct session *s, int argc, char **argv, struct checklist_act *a,
    int operands, struct err *e)
{
	static const struct option table[] = {{"json", no_argument, NULL, 'j'},
	    {"note", required_argument, NULL, 'n'},
	    {"as", required_argument, NULL, 'a'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c != 'j' && operands == 1)
			return err_set(e, ERR_USAGE,
			    "only --json is an option here (--help)");
		if (c == 'n')
			a->note = optarg;
		else if (c == 'a')
			a->as = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, operands, operands,
			   "the case's id or the item's number", e) == -1)
		return -1;
	if (a->note != NULL && (a->note[strspn(a->note, " \t\r\n")] == '\0' ||
				   strlen(a->note) > NOTE_MAX ||
				   !utf8_is(a->note, strlen(a->note))))
		return err_set(e, ERR_DATA,
		    "--note: 1 to %d bytes of UTF-8 expected", NOTE_MAX);
	return operands == 1 ? 0
			     : option_id(argv[optind + 1], "an item", &a->n, e);
}

static int
act_list(
    struct session *s, struct checklist_act *a, const char *name, struct err *e)
{
	if (case_find(s->db, NULL, name, &a->file, e) == -1 ||
	    checklist_read(s->config->checklists, s->config->language,
		a->file.category, &a->items, e) == -1)
		return -1;
	return 0;
}

/* "[x]  3. What is to be done (2026-11-23T01:02:03Z, Ken (contact 3))" */
static void
put_item(struct session *s, const json_t *one)
{
	struct output *o = &s->out;
	struct contact c;
	const char *at = output_string(one, "ticked_at");
	int64_t by = json_integer_value(json_object_get(one, "contact"));
	int64_t n = json_integer_value(json_object_get(one, "n"));

	output_put(o, "%s ", at == NULL ? "[ ]" : "[x]");
	if (n > 0)
		output_put(o, "%2lld. ", (long long)n);
	else
		output_put(o, "  -  ");
	output_line(o, output_string(one, "text"));
	if (at != NULL && contact_get(s->db, by, &c, NULL) == 0) {
		output_put(o, " (%s, ", at);
		output_line(o, c.name);
		output_put(o, " (contact %lld))", (long long)by);
		contact_free(&c);
	} else if (at != NULL) {
		output_put(o, " (%s, contact %lld)", at, (long long)by);
	}
	output_put(o, "\n");
}

static int
act_show(struct session *s, const struct checklist_act *a, struct err *e)
{
	struct output *o = &s->out;
	json_t *list;
	const json_t *one;
	size_t i;

	if (tick_json(
		s->db, a->file.id, a->file.category, &a->items, &list, e) == -1)
		return -1;
	if (o->json)
		return output_json(o,
		    json_pack("{s:s, s:s, s:o}", "case", a->file.name,
			"category", a->file.category, "items", list),
		    e);
	output_heading(o, a->file.name);
	output_put(o, " ");
	output_line(o, a->file.category);
	output_put(o, "\n");
	json_array_foreach(list, i, one) put_item(s, one);
	json_decref(list);
	return 0;
}

int
cli_case_checklist(struct session *s, int argc, char **argv, struct err *e)
{
	struct checklist_act a = {0};
	int rc = -1;

	if (act_options(s, argc, argv, &a, 1, e) == 0 &&
	    session_open(s, e) == 0 && act_list(s, &a, argv[optind], e) == 0)
		rc = act_show(s, &a, e);
	act_free(&a);
	return rc;
}

/* The note is the case's, sealed; the audit log has the item alone. */
static int
act_note(struct session *s, const struct checklist_act *a, struct err *e)
{
	struct buf text;
	int rc;

	if (a->note == NULL)
		return 0;
	buf_init_secret(&text, NOTE_MAX + 2 * CHECKLIST_ITEM);
	buf_putf(&text, "%s\n%s", a->item, a->note);
	rc = case_note_add(s->db, s->vault, clock_now(NULL), a->file.id,
	    s->contact, buf_str(&text), e);
	buf_free(&text);
	return rc;
}

static int
act_write(struct session *s, struct checklist_act *a, bool tick, struct err *e)
{
	const char *list = a->file.category;

	if (a->n > (int64_t)a->items.count)
		return err_set(e, ERR_USAGE, "the checklist has %zu items",
		    a->items.count);
	a->item = a->items.item[a->n - 1];
	if ((tick ? tick_set(s->db, clock_now(NULL), a->file.id, list, a->item,
			s->contact, e)
		  : tick_clear(s->db, a->file.id, list, a->item, e)) == -1 ||
	    act_note(s, a, e) == -1)
		return -1;
	return session_audit(s, tick ? "case.ticked" : "case.unticked", 0,
	    a->file.id, s->contact,
	    json_pack("{s:s, s:I, s:s}", "checklist", list, "n",
		(json_int_t)a->n, "item", a->item),
	    e);
}

static int
act_tick(struct session *s, int argc, char **argv, bool tick, struct err *e)
{
	struct checklist_act a = {0};
	int rc = -1;

	if (act_options(s, argc, argv, &a, 2, e) == 0 &&
	    session_open(s, e) == 0 && session_act(s, a.as, e) == 0 &&
	    (a.note == NULL || session_vault(s, e) == 0) &&
	    db_begin(s->db, e) == 0 && act_list(s, &a, argv[optind], e) == 0 &&
	    regroup_whole(s->db, a.file.id, e) == 0 &&
	    act_write(s, &a, tick, e) == 0 && db_commit(s->db, e) == 0)
		rc = act_show(s, &a, e);
	act_free(&a);
	return rc;
}

int
cli_case_tick(struct session *s, int argc, char **argv, struct err *e)
{
	return act_tick(s, argc, argv, true, e);
}

int
cli_case_untick(struct session *s, int argc, char **argv, struct err *e)
{
	return act_tick(s, argc, argv, false, e);
}
