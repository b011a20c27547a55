/* noroshi queue approve, reject, retry, cancel: a person's word on a copy. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/outgoing.h"
#include "cli/command.h"
#include "cli/option.h"
#include "people/contact.h"
#include "queue/delivery_act.h"
#include "worker/release.h"
#include "worker/tell.h"

/* What the act was asked with. */
struct word {
	const char *as, *reason, *role, *evidence;
	bool in_clear;
};

static int
word_options(struct session *s, int argc, char **argv, bool approve,
    struct word *w, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"reason", required_argument, NULL, 'r'},
	    {"in-clear", no_argument, NULL, 'c'},
	    {"for", required_argument, NULL, 'f'},
	    {"evidence", required_argument, NULL, 'e'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (!approve && strchr("cfe", c) != NULL)
			return err_set(e, ERR_USAGE,
			    "--in-clear, --for and --evidence are for approve");
		if (c == 'a')
			w->as = optarg;
		else if (c == 'r')
			w->reason = optarg;
		else if (c == 'c')
			w->in_clear = true;
		else if (c == 'f')
			w->role = optarg;
		else if (c == 'e')
			w->evidence = optarg;
		else
			s->out.json = true;
	}
	if (c == -1)
		return -1;
	if ((w->role == NULL) != (w->evidence == NULL))
		return err_set(e, ERR_USAGE,
		    "--for and --evidence stand together: whose word it was,"
		    " and the file that shows it");
	return option_operands(argc, argv, 1, 1000, "the delivery's id", e);
}

/* The file that shows an approval given elsewhere, by its sum. */
static int
word_evidence(const struct word *w, char sha[SPOOL_SHA], struct err *e)
{
	struct buf data;
	int rc;

	sha[0] = '\0';
	if (w->evidence == NULL)
		return 0;
	buf_init_secret(&data, 64U << 20);
	rc = session_read_file(w->evidence, &data, e);
	if (rc == 0)
		spool_sha(data.data, data.len, sha);
	buf_free(&data);
	return rc;
}

/*
 * Whether who acts, identity, may release this copy, and in which role. Who
 * enters another's word is no author either: nobody else saw that word.
 */
static int
approve_may(struct session *s, const struct word *w,
    const struct delivery_facts_of *d, const struct outgoing *o,
    const char *identity, const char **role, struct err *e)
{
	bool by_contact = strcmp(s->config->second_person, "contact") == 0;
	enum noroshi_tlp label = NOROSHI_TLP_RED;
	struct contact who = {0};
	int rc = 0;

	(void)noroshi_tlp_parse(d->label, &label);
	if (contact_get(s->db, s->contact, &who, e) == -1)
		return -1;
	*role = w->role != NULL			 ? w->role
		: strs_has(&who.roles, "poc")	 ? "poc"
		: strs_has(&who.roles, "deputy") ? "deputy"
						 : "approver";
	if (!release_is_second(o, identity, s->contact, by_contact))
		rc = err_set(e, ERR_DENIED,
		    "delivery %lld: its author cannot release it; another"
		    " person must (%s)",
		    (long long)d->id, d->rule);
	else if (!release_role(&who, label, d->rule))
		rc = err_set(e, ERR_DENIED,
		    "delivery %lld: %s needs the %s to release it",
		    (long long)d->id, d->rule,
		    label == NOROSHI_TLP_RED ? "PoC or deputy"
					     : "PoC, deputy or an approver");
	else if (d->in_clear && label >= NOROSHI_TLP_AMBER && !w->in_clear)
		rc = err_set(e, ERR_DENIED,
		    "delivery %lld: %s has no usable key, so it would leave"
		    " unencrypted; say so with --in-clear",
		    (long long)d->id, d->recipient);
	contact_free(&who);
	return rc;
}

static int
approve_one(struct session *s, const struct word *w, int64_t id,
    const char *sha, struct err *e)
{
	struct delivery_facts_of d = {0};
	struct outgoing o = {0};
	struct approval a = {.contact = s->contact,
	    .at = clock_now(NULL),
	    .in_clear = w->in_clear};
	char *user = xasprintf("user:%s", s->user);
	const char *role = NULL;
	int rc = -1;

	a.identity = xasprintf("%s:%s", w->role == NULL ? "user" : "outside",
	    w->role == NULL ? s->user : sha);
	a.reason = xstrdup_null(w->reason);
	if (delivery_facts_read(s->db, id, &d, e) == -1)
		goto out;
	if (strcmp(d.state, "held") != 0) {
		err_set(e, ERR_DATA, "delivery %lld is not held but %s",
		    (long long)id, d.state);
		goto out;
	}
	if (strcmp(d.kind, "copy") == 0 || strcmp(d.kind, "notice") == 0) {
		err_set(e, ERR_DENIED,
		    "delivery %lld is a team copy, which nobody releases (%s):"
		    " verify %s's key (noroshi contact set --verified); until"
		    " then: noroshi message show %lld",
		    (long long)id, d.rule, d.recipient, (long long)d.message);
		goto out;
	}
	if (outgoing_get(s->db, s->vault, s->spool, d.message, &o, e) == -1 ||
	    approve_may(s, w, &d, &o, user, &role, e) == -1)
		goto out;
	a.role = xstrdup(role);
	if (approval_add(s->db, d.message, &a, e) == -1)
		goto out;
	rc = session_audit(s, "queue.approved", d.message, o.cases, s->contact,
	    json_pack("{s:I, s:s, s:s, s:b, s:s}", "delivery", (json_int_t)id,
		"rule", d.rule, "role", a.role, "in_clear", (int)w->in_clear,
		"evidence", sha),
	    e);
out:
	free(user);
	approval_free(&a);
	outgoing_free(&o);
	delivery_facts_of_free(&d);
	return rc;
}

