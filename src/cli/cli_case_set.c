/* noroshi case set: harm, cause and remedy, and whether it may be an APT. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/case.h"
#include "cases/handling.h"
#include "cli/case_act.h"
#include "cli/command.h"
#include "cli/option.h"
#include "people/contact.h"
#include "queue/delivery_act.h"

#define TEXT_MAX 8000 /* bytes of a cause, a remedy, a reason */

struct set_act {
	const char *as, *harm, *cause, *remedy, *accepted, *decision, *reason;
	bool apt, not_apt;
	struct case_file file;
	char *prompt; /* the deadlines that may apply, or NULL */
};

static int
set_check(const struct set_act *a, struct err *e)
{
	if (a->harm == NULL && a->cause == NULL && a->remedy == NULL &&
	    a->accepted == NULL && a->decision == NULL && !a->apt &&
	    !a->not_apt)
		return err_set(e, ERR_USAGE,
		    "nothing to set (--help names what there is)");
	if (a->harm != NULL && !handling_harm_is(a->harm))
		return err_set(e, ERR_USAGE,
		    "\"%s\" is no harm (none, suspected, confirmed)", a->harm);
	if (a->decision != NULL && !handling_decision_is(a->decision))
		return err_set(e, ERR_USAGE,
		    "\"%s\" is no decision (eliminate, observe)", a->decision);
	if (a->decision != NULL && a->reason == NULL)
		return err_set(
		    e, ERR_USAGE, "a decision wants its --reason, as a note");
	if (a->apt && a->not_apt)
		return err_set(e, ERR_USAGE,
		    "--apt-suspected and --no-apt-suspected are too much");
	if (a->not_apt && a->reason == NULL)
		return err_set(e, ERR_USAGE,
		    "--no-apt-suspected wants its --reason, as a note");
	if (option_text(a->cause, "--cause", TEXT_MAX, e) == -1 ||
	    option_text(a->remedy, "--remedy", TEXT_MAX, e) == -1)
		return -1;
	return option_text(a->reason, "--reason", TEXT_MAX, e);
}

static int
set_options(
    struct session *s, int argc, char **argv, struct set_act *a, struct err *e)
{
	static const struct option table[] = {
	    {"harm", required_argument, NULL, 'h'},
	    {"cause", required_argument, NULL, 'c'},
	    {"remedy", required_argument, NULL, 'r'},
	    {"accepted-by", required_argument, NULL, 'A'},
	    {"apt-suspected", no_argument, NULL, 'p'},
	    {"no-apt-suspected", no_argument, NULL, 'P'},
	    {"decision", required_argument, NULL, 'd'},
	    {"reason", required_argument, NULL, 'R'},
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'h')
			a->harm = optarg;
		else if (c == 'c')
			a->cause = optarg;
		else if (c == 'r')
			a->remedy = optarg;
		else if (c == 'A')
			a->accepted = optarg;
		else if (c == 'p')
			a->apt = true;
		else if (c == 'P')
			a->not_apt = true;
		else if (c == 'd')
			a->decision = optarg;
		else if (c == 'R')
			a->reason = optarg;
		else if (c == 'a')
			a->as = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 ||
	    option_operands(argc, argv, 1, 1, "the case's id", e) == -1)
		return -1;
	return set_check(a, e);
}

static int
set_begin(struct session *s, struct set_act *a, const char *name, struct err *e)
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

static int
set_note(
    struct session *s, const struct set_act *a, const char *text, struct err *e)
{
	return case_note_add(
	    s->db, s->vault, clock_now(NULL), a->file.id, s->contact, text, e);
}

static int
set_harm(struct session *s, struct set_act *a, struct err *e)
{
	if (a->harm == NULL)
		return 0;
	if (handling_set_harm(
		s->db, s->config, &a->file, a->harm, &a->prompt, e) == -1 ||
	    (a->prompt != NULL && set_note(s, a, a->prompt, e) == -1))
		return -1;
	return session_audit(s, "case.harm", 0, a->file.id, s->contact,
	    json_pack(
		"{s:s, s:s}", "harm", a->harm, "priority", a->file.priority),
	    e);
}

