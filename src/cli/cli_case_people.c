/* noroshi case: who takes part, who is affected, who may read, which label. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cases/bound.h"
#include "cases/case.h"
#include "cases/case_people.h"
#include "cases/recipient.h"
#include "cases/relabel.h"
#include "cli/case_act.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/when.h"
#include "queue/delivery_act.h"
#include "store/value.h"

#define NEED_MAX 1000 /* bytes of why somebody needs to know */

struct people_act {
	const char *as;
	const char *need;
	const char *zone;
	bool timed; /* a command that knows --zone */
	bool remove;
	struct case_file file;
	char **who;
	int count;
};

static int
people_check_need(const char *need, struct err *e)
{
	if (need == NULL || (need[0] != '\0' && strlen(need) <= NEED_MAX &&
				utf8_is(need, strlen(need))))
		return 0;
	return err_set(
	    e, ERR_DATA, "--need: 1 to %d bytes of UTF-8 expected", NEED_MAX);
}

/* --as, --json, perhaps --need; operands stand from optind on. */
static int
people_options(struct session *s, int argc, char **argv, struct people_act *a,
    bool need, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"need", required_argument, NULL, 'n'},
	    {"zone", required_argument, NULL, 'z'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'n' && !need)
			return err_set(e, ERR_USAGE,
			    "--need is no option here (--help names them)");
		if (c == 'z' && !a->timed)
			return err_set(e, ERR_USAGE,
			    "--zone is no option here (--help names them)");
		if (c == 'z')
			a->zone = optarg;
		else if (c == 'n')
			a->need = optarg;
		else if (c == 'a')
			a->as = optarg;
		else
			s->out.json = true;
	}
	return c == -1 ? -1 : people_check_need(a->need, e);
}

/* "add ID WHO..." or, where that can be, "remove ID WHO...". */
static int
people_operands(
    int argc, char **argv, struct people_act *a, bool may_remove, struct err *e)
{
	const char *verb;

	if (option_operands(argc, argv, 1, argc, "add or remove", e) == -1)
		return -1;
	verb = argv[optind++];
	a->remove = strcmp(verb, "remove") == 0;
	if (strcmp(verb, "add") != 0 && (!may_remove || !a->remove))
		return err_set(e, ERR_USAGE, "\"%s\": %s expected", verb,
		    may_remove ? "add or remove" : "add");
	if (option_operands(argc, argv, 1, argc, "the case's id", e) == -1)
		return -1;
	a->who = argv + optind + 1;
	a->count = argc - optind - 1;
	if (a->count == 0)
		return err_set(e, ERR_USAGE, "WHO is missing");
	return 0;
}

/* Opens all that is needed, and the transaction, and finds the case. */
static int
people_begin(
    struct session *s, struct people_act *a, const char *name, struct err *e)
{
	if (session_open(s, e) == -1 || session_act(s, a->as, e) == -1 ||
	    case_find(s->db, NULL, name, &a->file, e) == -1)
		return -1;
	case_free(&a->file);
	if (session_vault(s, e) == -1 || db_begin(s->db, e) == -1)
		return -1;
	return case_act_find(s, name, &a->file, e);
}

static int
people_end(
    struct session *s, struct people_act *a, const char *done, struct err *e)
{
	json_t *one;

	if (db_commit(s->db, e) == -1)
		return -1;
	if (!s->out.json) {
		output_put(&s->out, "%s %s\n", a->file.name, done);
		return 0;
	}
	if (session_case(s, a->file.id, &one, e) == -1)
		return -1;
	return output_json(&s->out, one, e);
}

/*
 * ERR_DENIED unless the calling Unix user is PoC or deputy; what --as says
 * gives nobody another's authority.
 */
static int
people_lead(struct session *s, const char *what, struct err *e)
{
	struct contact c;
	bool lead;

	if (contact_get(s->db, config_operator(s->config, s->user), &c, e) ==
	    -1)
		return -1;
	lead = strs_has(&c.roles, "poc") || strs_has(&c.roles, "deputy");
	contact_free(&c);
	if (lead)
		return 0;
	return err_set(
	    e, ERR_DENIED, "%s is for the PoC or a deputy: ask them", what);
}

static int
people_audit(struct session *s, const struct people_act *a, const char *event,
    const struct recipient *r, struct err *e)
{
	return session_audit(s, event, 0, a->file.id, r->contact.id,
	    json_pack("{s:s, s:s, s:b}", "act", a->remove ? "remove" : "add",
		"address", r->address, "need", (int)(a->need != NULL)),
	    e);
}

