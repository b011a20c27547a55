/* noroshi advisory list, show, status: what became of advisories. */
#include <string.h>

#include "cases/advisory_status.h"
#include "cases/outgoing.h"
#include "cli/command.h"
#include "cli/option.h"

/* --json alone; the operand, where one is wanted, is a number. */
static int
looking(
    struct session *s, int argc, char **argv, int64_t *number, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int want = number == NULL ? 0 : 1;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 ||
	    option_operands(argc, argv, want, want,
		want == 0 ? "nothing" : "the advisory's number", e) == -1)
		return -1;
	return number == NULL
		   ? 0
		   : option_id(argv[optind], "an advisory's number", number, e);
}

int
cli_advisory_list(struct session *s, int argc, char **argv, struct err *e)
{
	static const char *const headings[] = {
	    "NUMBER", "STATE", "LABEL", "COMMUNITY", "MESSAGE", "ASKED", NULL};
	const json_t *a;
	struct table t;
	json_t *list;
	size_t i;

	if (looking(s, argc, argv, NULL, e) == -1 || session_open(s, e) == -1 ||
	    advisory_list_json(s->db, &list, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, list, e);
	table_init(&t, headings);
	json_array_foreach(list, i, a)
	{
		table_cell(&t, output_string(a, "name"));
		table_cell(&t, output_string(a, "state"));
		table_cell(&t, output_string(a, "tlp"));
		table_cell(&t, output_string(a, "community"));
		table_number(
		    &t, json_integer_value(json_object_get(a, "message")));
		table_time(&t, output_string(a, "asked_at"), TIME_MINUTE);
	}
	table_put(&t, &s->out);
	table_free(&t);
	json_decref(list);
	return 0;
}

static void
put_sums(struct output *o, json_t *sums)
{
	json_t *n;
	const char *name;
	const char *comma = "";

	json_object_foreach(sums, name, n)
	{
		if (json_integer_value(n) == 0)
			continue;
		output_put(o, "%s%lld %s", comma,
		    (long long)json_integer_value(n), name);
		comma = ", ";
	}
	output_put(o, "\n");
}

static void
put_members(struct output *o, const json_t *list)
{
	static const char *const headings[] = {
	    "STATE", "MEMBER", "ADDRESS", "KEY", "ANSWER", "WHEN", "WHY", NULL};
	const json_t *m;
	struct table t;
	size_t i;

	table_init(&t, headings);
	table_soft(&t, "MEMBER");
	json_array_foreach(list, i, m)
	{
		const char *state = output_string(m, "state");
		const char *answer = output_string(m, "answer");
		const char *why = output_string(m, "last_error");

		if (why == NULL && state != NULL && strcmp(state, "sent") != 0)
			why = output_string(m, "reason");
		if (answer == NULL &&
		    json_is_true(json_object_get(m, "unproven")))
			answer = "(ack)";
		table_cell(&t, state);
		table_cell(&t, output_string(m, "name"));
		table_cell(&t, output_string(m, "address"));
		table_cell(&t, output_string(m, "encrypted_to"));
		table_cell(&t, answer);
		table_time(&t, output_string(m, "answered_at"), TIME_MINUTE);
		table_cell(&t, why);
	}
	table_put(&t, o);
	table_free(&t);
}

static void
put_head(struct output *o, const json_t *a)
{
	output_field(o, "Advisory", output_string(a, "name"));
	output_field(o, "State", output_string(a, "state"));
	output_put(o, "%-12s ", "Label");
	output_label(o, output_string(a, "tlp"), false);
	output_put(o, "\n");
	output_field(o, "Community", output_string(a, "community"));
	output_field(o, "Cancelled", output_string(a, "cancelled_at"));
}

int
cli_advisory_status(struct session *s, int argc, char **argv, struct err *e)
{
	int64_t number;
	json_t *a;

	if (looking(s, argc, argv, &number, e) == -1 ||
	    session_open(s, e) == -1 ||
	    advisory_status(s->db, number, &a, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, a, e);
	put_head(&s->out, a);
	put_sums(&s->out, json_object_get(a, "sums"));
	output_put(&s->out, "\n");
	put_members(&s->out, json_object_get(a, "members"));
	json_decref(a);
	return 0;
}

/* The text of the newest revision joins what is known of it. */
static int
show_text(struct session *s, json_t *a, struct err *e)
{
	struct outgoing o;
	struct message m;
	int64_t id = json_integer_value(json_object_get(a, "message"));
	int rc = -1;

	if (message_get(s->db, id, &m, e) == -1)
		return -1;
	if (session_read(s, &m, e) == 0 && session_spool(s, e) == 0 &&
	    outgoing_get(s->db, s->vault, s->spool, id, &o, e) == 0) {
		json_object_set_new(a, "subject", json_string(o.subject));
		json_object_set_new(
		    a, "text", json_stringn(buf_str(&o.text), o.text.len));
		outgoing_free(&o);
		rc = 0;
	}
	message_free(&m);
	return rc;
}

int
cli_advisory_show(struct session *s, int argc, char **argv, struct err *e)
{
	int64_t number;
	json_t *a;
	int rc = -1;

	if (looking(s, argc, argv, &number, e) == -1 ||
	    session_open(s, e) == -1 || session_vault(s, e) == -1 ||
	    advisory_status(s->db, number, &a, e) == -1)
		return -1;
	json_object_del(a, "members");
	if (show_text(s, a, e) == -1)
		goto out;
	if (s->out.json) {
		json_incref(a);
		rc = output_json(&s->out, a, e);
		goto out;
	}
	put_head(&s->out, a);
	output_field(&s->out, "Subject", output_string(a, "subject"));
	put_sums(&s->out, json_object_get(a, "sums"));
	output_put(&s->out, "\n");
	output_text(&s->out, output_string(a, "text"),
	    json_string_length(json_object_get(a, "text")));
	rc = 0;
out:
	json_decref(a);
	return rc;
}
