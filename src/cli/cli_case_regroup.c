/* noroshi case merge, split, move, undo: what belongs together. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cases/regroup.h"
#include "cases/service.h"
#include "cli/command.h"
#include "cli/option.h"
#include "people/contact.h"
#include "queue/delivery_act.h"

#define REGROUP_MAX 1000 /* cases or messages of one act */
#define TITLE_MAX 1000 /* bytes of a title */
#define AUDIT "audit:" /* in front of an entry's number */

/* One call of these commands. */
struct regroup_act {
	const char *as;
	const char *title; /* or NULL */
	int64_t titled; /* message whose subject is the title; 0: none */
	const char *to; /* or NULL */
	struct regroup r;
	int64_t *id; /* of cases or messages */
	size_t count;
};

static int
regroup_options(struct session *s, int argc, char **argv, struct regroup_act *a,
    struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"title", required_argument, NULL, 't'},
	    {"to", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 't')
			a->title = optarg;
		else if (c == 'o')
			a->to = optarg;
		else if (c == 'a')
			a->as = optarg;
		else
			s->out.json = true;
	}
	return c == -1 ? -1 : 0;
}

/* Options that belong to another of the commands. */
static int
regroup_check(const struct regroup_act *a, bool title, bool to, struct err *e)
{
	if ((a->title != NULL && !title) || (a->to != NULL && !to))
		return err_set(e, ERR_USAGE,
		    "%s is no option here (--help names them)",
		    a->title != NULL && !title ? "--title" : "--to");
	if (to && a->to == NULL)
		return err_set(e, ERR_USAGE, "--to is missing");
	if (a->title != NULL && (a->title[strspn(a->title, " \t")] == '\0' ||
				    strlen(a->title) > TITLE_MAX ||
				    !utf8_is(a->title, strlen(a->title))))
		return err_set(e, ERR_DATA,
		    "--title: 1 to %d bytes of UTF-8 expected", TITLE_MAX);
	return 0;
}

static int
regroup_case_id(struct session *s, const char *name, int64_t *id, struct err *e)
{
	struct case_file c;

	if (case_find(s->db, NULL, name, &c, e) == -1)
		return -1;
	*id = c.id;
	case_free(&c);
	return 0;
}

static int
regroup_number(const char *text, int64_t *id, struct err *e)
{
	char *end;

	errno = 0;
	*id = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || *id <= 0)
		return err_set(e, ERR_USAGE, "\"%s\" is no number", text);
	return 0;
}

/* The rest of the operands: names of cases, or numbers of messages. */
static int
regroup_ids(struct session *s, int count, char **name, bool cases,
    struct regroup_act *a, struct err *e)
{
	if (count > REGROUP_MAX)
		return err_set(
		    e, ERR_USAGE, "more than %d at once", REGROUP_MAX);
	a->id = xcalloc((size_t)count, sizeof(*a->id));
	for (int i = 0; i < count; i++, a->count++)
		if ((cases ? regroup_case_id(s, name[i], &a->id[i], e)
			   : regroup_number(name[i], &a->id[i], e)) == -1)
			return -1;
	return 0;
}

static int
regroup_open_all(struct session *s, const struct regroup_act *a, struct err *e)
{
	return session_open(s, e) == -1 || session_act(s, a->as, e) == -1 ||
		       session_vault(s, e) == -1 || session_spool(s, e) == -1 ||
		       db_begin(s->db, e) == -1
		   ? -1
		   : 0;
}

static struct regroup
regroup_of_session(struct session *s)
{
	return (struct regroup){.db = s->db,
	    .vault = s->vault,
	    .spool = s->spool,
	    .now = clock_now(NULL)};
}

/* What waits in a case that changed is judged anew. */
static int
regroup_rejudge(struct session *s, struct regroup_act *a, struct err *e)
{
	const char *id;
	json_t *one;

	json_object_foreach(json_object_get(a->r.before, "cases"), id, one)
	{
		int64_t count;

		if (delivery_rejudge(s->db, strtoll(id, NULL, 10), a->r.now,
			&count, e) == -1)
			return -1;
	}
	return 0;
}

/* The cases that it touched beside the one that is named in its entry: their
 * record says so too, and their terms are others. */
static int
regroup_others(
    struct session *s, struct regroup_act *a, const char *event, struct err *e)
{
	const char *id;
	json_t *one;