static int
set_words(struct session *s, struct set_act *a, struct err *e)
{
	struct contact by;
	int64_t accepted = 0;

	if ((a->cause != NULL && handling_set_text(s->db, s->vault, &a->file,
				     "cause", a->cause, e) == -1) ||
	    (a->remedy != NULL && handling_set_text(s->db, s->vault, &a->file,
				      "remedy", a->remedy, e) == -1))
		return -1;
	if (a->accepted != NULL) {
		if (contact_find(s->db, a->accepted, &by, e) == -1)
			return -1;
		accepted = by.id;
		contact_free(&by);
		if (handling_accept(s->db, a->file.id, accepted, e) == -1)
			return -1;
	}
	if (a->cause == NULL && a->remedy == NULL && a->accepted == NULL)
		return 0;
	return session_audit(s, "case.handled", 0, a->file.id, s->contact,
	    json_pack("{s:b, s:b, s:I}", "cause", (int)(a->cause != NULL),
		"remedy", (int)(a->remedy != NULL), "accepted_by",
		(json_int_t)accepted),
	    e);
}

/* Whether it is one is for the PoC to take back, whatever --as says. */
static int
set_lead(struct session *s, struct err *e)
{
	struct contact c;
	bool lead;

	if (contact_get(s->db, config_operator(s->config, s->user), &c, e) ==
	    -1)
		return -1;
	lead = strs_has(&c.roles, "poc") || strs_has(&c.roles, "deputy");
	contact_free(&c);
	return lead ? 0
		    : err_set(e, ERR_DENIED,
			  "--no-apt-suspected is for the PoC or a deputy: ask "
			  "them");
}

static int
set_apt(struct session *s, struct set_act *a, struct err *e)
{
	int64_t count;

	if (!a->apt && !a->not_apt)
		return 0;
	if (a->not_apt && set_lead(s, e) == -1)
		return -1;
	if ((a->apt ? case_tag_add(s->db, a->file.id, CASE_APT, e)
		    : case_tag_remove(s->db, a->file.id, CASE_APT, e)) == -1 ||
	    case_changed(s->db, a->file.id, e) == -1 ||
	    delivery_rejudge(s->db, a->file.id, clock_now(NULL), &count, e) ==
		-1)
		return -1;
	a->file.apt_suspected = a->apt;
	return session_audit(s, "case.apt", 0, a->file.id, s->contact,
	    json_pack("{s:b, s:I}", "suspected", (int)a->apt, "rejudged",
		(json_int_t)count),
	    e);
}

static int
set_decision(struct session *s, struct set_act *a, struct err *e)
{
	if (a->reason != NULL && set_note(s, a, a->reason, e) == -1)
		return -1;
	if (a->decision == NULL)
		return 0;
	if (!case_is_apt(&a->file))
		return err_set(e, ERR_DATA,
		    "%s: what to do with an APT is decided where one is "
		    "suspected (--apt-suspected)",
		    a->file.name);
	if (handling_decide(s->db, a->file.id, a->decision, e) == -1)
		return -1;
	return session_audit(s, "case.decided", 0, a->file.id, s->contact,
	    json_pack("{s:s}", "decision", a->decision), e);
}

static int
set_end(struct session *s, const struct set_act *a, struct err *e)
{
	json_t *one;

	if (db_commit(s->db, e) == -1 || spool_wake(s->spool, e) == -1)
		return -1;
	if (s->out.json) {
		if (session_case(s, a->file.id, &one, e) == -1)
			return -1;
		return output_json(&s->out, one, e);
	}
	output_put(&s->out, "%s is set\n", a->file.name);
	if (a->prompt != NULL)
		output_text(&s->out, a->prompt, strlen(a->prompt));
	return 0;
}

int
cli_case_set(struct session *s, int argc, char **argv, struct err *e)
{
	struct set_act a = {0};
	int rc = -1;

	if (set_options(s, argc, argv, &a, e) == 0 &&
	    set_begin(s, &a, argv[optind], e) == 0 && set_harm(s, &a, e) == 0 &&
	    set_words(s, &a, e) == 0 && set_apt(s, &a, e) == 0 &&
	    set_decision(s, &a, e) == 0)
		rc = set_end(s, &a, e);
	free(a.prompt);
	case_free(&a.file);
	return rc;
}