/* Each id of the command line, in one transaction: all or none. */
static int
word_all(struct session *s, int argc, char **argv,
    int (*one)(struct session *, const struct word *, int64_t, const char *,
	struct err *),
    const struct word *w, const char *done, struct err *e)
{
	char sha[SPOOL_SHA];

	if (session_open(s, e) == -1 || session_act(s, w->as, e) == -1 ||
	    session_vault(s, e) == -1 || word_evidence(w, sha, e) == -1 ||
	    db_begin(s->db, e) == -1)
		return -1;
	for (int i = optind; i < argc; i++) {
		int64_t id;

		if (option_id(argv[i], "a delivery's id", &id, e) == -1 ||
		    one(s, w, id, sha, e) == -1) {
			db_rollback(s->db);
			return -1;
		}
		output_put(&s->out, "%lld %s\n", (long long)id, done);
	}
	if (db_commit(s->db, e) == -1 || session_spool(s, e) == -1)
		return -1;
	return spool_wake(s->spool, e);
}

/* reject, cancel and retry: the row's own change, with its record. */
static int
word_state(struct session *s, const struct word *w, int64_t id,
    enum delivery_act act, const char *event, struct err *e)
{
	struct delivery_facts_of d = {0};
	int rc = -1;

	if (delivery_facts_read(s->db, id, &d, e) == 0 &&
	    delivery_act(s->db, id, act, clock_now(NULL), e) == 0)
		rc = session_audit(s, event, d.message, 0, s->contact,
		    json_pack("{s:I, s:b}", "delivery", (json_int_t)id,
			"reason", (int)(w->reason != NULL)),
		    e);
	delivery_facts_of_free(&d);
	return rc;
}

/* The author learns who rejected it and why; a worker writes to them. */
static int
reject_tell(struct session *s, const struct word *w, int64_t id, struct err *e)
{
	struct delivery_facts_of d = {0};
	int rc = delivery_facts_read(s->db, id, &d, e);

	if (rc == 0)
		rc = tell_rejected(
		    s->db, s->vault, d.message, s->contact, w->reason, e);
	delivery_facts_of_free(&d);
	return rc;
}

static int
reject_one(struct session *s, const struct word *w, int64_t id, const char *sha,
    struct err *e)
{
	(void)sha;
	if (word_state(s, w, id, DELIVERY_REJECT, "queue.rejected", e) == -1)
		return -1;
	return reject_tell(s, w, id, e);
}

static int
cancel_one(struct session *s, const struct word *w, int64_t id, const char *sha,
    struct err *e)
{
	(void)sha;
	return word_state(s, w, id, DELIVERY_CANCEL, "queue.cancelled", e);
}

static int
retry_one(struct session *s, const struct word *w, int64_t id, const char *sha,
    struct err *e)
{
	(void)sha;
	return word_state(s, w, id, DELIVERY_RETRY, "queue.retried", e);
}

int
cli_queue_approve(struct session *s, int argc, char **argv, struct err *e)
{
	struct word w = {0};

	if (word_options(s, argc, argv, true, &w, e) == -1)
		return -1;
	return word_all(s, argc, argv, approve_one, &w, "approved", e);
}

int
cli_queue_reject(struct session *s, int argc, char **argv, struct err *e)
{
	struct word w = {0};

	if (word_options(s, argc, argv, false, &w, e) == -1)
		return -1;
	return word_all(s, argc, argv, reject_one, &w, "rejected", e);
}

int
cli_queue_cancel(struct session *s, int argc, char **argv, struct err *e)
{
	struct word w = {0};

	if (word_options(s, argc, argv, false, &w, e) == -1)
		return -1;
	return word_all(s, argc, argv, cancel_one, &w, "cancelled", e);
}

int
cli_queue_retry(struct session *s, int argc, char **argv, struct err *e)
{
	struct word w = {0};

	if (word_options(s, argc, argv, false, &w, e) == -1)
		return -1;
	return word_all(s, argc, argv, retry_one, &w, "to be tried again", e);
}
