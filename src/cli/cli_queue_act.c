/* noroshi queue approve, reject, retry, cancel: a person's word on a copy. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/outgoing.h"
#include "cases/rota.h"
#include "cli/command.h"
#include "cli/option.h"
#include "people/contact.h"
#include "queue/delivery_act.h"
#include "queue/held.h"
#include "store/restored.h"
#include "worker/release.h"
#include "worker/tell.h"

#define WORD_EVIDENCE_MAX (64U << 20) /* bytes of a file of evidence */

/* What the act was asked with. */
struct word {
	const char *as, *reason, *role, *evidence;
	bool in_clear;
	char *user; /* "user:NAME" of who calls */
	struct buf shown; /* the evidence's bytes */
	char sha[SPOOL_SHA]; /* of them, or "" */
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
	if (w->role != NULL && strcmp(w->role, "legal") != 0 &&
	    strcmp(w->role, "pr") != 0)
		return err_set(e, ERR_USAGE, "--for is legal or pr");
	if ((w->role == NULL) != (w->evidence == NULL))
		return err_set(e, ERR_USAGE,
		    "--for and --evidence stand together: whose word it was,"
		    " and the file that shows it");
	return option_operands(argc, argv, 1, 1000, "the delivery's id", e);
}

/* The file that shows an approval given elsewhere, and its sum. */
static int
word_evidence(struct word *w, struct err *e)
{
	buf_init_secret(&w->shown, WORD_EVIDENCE_MAX);
	if (w->evidence == NULL)
		return 0;
	if (session_read_file(w->evidence, &w->shown, e) == -1)
		return -1;
	if (w->shown.len == 0)
		return err_set(e, ERR_DATA, "%s is empty", w->evidence);
	spool_sha(w->shown.data, w->shown.len, w->sha);
	return 0;
}

/* One approval under way. */
struct approving {
	struct session *s;
	const struct word *w;
	struct delivery_facts_of d;
	struct outgoing o;
	struct contact who;
	struct held held;
	enum noroshi_tlp label;
	struct approval a;
};

static void
approving_free(struct approving *p)
{
	approval_free(&p->a);
	contact_free(&p->who);
	outgoing_free(&p->o);
	delivery_facts_of_free(&p->d);
}

/* Who is alone on the rota confirms their own, after a pause. */
static int
approve_self(struct approving *p, const char **role, struct err *e)
{
	int64_t from = p->held.since + p->s->config->self_confirm;
	long long id = (long long)p->d.id;
	bool alone = false;

	if (p->s->contact == p->o.author && p->w->role == NULL &&
	    rota_alone(p->s->db, p->s->contact, &alone, e) == -1)
		return -1;
	if (!alone)
		return err_set(e, ERR_DENIED,
		    "delivery %lld: its author cannot release it; another"
		    " person must (%s)",
		    id, p->d.rule);
	if (!release_self(p->label, p->d.rule))
		return err_set(e, ERR_DENIED,
		    "delivery %lld: %s at TLP:%s is released by another person"
		    " alone, whoever is on the rota",
		    id, p->d.rule, p->d.label);
	if (clock_now(NULL) < from)
		return err_set(e, ERR_DENIED,
		    "delivery %lld: alone on the rota, you may confirm it"
		    " yourself in %lld seconds",
		    id, (long long)(from - clock_now(NULL)));
	*role = "self";
	return 0;
}

/* The PoC enters what another said elsewhere. */
static int
approve_outside(struct approving *p, const char **role, struct err *e)
{
	const char *word = release_word(p->d.rule);

	if (!strs_has(&p->who.roles, "poc") &&
	    !strs_has(&p->who.roles, "deputy"))
		return err_set(e, ERR_DENIED,
		    "delivery %lld: an approval given elsewhere is entered by"
		    " the PoC or deputy",
		    (long long)p->d.id);
	if (word == NULL || strcmp(word, p->w->role) != 0)
		return err_set(e, ERR_DENIED,
		    "delivery %lld: %s does not ask for the word of %s",
		    (long long)p->d.id, p->d.rule, p->w->role);
	*role = word;
	return 0;
}

/*
 * Whether who acts may release this copy, and in which role. Who enters
 * another's word is no author either: nobody else saw that word.
 */
