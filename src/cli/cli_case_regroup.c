/* noroshi case merge, split, move, undo: what belongs together. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/option.h"
#include "worker/regrouping.h"

#define AUDIT "audit:" /* in front of an entry's number */

/* One call of these commands. */
struct regroup_act {
	const char *as;
	const char *title; /* or NULL */
	const char *to; /* or NULL */
	struct regrouping g;
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
				    strlen(a->title) > REGROUPING_TITLE ||
				    !utf8_is(a->title, strlen(a->title))))
		return err_set(e, ERR_DATA,
		    "--title: 1 to %d bytes of UTF-8 expected",
		    REGROUPING_TITLE);
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
	if (count > REGROUPING_MAX)
		return err_set(
		    e, ERR_USAGE, "more than %d at once", REGROUPING_MAX);
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

static struct regrouping
regroup_of_session(struct session *s)
{
	return (struct regrouping){.act = {.db = s->db,
				       .vault = s->vault,
				       .spool = s->spool,
				       .now = clock_now(NULL)},
	    .config = s->config,
	    .actor = s->actor,
	    .contact = s->contact,
	    /* whatever --as says */
	    .leads = config_operator(s->config, s->user)};
}

/* Says where things are. */
static int
regroup_end_act(struct session *s, const struct regroup_act *a,
    const char *done, struct err *e)
{
	struct case_file c = {0};
	json_t *one;
	int rc = -1;

	if (case_get(s->db, NULL, a->g.act.cases, &c, e) == -1)
		return -1;
	if (db_commit(s->db, e) == 0 && session_wake(s, e) == 0)
		rc = 0;
	if (rc == 0 && !s->out.json)
		output_put(&s->out, "%s %s\n", c.name, done);
	else if (rc == 0 && session_case(s, c.id, &one, e) == 0)
		rc = output_json(&s->out, one, e);
	else if (rc == 0)
		rc = -1;
	case_free(&c);
	return rc;
}

static void
regroup_act_free(struct regroup_act *a)
{
	regrouping_free(&a->g);
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
	    option_operands(argc, argv, 2, REGROUPING_MAX,
		"the survivor's id and that of another case", e) == 0 &&
	    regroup_open_all(s, &a, e) == 0 &&
	    regroup_case_id(s, argv[optind], &into, e) == 0 &&
	    regroup_ids(s, argc - optind - 1, argv + optind + 1, true, &a, e) ==
		0) {
		a.g = regroup_of_session(s);
		if (regrouping_merge(&a.g, into, a.id, a.count, e) == 0)
			rc = regroup_end_act(s, &a, "has taken them in", e);
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
		argc, argv, 1, REGROUPING_MAX, "a message's number", e) == 0 &&
	    regroup_open_all(s, &a, e) == 0 &&
	    regroup_case_id(s, a.to, &to, e) == 0 &&
	    regroup_ids(s, argc - optind, argv + optind, false, &a, e) == 0) {
		a.g = regroup_of_session(s);
		if (regrouping_move(&a.g, to, a.id, a.count, e) == 0)
			rc = regroup_end_act(s, &a, "has the messages", e);
	}
	regroup_act_free(&a);
	return rc;
}

int
cli_case_split(struct session *s, int argc, char **argv, struct err *e)
{
	struct regroup_act a = {0};
	int64_t cases;
	int rc = -1;

	if (regroup_options(s, argc, argv, &a, e) == 0 &&
	    regroup_check(&a, true, false, e) == 0 &&
	    option_operands(argc, argv, 2, REGROUPING_MAX,
		"the case's id and a message's number", e) == 0 &&
	    regroup_open_all(s, &a, e) == 0 &&
	    regroup_case_id(s, argv[optind], &cases, e) == 0 &&
	    regroup_ids(
		s, argc - optind - 1, argv + optind + 1, false, &a, e) == 0) {
		a.g = regroup_of_session(s);
		if (regrouping_split(&a.g, cases, a.title, a.id, a.count, e) ==
		    0)
			rc = regroup_end_act(s, &a, "has the messages", e);
	}
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
	a.g = regroup_of_session(s);
	if (rc == 0)
		rc = regrouping_undo(&a.g, cases, audit, e);
	if (rc == 0)
		rc = regroup_end_act(s, &a, "is as it was before", e);
	regroup_act_free(&a);
	return rc;
}