	json_object_foreach(json_object_get(a->r.before, "cases"), id, one)
	{
		int64_t cases = strtoll(id, NULL, 10);

		if (service_refresh(
			s->db, s->config, cases, clock_now(NULL), e) == -1)
			return -1;
		if (cases != a->r.cases &&
		    session_audit(s, "case.regrouped", 0, cases, s->contact,
			json_pack("{s:s, s:I}", "act", event, "case",
			    (json_int_t)a->r.cases),
			e) == -1)
			return -1;
	}
	return 0;
}

/* Who took no part any more has a name; the record stays for ever. */
static json_t *
regroup_detail(const struct regroup_act *a)
{
	json_t *detail = json_deep_copy(a->r.before);

	json_object_del(detail, "left");
	return detail;
}

/* Whether RED of another case comes to people who are named for this one, or
 * people who are named for another case to this one's RED. */
static int
regroup_names(
    struct session *s, const struct regroup_act *a, bool *names, struct err *e)
{
	const json_t *added = json_object_get(a->r.before, "added"), *one;
	int64_t red = 0, count;
	size_t i;

	json_array_foreach(json_object_get(a->r.before, "messages"), i, one)
	{
		if (db_get_int(s->db, &count, 0, e,
			"SELECT 1 FROM message WHERE id = ? AND label = 'RED'",
			"i", json_integer_value(json_array_get(one, 0))) == -1)
			return -1;
		red += count;
	}
	if (json_array_size(json_object_get(added, "case_reader")) > 0)
		red++;
	if (db_get_int(s->db, &count, 0, e,
		"SELECT 1 WHERE EXISTS (SELECT 1 FROM case_reader"
		" WHERE cases = ?1) AND EXISTS (SELECT 1 FROM message"
		" WHERE cases = ?1 AND label = 'RED')",
		"i", a->r.cases) == -1)
		return -1;
	*names = red > 0 && count > 0;
	return 0;
}

/* To name who may be sent RED is for those who lead, whatever --as says. */
static int
regroup_may(struct session *s, const struct regroup_act *a, struct err *e)
{
	struct contact c;
	bool names, leads;

	if (regroup_names(s, a, &names, e) == -1 ||
	    contact_get(s->db, config_operator(s->config, s->user), &c, e) ==
		-1)
		return -1;
	leads = strs_has(&c.roles, "poc") || strs_has(&c.roles, "deputy");
	contact_free(&c);
	return leads || !names
		   ? 0
		   : err_set(e, ERR_DENIED,
			 "it would name readers for other TLP:RED messages,"
			 " which is for the PoC and deputies");
}

/* Records the act with all that undoing it needs, and says where things are. */
static int
regroup_end_act(struct session *s, struct regroup_act *a, const char *event,
    const char *done, struct err *e)
{
	struct case_file c = {0};
	json_t *one;
	int rc = -1;

	if ((strcmp(event, "case.undone") != 0 && regroup_may(s, a, e) == -1) ||
	    session_audit(s, event, a->titled, a->r.cases, s->contact,
		regroup_detail(a), e) == -1 ||
	    (strcmp(event, "case.undone") != 0 &&
		regroup_audited(&a->r, e) == -1) ||
	    regroup_others(s, a, event, e) == -1 ||
	    regroup_rejudge(s, a, e) == -1 ||
	    case_get(s->db, NULL, a->r.cases, &c, e) == -1)
		return -1;
	if (db_commit(s->db, e) == 0 && session_wake(s, e) == 0)
		rc = 0;
	if (rc == 0 && !s->out.json)
		output_put(&s->out, "%s %s\n", c.name, done);
	else if (rc == 0 && session_case(s, a->r.cases, &one, e) == 0)
		rc = output_json(&s->out, one, e);
	else if (rc == 0)
		rc = -1;
	case_free(&c);
	return rc;
}

static void
regroup_act_free(struct regroup_act *a)
{
	json_decref(a->r.before);
	free(a->id);
}

int
cli_case_merge(struct session *s, int argc, char **argv, struct err *e)
{
	struct regroup_act a = {0};
	int64_t into;
	int rc = -1;

	if (regroup_options(s, argc, argv, &a, e) == 0 &&
	    regroup_check(&a, false, false, e) == 0 &&
	    option_operands(argc, argv, 2, REGROUP_MAX,
		"the survivor's id and that of another case", e) == 0 &&
	    regroup_open_all(s, &a, e) == 0 &&
	    regroup_case_id(s, argv[optind], &into, e) == 0 &&
	    regroup_ids(s, argc - optind - 1, argv + optind + 1, true, &a, e) ==
		0) {
		a.r = regroup_of_session(s);
		if (regroup_merge(&a.r, into, a.id, a.count, e) == 0)
			rc = regroup_end_act(
			    s, &a, "case.merged", "has taken them in", e);
	}
	regroup_act_free(&a);
	return rc;
}

