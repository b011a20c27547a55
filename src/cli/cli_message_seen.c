/* noroshi message seen: who has had a message. */
#include <string.h>

#include "cases/seen.h"
#include "cli/command.h"
#include "cli/option.h"

/* Who it was, in a column. */
static const char *
seen_who(const json_t *one)
{
	static const char *const names[] = {"recipient", "actor", "address"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (output_string(one, names[i]) != NULL)
			return output_string(one, names[i]);
	return NULL;
}

/* What they did: of a copy its state, of a quote the message that has it. */
static void
seen_row(struct table *t, const char *what, const json_t *one)
{
	json_int_t message =
	    json_integer_value(json_object_get(one, "message"));

	table_time(t, output_string(one, "at"), TIME_MINUTE);
	table_cell(t, what);
	table_cell(t, seen_who(one));
	table_cell(t, output_string(one, "state"));
	if (message != 0)
		table_number(t, message);
	else
		table_cell(t, NULL);
}

static void
seen_put(struct output *o, const json_t *seen)
{
	static const char *const headings[] = {
	    "AT", "WHAT", "WHO", "STATE", "MESSAGE", NULL};
	static const char *const parts[] = {
	    "delivered", "opened", "exported", "quoted", "answered"};
	struct table t;

	table_init(&t, headings);
	table_soft(&t, "WHO");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const json_t *one;
		size_t n;

		json_array_foreach(json_object_get(seen, parts[i]), n, one)
		    seen_row(&t, parts[i], one);
	}
	table_put(&t, o);
	table_free(&t);
}

int
cli_message_seen(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	json_t *seen;
	int64_t id;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 ||
	    option_operands(argc, argv, 1, 1, "the message's id", e) == -1 ||
	    option_id(argv[optind], "a message's id", &id, e) == -1 ||
	    session_open(s, e) == -1 || seen_json(s->db, id, &seen, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, seen, e);
	seen_put(&s->out, seen);
	json_decref(seen);
	return 0;
}
