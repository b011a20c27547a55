/* noroshi deadline: what the law wants told until when. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/case.h"
#include "cases/deadline.h"
#include "cases/deadline_note.h"
#include "cases/message.h"
#include "cli/case_act.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/when.h"
#include "store/value.h"

#define TEXT_MAX 2000 /* bytes of a receipt, a note, a reason */
#define NOTE_MAX (64 * 1024) /* bytes of what starting writes */

/* What a command was asked with. */
struct clock_act {
	const char *as, *at, *zone, *condition, *note, *receipt, *reason;
	int64_t evidence, message; /* 0: none */
	int64_t time; /* of at; 0: none was said */
	const char *rule, *stage; /* operands; stage may be NULL */
	struct case_file file;
};

/* --- list and rules ---------------------------------------------------------
 */

/* "3d 4h", or with a minus where it is over. */
static void
cell_left(struct table *t, const json_t *o, int64_t now)
{
	const char *due = output_string(o, "due_at");
	int64_t at, left;
	char *text;

	if (due == NULL || when_parse(due, NULL, &at, NULL) == -1 ||
	    json_is_string(json_object_get(o, "done_at")) ||
	    json_is_string(json_object_get(o, "stopped_at"))) {
		table_cell(t, NULL);
		return;
	}
	left = at > now ? at - now : now - at;
	text = left >= 86400 ? xasprintf("%s%lldd %lldh", at < now ? "-" : "",
				   (long long)(left / 86400),
				   (long long)(left % 86400 / 3600))
			     : xasprintf("%s%lldh %02lldm", at < now ? "-" : "",
				   (long long)(left / 3600),
				   (long long)(left % 3600 / 60));
	table_cell(t, text);
	free(text);
}

static void
put_list(struct output *o, const json_t *list, int64_t now)
{
	static const char *const headings[] = {"CASE", "DEADLINE", "STAGE",
	    "DUE (UTC)", "LEFT", "STATE", "TO", NULL};
	struct table t;
	const json_t *one;
	size_t i;

	table_init(&t, headings);
	json_array_foreach(list, i, one)
	{
		bool overdue = json_is_true(json_object_get(one, "overdue"));
		bool late = json_is_true(json_object_get(one, "late"));

		table_cell(&t, output_string(one, "case"));
		table_cell(&t, output_string(one, "rule"));
		table_cell(&t, output_string(one, "stage"));
		table_time(&t, output_string(one, "due_at"), TIME_MINUTE);
		cell_left(&t, one, now);
		table_cell(&t, overdue ? "overdue"
			       : late  ? "done late"
				       : output_string(one, "state"));
		table_cell(&t, output_string(one, "to"));
	}
	table_put(&t, o);
	table_free(&t);
}

int
cli_deadline_list(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"overdue", no_argument, NULL, 'o'},
	    {"all", no_argument, NULL, 'A'}, {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0}};
	struct deadline_filter f = {.open = true};
	int64_t now = clock_now(NULL);
	struct case_file file;
	json_t *list;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'o')
			f.overdue = true;
		else if (c == 'A')
			f.open = false;
		else
			s->out.json = true;
	}
	if (c == -1 ||
	    option_operands(argc, argv, 0, 1, "the case's id", e) == -1 ||
	    session_open(s, e) == -1)
		return -1;
	if (argc > optind) {
		if (case_find(s->db, NULL, argv[optind], &file, e) == -1)
			return -1;
		f.cases = file.id;
		case_free(&file);
	}
	/* Receipts are sealed, and in the JSON alone. */
	if ((s->out.json && session_vault(s, e) == -1) ||
	    deadline_json(s->db, s->vault, now, &f, &list, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, list, e);
	put_list(&s->out, list, now);
	json_decref(list);
	return 0;
}

static json_t *
rule_strings(const struct strs *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(list, json_string(l->item[i]));
	return list;
}

static json_t *
rule_json(const struct config_deadline *d)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s?, s:o, s:o,"
			 " s:s, s:s, s:s, s:b}",
	    "id", d->id, "jurisdiction", d->jurisdiction, "law", d->law,
	    "trigger", d->trigger, "clock", d->clock, "stages",
	    rule_strings(&d->stages), "to", d->to, "via", d->via, "fields",
	    rule_strings(&d->fields), "categories",
	    rule_strings(&d->categories), "status", d->status, "reviewed_on",
	    d->reviewed_on, "source", d->source, "off", (int)d->off);
}