int
cli_case_move(struct session *s, int argc, char **argv, struct err *e)
{
	struct regroup_act a = {0};
	int64_t to;
	int rc = -1;

	if (regroup_options(s, argc, argv, &a, e) == 0 &&
	    regroup_check(&a, false, true, e) == 0 &&
	    option_operands(
		argc, argv, 1, REGROUP_MAX, "a message's number", e) == 0 &&
	    regroup_open_all(s, &a, e) == 0 &&
	    regroup_case_id(s, a.to, &to, e) == 0 &&
	    regroup_ids(s, argc - optind, argv + optind, false, &a, e) == 0) {
		a.r = regroup_of_session(s);
		if (regroup_move(&a.r, to, a.id, a.count, e) == 0)
			rc = regroup_end_act(
			    s, &a, "case.moved", "has the messages", e);
	}
	regroup_act_free(&a);
	return rc;
}

/* The title that was asked for, or the first message's subject; as one safe
 * line. */
static int
regroup_title(
    struct session *s, struct regroup_act *a, struct buf *out, struct err *e)
{
	const char *title = a->title;
	struct message m = {0};
	int rc = 0;

	if (title == NULL) {
		if (message_get(s->db, a->id[0], &m, e) == -1)
			return -1;
		a->titled = a->id[0];
		rc = message_unseal(s->db, s->vault, &m, e);
		title =
		    json_string_value(json_object_get(m.content, "subject"));
	}
	if (rc == 0)
		(void)utf8_put_line(out, title == NULL ? "" : title,
		    title == NULL ? 0 : strnlen(title, TITLE_MAX));
	message_free(&m);
	return rc;
}

/* The messages are in the case that was named. */
static int
regroup_in(struct session *s, const struct regroup_act *a, int64_t cases,
    struct err *e)
{
	for (size_t i = 0; i < a->count; i++) {
		struct message m;
		bool in;

		if (message_get(s->db, a->id[i], &m, e) == -1)
			return -1;
		in = m.cases == cases;
		message_free(&m);
		if (!in)
			return err_set(e, ERR_DATA,
			    "message %lld is not in that case",
			    (long long)a->id[i]);
	}
	return 0;
}

int
cli_case_split(struct session *s, int argc, char **argv, struct err *e)
{
	struct regroup_act a = {0};
	struct buf title;
	int64_t cases;
	int rc = -1;

	buf_init_secret(&title, 4 * TITLE_MAX);
	if (regroup_options(s, argc, argv, &a, e) == 0 &&
	    regroup_check(&a, true, false, e) == 0 &&
	    option_operands(argc, argv, 2, REGROUP_MAX,
		"the case's id and a message's number", e) == 0 &&
	    regroup_open_all(s, &a, e) == 0 &&
	    regroup_case_id(s, argv[optind], &cases, e) == 0 &&
	    regroup_ids(
		s, argc - optind - 1, argv + optind + 1, false, &a, e) == 0 &&
	    regroup_in(s, &a, cases, e) == 0 &&
	    regroup_title(s, &a, &title, e) == 0) {
		a.r = regroup_of_session(s);
		if (regroup_split(&a.r, s->config->case_prefix, buf_str(&title),
			a.id, a.count, e) == 0)
			rc = regroup_end_act(
			    s, &a, "case.split", "has the messages", e);
	}
	buf_free(&title);
	regroup_act_free(&a);
	return rc;
}

int
cli_case_undo(struct session *s, int argc, char **argv, struct err *e)
{
	struct regroup_act a = {0};
	size_t n = strlen(AUDIT);
	int64_t cases = 0, audit = 0;
	int rc = -1;

	if (regroup_options(s, argc, argv, &a, e) == -1 ||
	    regroup_check(&a, false, false, e) == -1 ||
	    option_operands(argc, argv, 1, 1, "the case's id", e) == -1 ||
	    regroup_open_all(s, &a, e) == -1)
		return -1;
	if (strncmp(argv[optind], AUDIT, n) == 0)
		rc = regroup_number(argv[optind] + n, &audit, e);
	else
		rc = regroup_case_id(s, argv[optind], &cases, e);
	a.r = regroup_of_session(s);
	if (rc == 0)
		rc = regroup_undo(&a.r, cases, audit, e);
	if (rc == 0)
		rc = regroup_end_act(
		    s, &a, "case.undone", "is as it was before", e);
	regroup_act_free(&a);
	return rc;
}
