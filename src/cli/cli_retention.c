/* noroshi retention: which closed cases have been kept for long enough. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/retention.h"
#include "cli/command.h"
#include "cli/erasing.h"
#include "cli/option.h"
#include "cli/when.h"
#include "people/contact.h"
#include "store/value.h"

static json_t *
retention_json(const struct retention_case *one)
{
	return json_pack("{s:s, s:s?, s:o, s:o, s:o, s:I, s:b}", "case",
	    one->name, "category", one->category, "tlp",
	    one->has_label ? json_string(noroshi_tlp_name(one->label))
			   : json_null(),
	    "closed_at", value_time(one->closed_at), "due_at",
	    value_time(one->due_at), "months", (json_int_t)one->months, "hold",
	    (int)one->held);
}

static void
retention_put(struct output *o, const struct retention_case *list, size_t count)
{
	static const char *const headings[] = {
	    "CASE", "CATEGORY", "LABEL", "CLOSED", "DUE", "HOLD", NULL};
	char at[CLOCK_RFC3339];
	struct table t;

	table_init(&t, headings);
	for (size_t i = 0; i < count; i++) {
		table_cell(&t, list[i].name);
		table_cell(&t, list[i].category);
		table_cell(&t,
		    list[i].has_label ? noroshi_tlp_name(list[i].label) : NULL);
		table_time(&t, clock_rfc3339(list[i].closed_at, at), TIME_DAY);
		table_time(&t, clock_rfc3339(list[i].due_at, at), TIME_DAY);
		table_cell(&t, list[i].held ? "legal hold" : NULL);
	}
	table_put(&t, o);
	table_free(&t);
}

int
cli_retention_list(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"before", required_argument, NULL, 'b'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct retention_case *list;
	int64_t before = clock_now(NULL);
	json_t *all;
	size_t count;
	int c, rc = 0;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'j')
			s->out.json = true;
		else if (when_parse(optarg, NULL, &before, e) == -1)
			return -1;
	}
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1 ||
	    session_open(s, e) == -1 ||
	    retention_list(s->db, s->config, before, &list, &count, e) == -1)
		return -1;
	if (s->out.json) {
		all = json_array();
		for (size_t i = 0; i < count; i++)
			json_array_append_new(all, retention_json(&list[i]));
		rc = output_json(&s->out, all, e);
	} else {
		retention_put(&s->out, list, count);
	}
	retention_free(list, count);
	return rc;
}

/* The configuration asks for it; a person who answers for it lets it happen. */
static int
run_may(struct session *s, struct err *e)
{
	struct contact c;
	bool may;

	if (contact_get(s->db, config_operator(s->config, s->user), &c, e) ==
	    -1)
		return -1;
	may = c.class == CLASS_STAFF &&
	      (strs_has(&c.roles, "poc") || strs_has(&c.roles, "deputy"));
	contact_free(&c);
	return may ? 0
		   : err_set(e, ERR_DENIED,
			 "cases are erased by the PoC or a deputy: ask them");
}

/* Each in a transaction of its own: 1: erased, 0: something keeps it. */
static int
run_one(struct session *s, const struct retention_case *one, struct err *e)
{
	struct erasure x = {
	    .asked_by = s->contact, .asked_at = clock_now(NULL)};
	struct err why = {0};
	int rc = -1;

	x.reason = xasprintf("retention: %lld months after it was closed",
	    (long long)one->months);
	x.asked_as = xstrdup("retention");
	if (db_begin(s->db, e) == -1)
		goto out;
	rc = erase_may(s->db, one->id, &why);
	if (rc == -1 && why.code == ERR_DENIED) {
		output_put(&s->out, "%s %s\n", one->name, why.text);
		db_rollback(s->db);
		rc = 0;
		goto out;
	}
	if (rc == -1)
		err_set(e, why.code, "%s", why.text);
	else if (erasure_ask(s->db, one->id, &x, e) == 0 &&
		 erasing_do(s, one->id, &x, e) == 0 &&
		 db_commit(s->db, e) == 0 && erasing_finish(s, one->id, e) == 0)
		rc = 1;
	else
		rc = -1;
	if (rc == 1)
		output_put(&s->out, "%s was erased\n", one->name);
	else
		db_rollback(s->db);
out:
	erasure_free(&x);
	return rc;
}

int
cli_retention_run(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'}, {NULL, 0, NULL, 0}};
	struct retention_case *list;
	const char *as = NULL;
	size_t count;
	int c, rc = 0;

	while ((c = option_next(argc, argv, table, e)) > 0)
		as = optarg;
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1 ||
	    session_open(s, e) == -1 || session_act(s, as, e) == -1 ||
	    run_may(s, e) == -1 || session_spool(s, e) == -1 ||
	    session_vault(s, e) == -1 ||
	    retention_list(
		s->db, s->config, clock_now(NULL), &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count && rc != -1; i++)
		rc = run_one(s, &list[i], e);
	retention_free(list, count);
	return rc == -1 ? -1 : 0;
}