static void
put_rule(struct output *o, const struct config_deadline *d)
{
	output_heading(o, d->id);
	output_put(o, "%s\n", d->off ? " (off)" : "");
	output_field(o, "Law", d->law);
	output_field(o, "Trigger", d->trigger);
	output_field(o, "Clock", d->clock);
	for (size_t i = 0; i < d->stages.count; i++)
		output_field(o, i == 0 ? "Due" : "", d->stages.item[i]);
	output_field(o, "To", d->to);
	output_field(o, "Via", d->via);
	for (size_t i = 0; i < d->fields.count; i++)
		output_field(o, i == 0 ? "Fields" : "", d->fields.item[i]);
	output_field(o, "Status", d->status);
	output_field(o, "Reviewed", d->reviewed_on);
	output_field(o, "Source", d->source);
	output_put(o, "\n");
}

int
cli_deadline_rules(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	const char *only;
	json_t *list;
	size_t shown = 0;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1 || option_operands(argc, argv, 0, 1, "a row", e) == -1 ||
	    session_config(s, e) == -1)
		return -1;
	only = argc > optind ? argv[optind] : NULL;
	list = json_array();
	for (size_t i = 0; i < s->config->deadlines; i++) {
		const struct config_deadline *d = &s->config->deadline[i];

		if (only != NULL && strcmp(only, d->id) != 0)
			continue;
		shown++;
		if (s->out.json)
			json_array_append_new(list, rule_json(d));
		else
			put_rule(&s->out, d);
	}
	if (shown == 0) {
		json_decref(list);
		return err_set(e, ERR_NOINPUT,
		    "%s: no such row (\"deadlines\" in %s, deadlines.conf)",
		    only == NULL ? "deadlines" : only, s->config->file);
	}
	if (s->out.json)
		return output_json(&s->out, list, e);
	output_put(&s->out, "An aid to memory, and never legal advice.\n");
	json_decref(list);
	return 0;
}

/* --- start, done, stop ------------------------------------------------------
 */

static int
clock_options(struct session *s, int argc, char **argv,
    const struct option *table, struct clock_act *a, struct err *e)
{
	int c, rc = 0;

	while (rc == 0 && (c = option_next(argc, argv, table, e)) != 0) {
		if (c == 'a')
			a->as = optarg;
		else if (c == 't')
			a->at = optarg;
		else if (c == 'z')
			a->zone = optarg;
		else if (c == 'i')
			a->condition = optarg;
		else if (c == 'n')
			a->note = optarg;
		else if (c == 'R')
			a->receipt = optarg;
		else if (c == 'r')
			a->reason = optarg;
		else if (c == 'e')
			rc = option_id(optarg, "--evidence", &a->evidence, e);
		else if (c == 'm')
			rc = option_id(optarg, "--message", &a->message, e);
		else if (c == 'j')
			s->out.json = true;
		else
			rc = -1;
	}
	if (rc == -1 || option_text(a->note, "--note", TEXT_MAX, e) == -1 ||
	    option_text(a->receipt, "--receipt", TEXT_MAX, e) == -1 ||
	    option_text(a->reason, "--reason", TEXT_MAX, e) == -1 ||
	    option_operands(
		argc, argv, 2, 3, "the case's id or the deadline's", e) == -1 ||
	    (a->at != NULL && when_parse(a->at, a->zone, &a->time, e) == -1))
		return -1;
	if (a->time > clock_now(NULL))
		return err_set(e, ERR_DATA, "--at %s has not come yet", a->at);
	a->rule = argv[optind + 1];
	a->stage = argc - optind == 3 ? argv[optind + 2] : NULL;
	return 0;
}

static int
clock_begin(
    struct session *s, struct clock_act *a, const char *name, struct err *e)
{
	if (session_open(s, e) == -1 || session_act(s, a->as, e) == -1 ||
	    case_find(s->db, NULL, name, &a->file, e) == -1)
		return -1;
	case_free(&a->file);
	if (session_vault(s, e) == -1 || session_spool(s, e) == -1 ||
	    db_begin(s->db, e) == -1)
		return -1;
	return case_act_find(s, name, &a->file, e);
}