/* Why they need to know is a note: the audit log holds no text of a case. */
static int
people_note(struct session *s, const struct people_act *a,
    const struct recipient *r, struct err *e)
{
	struct buf text;
	int rc;

	if (a->need == NULL)
		return 0;
	buf_init_secret(&text, 8 * NEED_MAX);
	(void)utf8_put_line(&text, r->address, strlen(r->address));
	buf_puts(&text, " needs to know: ");
	(void)utf8_put_line(&text, a->need, strlen(a->need));
	rc = case_note_add(s->db, s->vault, clock_now(NULL), a->file.id,
	    s->contact, buf_str(&text), e);
	buf_free(&text);
	return rc;
}

static int
participant_write(struct session *s, const struct people_act *a,
    const struct recipient *r, const char *address, struct err *e)
{
	int rc;

	if (a->remove)
		rc = case_participant_remove(
		    s->db, a->file.id, r->contact.id, address, e);
	else
		rc = case_participant_add(s->db, clock_now(NULL), a->file.id,
		    r->contact.id, address, r->contact.name, e);
	if (rc == -1 || people_note(s, a, r, e) == -1)
		return -1;
	return people_audit(s, a, "case.participant", r, e);
}

static int
affected_write(struct session *s, const struct people_act *a,
    const struct recipient *r, const char *address, struct err *e)
{
	if ((a->remove
		    ? case_affected_remove(s->db, a->file.id, address, e)
		    : case_affected_add(s->db, a->file.id, address, e)) == -1)
		return -1;
	return people_audit(s, a, "case.affected", r, e);
}

static int
reader_write(struct session *s, const struct people_act *a,
    const struct recipient *r, const char *address, struct err *e)
{
	if (r->contact.id == 0)
		return err_set(e, ERR_NOINPUT,
		    "%s is no contact: only a person we know can be named",
		    address);
	if (case_reader_add(s->db, a->file.id, r->contact.id, e) == -1)
		return -1;
	return people_audit(s, a, "case.reader", r, e);
}

/* Each WHO in turn: all are written, or none. */
static int
people_each(struct session *s, const struct people_act *a,
    int (*write)(struct session *s, const struct people_act *a,
	const struct recipient *r, const char *address, struct err *e),
    struct err *e)
{
	int rc = 0;

	for (int i = 0; i < a->count && rc == 0; i++) {
		struct recipient r;
		char *fold;

		if (recipient_find(
			s->db, clock_now(NULL), a->who[i], 0, &r, e) == -1)
			return -1;
		fold = contact_address_fold(r.address);
		if (fold == NULL)
			rc =
			    err_set(e, ERR_DATA, "%s is no address", r.address);
		else
			rc = write(s, a, &r, fold, e);
		free(fold);
		recipient_free(&r);
	}
	return rc;
}

int
cli_case_participant(struct session *s, int argc, char **argv, struct err *e)
{
	struct people_act a = {0};
	int rc = -1;

	if (people_options(s, argc, argv, &a, true, e) == 0 &&
	    people_operands(argc, argv, &a, true, e) == 0 &&
	    people_begin(s, &a, argv[optind], e) == 0 &&
	    people_each(s, &a, participant_write, e) == 0)
		rc = people_end(s, &a,
		    a.remove ? "has fewer participants"
			     : "has its participants",
		    e);
	case_free(&a.file);
	return rc;
}

int
cli_case_affected(struct session *s, int argc, char **argv, struct err *e)
{
	struct people_act a = {0};
	int rc = -1;

	if (people_options(s, argc, argv, &a, false, e) == 0 &&
	    people_operands(argc, argv, &a, true, e) == 0 &&
	    people_begin(s, &a, argv[optind], e) == 0 &&
	    people_each(s, &a, affected_write, e) == 0)
		rc = people_end(s, &a,
		    a.remove ? "has fewer affected parties"
			     : "has its affected parties",
		    e);
	case_free(&a.file);
	return rc;
}

int
cli_case_reader(struct session *s, int argc, char **argv, struct err *e)
{
	struct people_act a = {0};
	int rc = -1;

	if (people_options(s, argc, argv, &a, false, e) == 0 &&
	    people_operands(argc, argv, &a, false, e) == 0 &&
	    people_begin(s, &a, argv[optind], e) == 0 &&
	    people_lead(s, "naming a reader", e) == 0 &&
	    people_each(s, &a, reader_write, e) == 0)
		rc = people_end(s, &a, "has its readers", e);
	case_free(&a.file);
	return rc;
}

