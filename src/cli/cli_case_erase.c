/* noroshi case hold, erase, disposal: what stays, and what is destroyed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cases/approval.h"
#include "cases/case.h"
#include "cases/outgoing.h"
#include "cases/retention.h"
#include "cli/case_act.h"
#include "cli/command.h"
#include "cli/erasing.h"
#include "cli/option.h"
#include "people/contact.h"
#include "store/value.h"

struct keeping {
	const char *as, *reason;
	bool withdraw;
};

static int
keeping_options(struct session *s, int argc, char **argv, struct keeping *k,
    bool withdraw, int min, int max, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"reason", required_argument, NULL, 'r'},
	    {"withdraw", no_argument, NULL, 'w'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'w' && !withdraw)
			return err_set(e, ERR_USAGE,
			    "--withdraw is no option here (--help names them)");
		if (c == 'a')
			k->as = optarg;
		else if (c == 'r')
			k->reason = optarg;
		else if (c == 'w')
			k->withdraw = true;
		else
			s->out.json = true;
	}
	if (c == -1)
		return -1;
	return option_operands(argc, argv, min, max, "the case's id", e);
}

/* It stays when the case is gone, so it is short and on one line. */
static int
keeping_reason(const struct keeping *k, struct err *e)
{
	if (k->reason == NULL)
		return err_set(e, ERR_USAGE, "--reason is missing");
	if (k->reason[strspn(k->reason, " \t")] == '\0' ||
	    strlen(k->reason) > ERASE_REASON_MAX || !utf8_is_line(k->reason))
		return err_set(e, ERR_DATA,
		    "--reason: one line of 1 to %d bytes of UTF-8 expected",
		    ERASE_REASON_MAX);
	return 0;
}

/* --- legal hold
 * ---------------------------------------------------------------
 */

/* Whoever takes a hold off answers for what may be destroyed then. */
static int
hold_may(struct session *s, bool on, struct err *e)
{
	struct contact c;
	bool may;

	if (contact_get(s->db, config_operator(s->config, s->user), &c, e) ==
	    -1)
		return -1;
	may = c.class == CLASS_STAFF &&
	      (strs_has(&c.roles, "poc") || strs_has(&c.roles, "deputy") ||
		  strs_has(&c.roles, "legal") || (on && contact_may_read(&c)));
	contact_free(&c);
	return may ? 0
		   : err_set(e, ERR_DENIED, "a legal hold is %s by %s",
			 on ? "set" : "taken off",
			 on ? "staff who read the team's mail, or legal"
			    : "the PoC, a deputy or legal");
}

/* Why is a note: it may be about the case, and the audit log has no text. */
static int
hold_write(struct session *s, const struct keeping *k,
    const struct case_file *file, bool on, struct err *e)
{
	int64_t now = clock_now(NULL), since;
	char *note;
	int rc;

	if (legal_hold_since(s->db, file->id, &since, e) == -1)
		return -1;
	if ((since != 0) == on)
		return err_set(e, ERR_DATA, "%s is %s under legal hold",
		    file->name, on ? "already" : "not");
	if (file->title == NULL)
		return err_set(e, ERR_NOINPUT, "%s was erased", file->name);
	note =
	    xasprintf("Legal hold %s: %s", on ? "set" : "taken off", k->reason);
	rc = case_note_add(s->db, s->vault, now, file->id, s->contact, note, e);
	free(note);
	if (rc == 0)
		rc = on ? legal_hold_set(s->db, file->id, s->contact, now, e)
			: legal_hold_end(s->db, file->id, e);
	/* a request to erase does not outlive the hold that stopped it */
	if (rc == 0 && on)
		rc = erasure_withdraw(s->db, file->id, e);
	if (rc == -1)
		return -1;
	return session_audit(s, on ? "case.held" : "case.hold-ended", 0,
	    file->id, s->contact, NULL, e);
}

int
cli_case_hold(struct session *s, int argc, char **argv, struct err *e)
{
	static const char *const words[] = {"on", "off", NULL};
	struct case_file file = {0};
	struct keeping k = {0};
	bool on;
	int rc = -1;

	if (keeping_options(s, argc, argv, &k, false, 2, 2, e) == -1 ||
	    option_word(argv[optind + 1], words, "hold", e) == -1 ||
	    keeping_reason(&k, e) == -1)
		return -1;
	on = strcmp(argv[optind + 1], "on") == 0;
	if (session_open(s, e) == 0 && session_act(s, k.as, e) == 0 &&
	    hold_may(s, on, e) == 0 && session_vault(s, e) == 0 &&
	    db_begin(s->db, e) == 0 &&
	    case_act_find(s, argv[optind], &file, e) == 0 &&
	    hold_write(s, &k, &file, on, e) == 0 && db_commit(s->db, e) == 0)
		rc = 0;
	if (rc == 0 && s->out.json)
		rc = output_json(&s->out,
		    json_pack("{s:s, s:b}", "case", file.name, "hold", on), e);
	else if (rc == 0)
		output_put(&s->out, "%s is %s\n", file.name,
		    on ? "kept: under legal hold" : "under legal hold no more");
	case_free(&file);
	return rc;
}

