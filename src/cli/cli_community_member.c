/* noroshi community join, leave, suspend ...: who belongs, and in what state.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/outgoing.h"
#include "cli/command.h"
#include "cli/communities.h"
#include "cli/option.h"
#include "queue/delivery_act.h"

struct act;

/* What one of the commands was asked with. */
struct asked {
	const struct act *act;
	const char *as, *reason; /* argv's */
	struct strs names; /* of sponsors */
	int64_t *sponsor;
	struct community community;
};

/* One command: what it does to one contact, and what the audit log calls it. */
struct act {
	int (*run)(struct session *s, const struct asked *a, int64_t contact,
	    struct err *e);
	const char *event;
	bool sponsors, reasons, welcomes;
};

/* The rules go to who is new: a request like any other, which the gate judges
 * and a worker sends. */
static int
act_welcome(
    struct session *s, const struct asked *a, int64_t contact, struct err *e)
{
	const struct community *c = &a->community;
	struct outgoing o = {.kind = xstrdup("rules"),
	    .author = s->contact,
	    .identity = xasprintf("user:%s", s->user),
	    .language = xstrdup(s->config->language),
	    .label_asked = true,
	    .label = NOROSHI_TLP_GREEN,
	    .subject = xasprintf("Rules of %s", c->name)};
	struct contact who = {0};
	int rc = contact_get(s->db, contact, &who, e);

	buf_init_secret(&o.text, COMMUNITY_RULES_MAX + 4096);
	buf_putf(
	    &o.text, "You are a member of %s now.\n\n%s", c->name, c->rules);
	if (rc == 0 && who.addresses.count > 0) {
		strs_add(&o.to, who.addresses.item[0]);
		rc = outgoing_create(
		    s->db, s->vault, s->spool, clock_now(NULL), &o, e);
	}
	contact_free(&who);
	outgoing_free(&o);
	return rc;
}

static int
act_join(
    struct session *s, const struct asked *a, int64_t contact, struct err *e)
{
	const struct community *c = &a->community;

	/* The first member has nobody who could vouch. */
	if (a->names.count < (size_t)c->sponsors && c->members > 0)
		return err_set(e, ERR_DENIED,
		    "%s asks for %lld sponsors among its members", c->name,
		    (long long)c->sponsors);
	return community_join(s->db, clock_now(NULL), c->id, contact,
	    a->sponsor, a->names.count, e);
}

/* Whom a member who left had sponsored, for people to look at. */
static int
leave_reviews(struct session *s, const struct community *c, int64_t sponsor,
    struct err *e)
{
	struct sponsorship *v = NULL;
	size_t count = 0;
	int rc = sponsorship_list(s->db, c->id, &v, &count, e);

	for (size_t i = 0; i < count && rc == 0; i++)
		if (v[i].sponsor == sponsor && v[i].review)
			rc = session_audit(s, "community.review", 0, 0,
			    v[i].contact,
			    json_pack("{s:s, s:I}", "community", c->name,
				"sponsor", (json_int_t)sponsor),
			    e);
	free(v);
	return rc;
}

static int
leave_one(struct session *s, const struct community *c, int64_t contact,
    struct err *e)
{
	int64_t now = clock_now(NULL);

	if (community_leave(s->db, now, c->id, contact, e) == -1 ||
	    delivery_forget_member(s->db, c->id, contact, now, e) == -1)
		return -1;
	return leave_reviews(s, c, contact, e);
}

static int
act_leave(
    struct session *s, const struct asked *a, int64_t contact, struct err *e)
{
	return leave_one(s, &a->community, contact, e);
}

int
communities_leave_all(struct session *s, int64_t contact, struct err *e)
{
	struct community *list;
	size_t count;
	int rc = community_list(s->db, &list, &count, e);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct err why = {0};

		if (leave_one(s, &list[i], contact, &why) == 0)
			rc = session_audit(s, "community.left", 0, 0, contact,
			    json_pack("{s:s, s:s}", "community", list[i].name,
				"by", "contact.remove"),
			    e);
		else if (why.code != ERR_NOINPUT)
			rc = err_set(e, why.code, "%s", why.text);
	}
	for (size_t i = 0; i < count; i++)
		community_free(&list[i]);
	free(list);
	return rc;
}

static int
act_suspend(
    struct session *s, const struct asked *a, int64_t contact, struct err *e)
{
	int64_t now = clock_now(NULL), id = a->community.id;

	if (membership_suspend(s->db, now, id, contact, a->reason, e) == -1)
		return -1;
	return delivery_forget_member(s->db, id, contact, now, e);
}

static int
act_resume(
    struct session *s, const struct asked *a, int64_t contact, struct err *e)
{
	return membership_resume(
	    s->db, clock_now(NULL), a->community.id, contact, e);
}

static int
act_apply(
    struct session *s, const struct asked *a, int64_t contact, struct err *e)
{
	return application_open(
	    s->db, clock_now(NULL), a->community.id, contact, 0, e);
}

static int
act_accept(
    struct session *s, const struct asked *a, int64_t contact, struct err *e)
{
	struct application ap;
	int rc;

	if (application_find(s->db, a->community.id, contact, &ap, e) == -1)
		return -1;
	rc = ap.sponsors < a->community.sponsors
		 ? err_set(e, ERR_DENIED,
		       "%s asks for %lld sponsors, %lld have signed",
		       a->community.name, (long long)a->community.sponsors,
		       (long long)ap.sponsors)
		 : application_decide(
		       s->db, clock_now(NULL), &ap, "accepted", e);
	application_free(&ap);
	return rc;
}

