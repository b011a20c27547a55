/* noroshi rules explain: why a message was classified as it was. */
#include "cases/message.h"
#include "cli/command.h"
#include "cli/option.h"

static void
put_lines(struct output *o, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		output_line(o, json_string_value(one));
		output_put(o, "\n");
	}
}

static int
put_explained(struct session *s, const struct message *m, struct err *e)
{
	json_t *class = json_object_get(m->facts, "classification");
	json_t *explain = json_object_get(m->facts, "explain");

	if (class == NULL)
		return err_set(e, ERR_NOINPUT,
		    "message %lld: no rules were asked (it is %s)",
		    (long long)m->id, m->state);
	if (s->out.json)
		return output_json(&s->out,
		    json_pack("{s:I, s:O, s:O*}", "message", (json_int_t)m->id,
			"classification", class, "explain", explain),
		    e);
	output_put(&s->out, "Message %lld: ", (long long)m->id);
	output_line(&s->out, json_string_value(json_object_get(class, "kind")));
	if (json_is_string(json_object_get(class, "category"))) {
		output_put(&s->out, ", ");
		output_line(&s->out,
		    json_string_value(json_object_get(class, "category")));
	}
	output_put(&s->out, "\n");
	put_lines(&s->out, explain);
	return 0;
}

int
cli_rules_explain(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct message m;
	int64_t id;
	int c, rc;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 ||
	    option_operands(argc, argv, 1, 1, "the message's id", e) == -1 ||
	    option_id(argv[optind], "a message's id", &id, e) == -1 ||
	    session_open(s, e) == -1 || message_get(s->db, id, &m, e) == -1)
		return -1;
	rc = put_explained(s, &m, e);
	message_free(&m);
	return rc;
}
