/* noroshi queue: what waits to leave, left, or could not. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/approval.h"
#include "cli/command.h"
#include "cli/option.h"
#include "queue/delivery_list.h"

static void
put_list(struct output *o, const json_t *list)
{
	static const char *const headings[] = {"ID", "STATE", "MESSAGE", "CASE",
	    "LABEL", "RECIPIENT", "RULE", "WHY", NULL};
	const json_t *d;
	struct table t;
	size_t i;

	table_init(&t, headings);
	table_soft(&t, "RECIPIENT");
	json_array_foreach(list, i, d)
	{
		const char *why = output_string(d, "last_error");

		table_number(&t, json_integer_value(json_object_get(d, "id")));
		table_cell(&t, output_string(d, "state"));
		table_number(
		    &t, json_integer_value(json_object_get(d, "message")));
		table_cell(&t, output_string(d, "case"));
		table_cell(&t, output_string(d, "tlp"));
		table_cell(&t, output_string(d, "recipient"));
		table_cell(&t, output_string(d, "rule"));
		table_cell(&t, why != NULL ? why : output_string(d, "reason"));
	}
	table_put(&t, o);
	table_free(&t);
}

int
cli_queue_list(struct session *s, int argc, char **argv, struct err *e)
{
	static const char *const states[] = {
	    "held", "queued", "sent", "failed", "cancelled", NULL};
	static const struct option table[] = {
	    {"state", required_argument, NULL, 's'},
	    {"self-confirmed", no_argument, NULL, 'c'},
	    {"all", no_argument, NULL, 'a'}, {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0}};
	const char *state = NULL;
	enum delivery_which which = DELIVERY_ASKED;
	json_t *list;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 's')
			state = optarg;
		else if (c == 'c')
			which = DELIVERY_SELF;
		else if (c == 'a')
			which = DELIVERY_ALL;
		else
			s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1 ||
	    (state != NULL && option_word(state, states, "state", e) == -1) ||
	    session_open(s, e) == -1 ||
	    delivery_json_list(s->db, which, state, &list, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, list, e);
	put_list(&s->out, list);
	json_decref(list);
	return 0;
}

static void
put_number(struct output *o, const char *name, const json_t *value)
{
	if (json_is_integer(value))
		output_put(o, "%-12s %lld\n", name,
		    (long long)json_integer_value(value));
}

/* Who said that it may leave, as what, and on which evidence. */
static void
put_approvals(struct output *o, const json_t *list)
{
	const json_t *a;
	size_t i;

	json_array_foreach(list, i, a)
	{
		const char *name = output_string(a, "name");
		const char *sha = output_string(a, "evidence_sha256");
		char *line = xasprintf("%s, as %s, %s%s%s%s",
		    name == NULL ? "?" : name, output_string(a, "role"),
		    output_string(a, "at"),
		    json_is_true(json_object_get(a, "in_clear")) ? ", in clear"
								 : "",
		    sha == NULL ? "" : ", by evidence ",
		    sha == NULL ? "" : sha);

		output_field(o, "Approved", line);
		free(line);
	}
}

static void
put_delivery(struct output *o, const json_t *d)
{
	const char *key = output_string(d, "encrypted_to");

	put_number(o, "Delivery", json_object_get(d, "id"));
	output_field(o, "State", output_string(d, "state"));
	put_number(o, "Message", json_object_get(d, "message"));
	output_field(o, "Case", output_string(d, "case"));
	output_put(o, "%-12s ", "Label");
	output_label(o, output_string(d, "tlp"), false);
	output_put(o, "\n");
	output_field(o, "Recipient", output_string(d, "recipient"));
	put_number(o, "Contact", json_object_get(d, "contact"));
	output_field(o, "Encrypted to", key == NULL ? "nobody" : key);
	output_field(o, "Rule", output_string(d, "rule"));
	output_field(o, "Reason", output_string(d, "reason"));
	put_number(o, "Tries", json_object_get(d, "attempts"));
	output_field(o, "Next try", output_string(d, "next_attempt_at"));
	output_field(o, "Last error", output_string(d, "last_error"));
	output_field(o, "Created", output_string(d, "created_at"));
	output_field(o, "Sent", output_string(d, "sent_at"));
	put_approvals(o, json_object_get(d, "approvals"));
}

int
cli_queue_show(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	json_t *one, *approvals;
	int64_t id;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 ||
	    option_operands(argc, argv, 1, 1, "the delivery's id", e) == -1 ||
	    option_id(argv[optind], "a delivery's id", &id, e) == -1 ||
	    session_open(s, e) == -1 || delivery_json(s->db, id, &one, e) == -1)
		return -1;
	if (approval_json(s->db,
		json_integer_value(json_object_get(one, "message")), &approvals,
		e) == -1) {
		json_decref(one);
		return -1;
	}
	if (json_array_size(approvals) > 0)
		json_object_set(one, "approvals", approvals);
	json_decref(approvals);
	if (s->out.json)
		return output_json(&s->out, one, e);
	put_delivery(&s->out, one);
	json_decref(one);
	return 0;
}