/* What waits in the case is judged anew, at once. */
static int
people_rejudge(struct session *s, const struct people_act *a, struct err *e)
{
	int64_t count;

	if (session_spool(s, e) == -1 || delivery_rejudge(s->db, a->file.id,
					     clock_now(NULL), &count, e) == -1)
		return -1;
	return count == 0
		   ? 0
		   : session_audit(s, "case.rejudged", 0, a->file.id, 0,
			 json_pack("{s:I}", "messages", (json_int_t)count), e);
}

/* Who has mail under a lower label is asked to label it anew. */
static int
people_relabel(struct session *s, const struct people_act *a,
    enum noroshi_tlp label, struct err *e)
{
	char *user = xasprintf("user:%s", s->user);
	const struct outgoing by = {
	    .author = s->contact, .identity = user, .cases = a->file.id};
	int64_t count = 0;
	int rc = relabel_ask(
	    s->db, s->vault, s->spool, clock_now(NULL), &by, label, &count, e);

	free(user);
	if (rc == -1 || count == 0)
		return rc;
	(void)fprintf(stderr,
	    "noroshi: %lld who have mail of it already are asked to re-label"
	    " it\n",
	    (long long)count);
	return session_audit(s, "case.relabel", 0, a->file.id, s->contact,
	    json_pack("{s:I, s:s}", "recipients", (json_int_t)count, "label",
		noroshi_tlp_name(label)),
	    e);
}

/* Raising is anybody's of the team; lowering is for who answers for it. */
static int
label_write(struct session *s, const struct people_act *a,
    enum noroshi_tlp label, struct err *e)
{
	bool lower = a->file.has_label && label < a->file.label;

	if (lower && people_lead(s, "lowering a case's label", e) == -1)
		return -1;
	if (case_set_label(s->db, a->file.id, label, e) == -1)
		return -1;
	if (people_rejudge(s, a, e) == -1)
		return -1;
	if ((!a->file.has_label || label > a->file.label) &&
	    people_relabel(s, a, label, e) == -1)
		return -1;
	return session_audit(s, "case.label", 0, a->file.id, s->contact,
	    json_pack("{s:s?, s:s}", "from",
		a->file.has_label ? noroshi_tlp_name(a->file.label) : NULL,
		"to", noroshi_tlp_name(label)),
	    e);
}

int
cli_case_label(struct session *s, int argc, char **argv, struct err *e)
{
	struct people_act a = {0};
	enum noroshi_tlp label = NOROSHI_TLP_RED;
	int rc = -1;

	if (people_options(s, argc, argv, &a, false, e) == -1 ||
	    option_operands(
		argc, argv, 2, 2, "the case's id or its label", e) == -1)
		return -1;
	if (!noroshi_tlp_parse(argv[optind + 1], &label))
		return err_set(e, ERR_USAGE,
		    "\"%s\" is not a label (RED, AMBER+STRICT, AMBER, GREEN, "
		    "CLEAR)",
		    argv[optind + 1]);
	if (people_begin(s, &a, argv[optind], e) == 0 &&
	    label_write(s, &a, label, e) == 0)
		rc = people_end(s, &a, "has its label", e);
	if (rc == 0)
		rc = spool_wake(s->spool, e);
	case_free(&a.file);
	return rc;
}

/* Anybody of the team sets one; ending one early is for who answers for it. */
static int
embargo_write(
    struct session *s, const struct people_act *a, int64_t until, struct err *e)
{
	int64_t was;

	if (case_embargo(s->db, a->file.id, &was, e) == -1)
		return -1;
	if (until < was && was > clock_now(NULL) &&
	    people_lead(s, "ending an embargo early", e) == -1)
		return -1;
	if (case_set_embargo(s->db, a->file.id, until, e) == -1 ||
	    people_rejudge(s, a, e) == -1)
		return -1;
	return session_audit(s, "case.embargo", 0, a->file.id, s->contact,
	    json_pack(
		"{s:o, s:o}", "from", value_time(was), "to", value_time(until)),
	    e);
}

int
cli_case_embargo(struct session *s, int argc, char **argv, struct err *e)
{
	struct people_act a = {.timed = true};
	int64_t until = 0;
	int rc = -1;

	if (people_options(s, argc, argv, &a, false, e) == -1 ||
	    option_operands(argc, argv, 2, 2, "the case's id or the time", e) ==
		-1)
		return -1;
	if (strcmp(argv[optind + 1], "none") != 0 &&
	    when_parse(argv[optind + 1], a.zone, &until, e) == -1)
		return -1;
	if (people_begin(s, &a, argv[optind], e) == 0 &&
	    embargo_write(s, &a, until, e) == 0)
		rc = people_end(s, &a,
		    until == 0 ? "has no embargo" : "is under embargo", e);
	if (rc == 0)
		rc = spool_wake(s->spool, e);
	case_free(&a.file);
	return rc;
}