/* Commits, wakes the queue for the alarms, and shows the case's clocks. */
static int
clock_end(struct session *s, const struct clock_act *a, struct err *e)
{
	const struct deadline_filter f = {.cases = a->file.id};
	int64_t now = clock_now(NULL);
	json_t *list;

	if (db_commit(s->db, e) == -1 || spool_wake(s->spool, e) == -1 ||
	    deadline_json(s->db, s->vault, now, &f, &list, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out, list, e);
	put_list(&s->out, list, now);
	json_decref(list);
	return 0;
}

/* A message of this case shows since when it is known; the time is then that
 * at which it came, unless another was said. */
static int
clock_evidence(struct session *s, struct clock_act *a, struct err *e)
{
	struct message m;
	bool here;

	if (a->evidence == 0 && a->note == NULL)
		return err_set(e, ERR_USAGE,
		    "--evidence MESSAGE is missing: what shows since when it "
		    "is known (or --note TEXT, where no message does)");
	if (a->evidence == 0 && a->time == 0)
		return err_set(e, ERR_USAGE, "--at TIME is missing");
	if (a->evidence == 0)
		return 0;
	if (message_get(s->db, a->evidence, &m, e) == -1)
		return -1;
	here = m.cases == a->file.id;
	if (a->time == 0)
		a->time = m.received_at;
	message_free(&m);
	return here ? 0
		    : err_set(e, ERR_DATA, "message %lld is not in %s",
			  (long long)a->evidence, a->file.name);
}

static int
start_note(struct session *s, const struct clock_act *a,
    const struct config_deadline *rule, int64_t id, struct err *e)
{
	struct deadline d = {0};
	struct deadline_note n = {.config = s->config,
	    .rule = rule,
	    .deadline = &d,
	    .incident = a->file.name,
	    .evidence = a->evidence};
	struct deadline_step *step = NULL;
	struct buf text;
	int rc = -1;

	buf_init_secret(&text, NOTE_MAX);
	if (deadline_get(s->db, s->config, id, &d, e) == 0 &&
	    deadline_steps(s->db, id, &step, &n.steps, e) == 0) {
		n.step = step;
		if (a->note != NULL)
			buf_putf(&text, "%s\n\n", a->note);
		deadline_note(&n, &text);
		rc = case_note_add(s->db, s->vault, clock_now(NULL), a->file.id,
		    s->contact, buf_str(&text), e);
	}
	deadline_steps_free(step, n.steps);
	deadline_free(&d);
	buf_free(&text);
	return rc;
}

static int
start_rule(struct session *s, const struct clock_act *a,
    const struct config_deadline *rule, struct err *e)
{
	const struct deadline_start start = {.cases = a->file.id,
	    .rule = rule,
	    .condition = a->condition,
	    .at = a->time,
	    .now = clock_now(NULL),
	    .by = s->contact,
	    .evidence = a->evidence};
	int64_t id;

	if (deadline_start(s->db, s->config, &start, &id, e) == -1 ||
	    start_note(s, a, rule, id, e) == -1)
		return -1;
	return session_audit(s, "deadline.started", a->evidence, a->file.id,
	    s->contact,
	    json_pack("{s:s, s:o, s:s?}", "rule", rule->id, "at",
		value_time(a->time), "condition", a->condition),
	    e);
}

/* A fact that a stage of a clock that runs waits for. */
static int
start_event(struct session *s, const struct clock_act *a, struct err *e)
{
	const struct deadline_event event = {.name = a->stage,
	    .at = a->time,
	    .now = clock_now(NULL),
	    .evidence = a->evidence};
	const char *behind = NULL;
	int64_t id;

	if (deadline_find(s->db, a->file.id, a->rule, &id, &behind, e) == -1 ||
	    deadline_happened(s->db, s->config, id, &event, e) == -1 ||
	    (a->note != NULL && case_note_add(s->db, s->vault, event.now,
				    a->file.id, s->contact, a->note, e) == -1))
		return -1;
	return session_audit(s, "deadline.happened", a->evidence, a->file.id,
	    s->contact,
	    json_pack("{s:s, s:s, s:o}", "rule", a->rule, "event", a->stage,
		"at", value_time(a->time)),
	    e);
}

static int
start_write(struct session *s, struct clock_act *a, struct err *e)
{
	const char *behind;
	const struct config_deadline *rule =
	    deadline_rule_named(s->config, a->rule, &behind);

	if (clock_evidence(s, a, e) == -1)
		return -1;
	if (a->stage != NULL)
		return start_event(s, a, e);
	if (rule == NULL)
		return err_set(e, ERR_NOINPUT,
		    "%s: no such deadline (noroshi deadline rules)", a->rule);
	if (strcmp(a->file.state, "closed") == 0)
		return err_set(e, ERR_DATA, "%s is closed", a->file.name);
	return start_rule(s, a, rule, e);
}

int
cli_deadline_start(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"at", required_argument, NULL, 't'},
	    {"zone", required_argument, NULL, 'z'},
	    {"evidence", required_argument, NULL, 'e'},
	    {"note", required_argument, NULL, 'n'},
	    {"if", required_argument, NULL, 'i'},
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct clock_act a = {0};
	int rc = -1;

	if (clock_options(s, argc, argv, table, &a, e) == 0 &&
	    clock_begin(s, &a, argv[optind], e) == 0 &&
	    start_write(s, &a, e) == 0)
		rc = clock_end(s, &a, e);
	case_free(&a.file);
	return rc;
}