static int
act_refuse(
    struct session *s, const struct asked *a, int64_t contact, struct err *e)
{
	struct application ap;
	int rc;

	if (application_find(s->db, a->community.id, contact, &ap, e) == -1)
		return -1;
	rc = application_decide(s->db, clock_now(NULL), &ap, "refused", e);
	application_free(&ap);
	return rc;
}

static int
act_review(
    struct session *s, const struct asked *a, int64_t contact, struct err *e)
{
	int64_t count;

	if (sponsorship_reviewed(s->db, clock_now(NULL), a->community.id,
		contact, &count, e) == -1)
		return -1;
	return count > 0
		   ? 0
		   : err_set(e, ERR_DATA, "contact %lld has nothing to review",
			 (long long)contact);
}

static int
asked_options(
    struct session *s, int argc, char **argv, struct asked *a, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'A'},
	    {"sponsor", required_argument, NULL, 's'},
	    {"reason", required_argument, NULL, 'r'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 's' && !a->act->sponsors)
			return err_set(e, ERR_USAGE, "--sponsor is for join");
		if (c == 'r' && !a->act->reasons)
			return err_set(e, ERR_USAGE, "--reason is for suspend");
		if (c == 'A')
			a->as = optarg;
		else if (c == 's')
			strs_split(&a->names, optarg, ",");
		else if (c == 'r')
			a->reason = optarg;
		else
			s->out.json = true;
	}
	if (c == -1)
		return -1;
	return option_operands(
	    argc, argv, 2, 10000, "the community's name and its member", e);
}

/* The sponsors' contacts, each once. */
static int
asked_sponsors(struct session *s, struct asked *a, struct err *e)
{
	a->sponsor = xcalloc(a->names.count, sizeof(*a->sponsor));
	for (size_t i = 0; i < a->names.count; i++) {
		struct contact c = {0};

		if (contact_find(s->db, a->names.item[i], &c, e) == -1)
			return -1;
		a->sponsor[i] = c.id;
		contact_free(&c);
		for (size_t k = 0; k < i; k++)
			if (a->sponsor[k] == a->sponsor[i])
				return err_set(e, ERR_USAGE,
				    "%s is named twice as a sponsor",
				    a->names.item[i]);
	}
	return 0;
}

static int
act_one(
    struct session *s, const struct asked *a, const char *who, struct err *e)
{
	struct contact member = {0};
	int rc;

	if (contact_find(s->db, who, &member, e) == -1)
		return -1;
	rc = a->act->run(s, a, member.id, e);
	if (rc == 0 && a->act->welcomes && a->community.rules != NULL)
		rc = act_welcome(s, a, member.id, e);
	if (rc == 0)
		rc = session_audit(s, a->act->event, 0, 0, member.id,
		    json_pack("{s:s, s:I}", "community", a->community.name,
			"sponsors", (json_int_t)a->names.count),
		    e);
	contact_free(&member);
	return rc;
}

static int
act_run(struct session *s, int argc, char **argv, const struct act *act,
    struct err *e)
{
	struct asked a = {.act = act};
	bool sends = false;
	int rc = -1;

	if (asked_options(s, argc, argv, &a, e) == -1 ||
	    communities_act(s, a.as, e) == -1 ||
	    community_find(s->db, argv[optind], &a.community, e) == -1 ||
	    asked_sponsors(s, &a, e) == -1)
		goto out;
	sends = act->welcomes && a.community.rules != NULL;
	if ((sends &&
		(session_vault(s, e) == -1 || session_spool(s, e) == -1)) ||
	    db_begin(s->db, e) == -1)
		goto out;
	rc = 0;
	for (int i = optind + 1; i < argc && rc == 0; i++)
		rc = act_one(s, &a, argv[i], e);
	if (rc == 0)
		rc = db_commit(s->db, e);
	if (rc == -1)
		db_rollback(s->db);
	if (rc == 0 && sends)
		rc = spool_wake(s->spool, e);
out:
	free(a.sponsor);
	community_free(&a.community);
	strs_free(&a.names);
	return rc;
}

int
cli_community_join(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct act act = {.run = act_join,
	    .event = "community.joined",
	    .sponsors = true,
	    .welcomes = true};

	return act_run(s, argc, argv, &act, e);
}

int
cli_community_leave(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct act act = {
	    .run = act_leave, .event = "community.left"};

	return act_run(s, argc, argv, &act, e);
}

int
cli_community_suspend(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct act act = {.run = act_suspend,
	    .event = "community.suspended",
	    .reasons = true};

	return act_run(s, argc, argv, &act, e);
}

int
cli_community_resume(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct act act = {
	    .run = act_resume, .event = "community.resumed"};

	return act_run(s, argc, argv, &act, e);
}

int
cli_community_apply(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct act act = {
	    .run = act_apply, .event = "community.applied"};

	return act_run(s, argc, argv, &act, e);
}

int
cli_community_accept(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct act act = {
	    .run = act_accept, .event = "community.accepted", .welcomes = true};

	return act_run(s, argc, argv, &act, e);
}

int
cli_community_refuse(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct act act = {
	    .run = act_refuse, .event = "community.refused"};

	return act_run(s, argc, argv, &act, e);
}

int
cli_community_review(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct act act = {
	    .run = act_review, .event = "community.reviewed"};

	return act_run(s, argc, argv, &act, e);
}