static int
approve_may(struct approving *p, const char **role, struct err *e)
{
	struct session *s = p->s;
	long long id = (long long)p->d.id;

	if (approval_is_own(s->config, &p->o, p->w->user, s->contact))
		return approve_self(p, role, e);
	/* Another --as lends a caller neither identity nor role. */
	if (strcmp(s->config->second_person, "contact") != 0 &&
	    config_operator(s->config, s->user) != s->contact)
		return err_set(e, ERR_DENIED,
		    "delivery %lld: a second person is another Unix user or"
		    " another signing key, not another --as (second_person)",
		    id);
	if (p->w->role != NULL)
		return approve_outside(p, role, e);
	*role = release_role(&p->who, p->label, p->d.rule);
	if (*role == NULL)
		return err_set(e, ERR_DENIED,
		    "delivery %lld: %s needs the %s to release it", id,
		    p->d.rule,
		    release_self(p->label, p->d.rule)
			? "PoC, deputy or an approver"
			: "PoC or deputy");
	return 0;
}

static int
approve_clear(struct approving *p, struct err *e)
{
	if (p->d.in_clear && p->label >= NOROSHI_TLP_AMBER && !p->w->in_clear)
		return err_set(e, ERR_DENIED,
		    "delivery %lld: %s has no usable key, so it would leave"
		    " unencrypted; say so with --in-clear",
		    (long long)p->d.id, p->d.recipient);
	return 0;
}

/* What is being judged anew may be another thing in a moment. */
static int
approve_held(struct approving *p, struct err *e)
{
	struct message m;
	bool waits;
	int rc = held_get(p->s->db, p->d.message, &p->held, e);

	if (rc != 0)
		return rc == -1 ? -1 : 0;
	if (message_get(p->s->db, p->d.message, &m, e) == -1)
		return -1;
	waits = strcmp(m.state, "received") == 0;
	message_free(&m);
	return waits ? err_set(e, ERR_TEMP,
			   "message %lld is being judged anew; look again in a"
			   " moment",
			   (long long)p->d.message)
		     : 0;
}

static int
approve_read(struct approving *p, int64_t id, struct err *e)
{
	struct session *s = p->s;

	p->label = NOROSHI_TLP_RED;
	if (delivery_facts_read(s->db, id, &p->d, e) == -1)
		return -1;
	(void)noroshi_tlp_parse(p->d.label, &p->label);
	if (strcmp(p->d.state, "held") != 0)
		return err_set(e, ERR_DATA, "delivery %lld is not held but %s",
		    (long long)id, p->d.state);
	if (strcmp(p->d.rule, RESTORED_RULE) == 0)
		return err_set(e, ERR_DENIED,
		    "delivery %lld waits since the restore: noroshi queue"
		    " release",
		    (long long)id);
	if (strcmp(p->d.kind, "copy") == 0 ||
	    strcmp(p->d.kind, "notice") == 0 || strcmp(p->d.kind, "ask") == 0)
		return err_set(e, ERR_DENIED,
		    "delivery %lld is a team copy, which nobody releases (%s):"
		    " verify %s's key (noroshi contact set --verified); until"
		    " then: noroshi message show %lld",
		    (long long)id, p->d.rule, p->d.recipient,
		    (long long)p->d.message);
	if (contact_get(s->db, s->contact, &p->who, e) == -1 ||
	    approve_held(p, e) == -1)
		return -1;
	return outgoing_get(s->db, s->vault, s->spool, p->d.message, &p->o, e);
}

/* The evidence is kept sealed, beside what it lets go. */
static int
approve_evidence(struct approving *p, struct err *e)
{
	struct session *s = p->s;
	char name[BLOB_NAME];

	if (p->w->sha[0] == '\0')
		return 0;
	if (blob_put(s->db, s->vault, s->spool, p->o.vault_key,
		p->w->shown.data, p->w->shown.len, name, e) == -1)
		return -1;
	p->a.evidence = xstrdup(name);
	memcpy(p->a.evidence_sha, p->w->sha, sizeof(p->a.evidence_sha));
	return 0;
}