/* --- erase
 * --------------------------------------------------------------------
 */

/* Somebody else than who asked, as a release of mail asks for. */
static int
erase_second(
    struct session *s, const struct erasure *x, const char *user, struct err *e)
{
	const struct outgoing asked = {
	    .author = x->asked_by, .identity = x->asked_as};
	struct contact c;
	bool may;

	if (approval_is_own(s->config, &asked, user, s->contact))
		return err_set(e, ERR_DENIED,
		    "you asked for it: another person has to do it");
	if (strcmp(s->config->second_person, "contact") != 0 &&
	    config_operator(s->config, s->user) != s->contact)
		return err_set(e, ERR_DENIED,
		    "a second person is another Unix user, not another --as"
		    " (second_person)");
	if (contact_get(s->db, s->contact, &c, e) == -1)
		return -1;
	may = c.class == CLASS_STAFF &&
	      (strs_has(&c.roles, "poc") || strs_has(&c.roles, "deputy") ||
		  strs_has(&c.roles, "approver"));
	contact_free(&c);
	return may ? 0
		   : err_set(e, ERR_DENIED,
			 "the PoC, a deputy or an approver has to do it");
}

static int
erase_ask(struct session *s, const struct keeping *k, const char *user,
    const struct case_file *file, struct err *e)
{
	const struct erasure x = {.reason = xstrdup(k->reason),
	    .asked_as = xstrdup(user),
	    .asked_by = s->contact,
	    .asked_at = clock_now(NULL)};
	int rc;

	rc = session_is_reader(s, e);
	if (rc == 0)
		rc = erasure_ask(s->db, file->id, &x, e);
	if (rc == 0)
		rc = session_audit(s, "case.erase-asked", 0, file->id,
		    s->contact, json_pack("{s:s}", "reason", k->reason), e);
	free(x.reason);
	free(x.asked_as);
	return rc;
}

static int
erase_withdraw(struct session *s, const struct case_file *file,
    const struct erasure *x, struct err *e)
{
	if (x->asked_at == 0 || x->erased_at != 0)
		return err_set(
		    e, ERR_DATA, "%s: nobody asked to erase it", file->name);
	if (erasure_withdraw(s->db, file->id, e) == -1)
		return -1;
	return session_audit(
	    s, "case.erase-withdrawn", 0, file->id, s->contact, NULL, e);
}

/* What was done, in a word. */
static int
erase_step(struct session *s, const struct keeping *k,
    const struct case_file *file, const char **done, struct err *e)
{
	char *user = xasprintf("user:%s", s->user);
	struct erasure x;
	int rc = erasure_get(s->db, file->id, &x, e);

	if (rc == -1) {
		free(user);
		return -1;
	}
	if (x.erased_at != 0) {
		*done = "was erased already";
		rc = k->withdraw ? erase_withdraw(s, file, &x, e) : 0;
	} else if (k->withdraw) {
		*done = "is kept: the request is withdrawn";
		rc = erase_withdraw(s, file, &x, e);
	} else if (erase_may(s->db, file->id, e) == -1) {
		rc = err_in(e, "%s", file->name);
	} else if (x.asked_at == 0) {
		*done = "waits for a second person, who gives the same command";
		rc = erase_ask(s, k, user, file, e);
	} else {
		*done = "was erased";
		rc = erase_second(s, &x, user, e);
		if (rc == 0)
			rc = erasing_do(s, file->id, &x, e);
	}
	erasure_free(&x);
	free(user);
	return rc;
}

static int
erase_run(struct session *s, const struct keeping *k, const char *name,
    struct case_file *file, const char **done, struct err *e)
{
	if (session_open(s, e) == -1 || session_act(s, k->as, e) == -1 ||
	    session_spool(s, e) == -1 || session_vault(s, e) == -1 ||
	    db_begin(s->db, e) == -1 ||
	    case_find(s->db, NULL, name, file, e) == -1 ||
	    erase_step(s, k, file, done, e) == -1 || db_commit(s->db, e) == -1)
		return -1;
	return erasing_finish(s, file->id, e);
}

int
cli_case_erase(struct session *s, int argc, char **argv, struct err *e)
{
	struct case_file file = {0};
	struct keeping k = {0};
	const char *done = "";
	int rc = -1;

	if (keeping_options(s, argc, argv, &k, true, 1, 1, e) == -1 ||
	    (!k.withdraw && keeping_reason(&k, e) == -1))
		return -1;
	if (erase_run(s, &k, argv[optind], &file, &done, e) == 0)
		rc = 0;
	if (rc == 0 && s->out.json)
		rc = erasing_json(s, file.id, e);
	else if (rc == 0)
		output_put(&s->out, "%s %s\n", file.name, done);
	case_free(&file);
	return rc;
}

int
cli_case_disposal(struct session *s, int argc, char **argv, struct err *e)
{
	int64_t id;

	if (session_one_case(s, argc, argv, &id, e) == -1)
		return -1;
	return s->out.json ? erasing_json(s, id, e) : erasing_put(s, id, e);
}