static int
done_write(struct session *s, struct clock_act *a, struct err *e)
{
	struct deadline_proof proof = {.at = a->time,
	    .now = clock_now(NULL),
	    .by = s->contact,
	    .message = a->message,
	    .receipt = a->receipt};
	struct deadline_step step = {0};
	int64_t id, sent = 0;
	int rc = -1;

	if (a->message != 0 &&
	    deadline_proves(s->db, a->file.id, a->message, &sent, e) == -1)
		return -1;
	if (proof.at == 0)
		proof.at = sent != 0 ? sent : proof.now;
	if (deadline_find(s->db, a->file.id, a->rule, &id, &a->stage, e) == 0 &&
	    deadline_step_find(s->db, id, a->stage, &step, e) == 0 &&
	    deadline_done(s->db, s->vault, s->config, &step, &proof, e) == 0)
		rc = session_audit(s, "deadline.done", a->message, a->file.id,
		    s->contact,
		    json_pack("{s:s, s:s, s:o, s:b, s:b}", "rule", a->rule,
			"stage", step.name, "at", value_time(proof.at),
			"receipt", (int)(a->receipt != NULL), "late",
			(int)(step.due_at != 0 && proof.at > step.due_at)),
		    e);
	deadline_step_free(&step);
	return rc;
}

int
cli_deadline_done(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"message", required_argument, NULL, 'm'},
	    {"receipt", required_argument, NULL, 'R'},
	    {"at", required_argument, NULL, 't'},
	    {"zone", required_argument, NULL, 'z'},
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct clock_act a = {0};
	int rc = -1;

	if (clock_options(s, argc, argv, table, &a, e) == -1)
		return -1;
	if ((a.message == 0) == (a.receipt == NULL))
		return err_set(e, ERR_USAGE,
		    "--message M or --receipt TEXT expected: what proves it");
	if (clock_begin(s, &a, argv[optind], e) == 0 &&
	    done_write(s, &a, e) == 0)
		rc = clock_end(s, &a, e);
	case_free(&a.file);
	return rc;
}

static int
stop_write(struct session *s, struct clock_act *a, struct err *e)
{
	int64_t id, count, now = clock_now(NULL);

	if (deadline_find(s->db, a->file.id, a->rule, &id, &a->stage, e) ==
		-1 ||
	    deadline_stop(s->db, id, a->stage, now, s->contact, &count, e) ==
		-1)
		return -1;
	if (count == 0)
		return err_set(
		    e, ERR_DATA, "nothing of %s is left to stop", a->rule);
	if (case_note_add(s->db, s->vault, now, a->file.id, s->contact,
		a->reason, e) == -1)
		return -1;
	return session_audit(s, "deadline.stopped", 0, a->file.id, s->contact,
	    json_pack("{s:s, s:s?, s:I}", "rule", a->rule, "stage", a->stage,
		"stages", (json_int_t)count),
	    e);
}

int
cli_deadline_stop(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"reason", required_argument, NULL, 'r'},
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct clock_act a = {0};
	int rc = -1;

	if (clock_options(s, argc, argv, table, &a, e) == -1)
		return -1;
	if (a.reason == NULL)
		return err_set(e, ERR_USAGE, "--reason TEXT is missing");
	if (clock_begin(s, &a, argv[optind], e) == 0 &&
	    stop_write(s, &a, e) == 0)
		rc = clock_end(s, &a, e);
	case_free(&a.file);
	return rc;
}