/* The word is the message's: every copy without a key leaves by it. */
static int
approve_warn(struct approving *p, struct err *e)
{
	struct strs plain = {0};
	int rc = delivery_plain(p->s->db, p->d.message, &plain, e);

	for (size_t i = 0; i < plain.count && rc == 0; i++)
		output_put(&p->s->out, "%lld %s: %s\n", (long long)p->d.id,
		    p->w->in_clear ? "leaves unencrypted"
				   : "stays held, for want of --in-clear",
		    plain.item[i]);
	strs_free(&plain);
	return rc;
}

static int
approve_record(struct approving *p, const char *role, struct err *e)
{
	struct session *s = p->s;
	bool outside = p->w->role != NULL;

	p->a.contact = s->contact;
	p->a.at = clock_now(NULL);
	p->a.in_clear = p->w->in_clear;
	p->a.role = xstrdup(role);
	p->a.reason = xstrdup_null(p->w->reason);
	p->a.identity =
	    outside ? xasprintf("outside:%s", p->w->sha) : xstrdup(p->w->user);
	if (p->held.content[0] != '\0')
		p->a.content = xstrdup(p->held.content);
	if (approve_evidence(p, e) == -1 ||
	    approval_add(s->db, p->d.message, &p->a, e) == -1)
		return -1;
	return session_audit(s,
	    strcmp(role, "self") == 0 ? "queue.self-confirmed"
				      : "queue.approved",
	    p->d.message, p->o.cases, s->contact,
	    json_pack("{s:I, s:s, s:s, s:b, s:s}", "delivery",
		(json_int_t)p->d.id, "rule", p->d.rule, "role", role,
		"in_clear", (int)p->w->in_clear, "evidence", p->w->sha),
	    e);
}

static int
approve_one(struct session *s, const struct word *w, int64_t id, struct err *e)
{
	struct approving p = {.s = s, .w = w};
	const char *role = NULL;
	int rc = -1;

	if (approve_read(&p, id, e) == 0 && approve_may(&p, &role, e) == 0 &&
	    approve_clear(&p, e) == 0 && approve_record(&p, role, e) == 0 &&
	    (p.label < NOROSHI_TLP_AMBER || approve_warn(&p, e) == 0))
		rc = 0;
	approving_free(&p);
	return rc;
}

static int
word_each(struct session *s, int argc, char **argv,
    int (*one)(struct session *, const struct word *, int64_t, struct err *),
    const struct word *w, const char *done, struct err *e)
{
	for (int i = optind; i < argc; i++) {
		int64_t id;

		if (option_id(argv[i], "a delivery's id", &id, e) == -1 ||
		    one(s, w, id, e) == -1)
			return -1;
		output_put(&s->out, "%lld %s\n", (long long)id, done);
	}
	return 0;
}

/* Each id of the command line, in one transaction: all or none. */
static int
word_all(struct session *s, int argc, char **argv,
    int (*one)(struct session *, const struct word *, int64_t, struct err *),
    struct word *w, const char *done, struct err *e)
{
	int rc = -1;

	if (session_open(s, e) == 0 && session_act(s, w->as, e) == 0 &&
	    session_vault(s, e) == 0 && session_spool(s, e) == 0) {
		w->user = xasprintf("user:%s", s->user);
		rc = word_evidence(w, e);
		if (rc == 0)
			rc = db_begin(s->db, e);
		if (rc == 0 &&
		    (word_each(s, argc, argv, one, w, done, e) == -1 ||
			db_commit(s->db, e) == -1)) {
			db_rollback(s->db);
			rc = -1;
		}
		if (rc == 0)
			rc = spool_wake(s->spool, e);
		buf_free(&w->shown);
		free(w->user);
	}
	return rc;
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
reject_one(struct session *s, const struct word *w, int64_t id, struct err *e)
{
	if (word_state(s, w, id, DELIVERY_REJECT, "queue.rejected", e) == -1)
		return -1;
	return reject_tell(s, w, id, e);
}

static int
cancel_one(struct session *s, const struct word *w, int64_t id, struct err *e)
{
	return word_state(s, w, id, DELIVERY_CANCEL, "queue.cancelled", e);
}

static int
retry_one(struct session *s, const struct word *w, int64_t id, struct err *e)
{
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
