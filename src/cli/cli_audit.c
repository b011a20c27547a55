/* noroshi audit: the record of decisions and acts, and its proof. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cases/case.h"
#include "cli/command.h"
#include "cli/option.h"
#include "pgp/seal.h"
#include "store/audit.h"

static void
put_number(struct table *t, const json_t *entry, const char *name)
{
	int64_t value = json_integer_value(json_object_get(entry, name));

	if (value == 0)
		table_cell(t, NULL);
	else
		table_number(t, value);
}

static void
put_log(struct output *o, const json_t *list)
{
	static const char *const headings[] = {"ID", "AT", "EVENT", "ACTOR",
	    "MESSAGE", "CASE", "CONTACT", "DETAIL", NULL};
	const json_t *one;
	struct table t;
	size_t i;

	table_init(&t, headings);
	table_soft(&t, "ACTOR");
	json_array_foreach(list, i, one)
	{
		const json_t *cases = json_object_get(one, "case");
		char *detail = json_dumps(json_object_get(one, "detail"),
		    JSON_COMPACT | JSON_ENCODE_ANY);

		put_number(&t, one, "id");
		table_cell(&t, json_string_value(json_object_get(one, "at")));
		table_cell(
		    &t, json_string_value(json_object_get(one, "event")));
		table_cell(
		    &t, json_string_value(json_object_get(one, "actor")));
		put_number(&t, one, "message");
		if (json_is_string(cases))
			table_cell(&t, json_string_value(cases));
		else
			put_number(&t, one, "case");
		put_number(&t, one, "contact");
		table_cell(&t, detail);
		free(detail);
	}
	table_put(&t, o);
	table_free(&t);
}

static int
log_options(struct session *s, int argc, char **argv, int64_t *message,
    const char **cases, struct err *e)
{
	static const struct option table[] = {
	    {"message", required_argument, NULL, 'm'},
	    {"case", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'm' &&
		    option_id(optarg, "a message's id", message, e) == -1)
			return -1;
		if (c == 'c')
			*cases = optarg;
		if (c == 'j')
			s->out.json = true;
	}
	if (c == -1)
		return -1;
	return option_operands(argc, argv, 0, 0, "nothing", e);
}

int
cli_audit_log(struct session *s, int argc, char **argv, struct err *e)
{
	struct case_file file = {0};
	const char *cases = NULL;
	int64_t message = 0;
	json_t *list;
	int rc;

	if (log_options(s, argc, argv, &message, &cases, e) == -1 ||
	    session_open(s, e) == -1 ||
	    (cases != NULL && case_find(s->db, NULL, cases, &file, e) == -1))
		return -1;
	rc = audit_list(s->db, message, file.id, &list, e);
	case_free(&file);
	if (rc == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, list, e);
	put_log(&s->out, list);
	json_decref(list);
	return 0;
}

int
cli_audit_verify(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	char hash[65] = "";
	int64_t count, bad;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1 ||
	    session_open(s, e) == -1 ||
	    audit_verify(s->db, &count, &bad, hash, e) == -1)
		return -1;
	if (s->out.json &&
	    output_json(&s->out,
		json_pack("{s:I, s:b, s:o, s:s}", "entries", (json_int_t)count,
		    "whole", (int)(bad == 0), "broken",
		    bad == 0 ? json_null() : json_integer(bad), "hash", hash),
		e) == -1)
		return -1;
	if (bad != 0) {
		e->code = ERR_DATA;
		return err_in(e, "the chain is broken");
	}
	if (!s->out.json)
		output_put(&s->out, "%lld entries, chain whole, last hash %s\n",
		    (long long)count, hash);
	return 0;
}

int
cli_audit_checkpoint(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {{NULL, 0, NULL, 0}};
	char hash[65] = "", when[CLOCK_RFC3339];
	int64_t count, bad;
	struct buf text;
	int rc = -1;

	buf_init(&text, 4096);
	if (option_next(argc, argv, table, e) == -1 ||
	    option_operands(argc, argv, 0, 0, "nothing", e) == -1 ||
	    session_open(s, e) == -1 || session_keyring(s, e) == -1 ||
	    audit_verify(s->db, &count, &bad, hash, e) == -1)
		goto out;
	if (bad != 0) {
		e->code = ERR_DATA;
		err_in(e, "the chain is broken");
		goto out;
	}
	buf_putf(&text,
	    "Noroshi audit checkpoint\n\nAudit entries: %lld\nAudit hash: %s\n"
	    "Made at: %s\nTeam key: %s\n",
	    (long long)count, hash, clock_rfc3339(clock_now(NULL), when),
	    s->config->team_key);
	rc = seal_clearsign(
	    s->keyring, s->config->team_key, &text, &s->out.text, e);
out:
	buf_free(&text);
	return rc;
}
