/* noroshi tlp: what the gate would say, with nothing sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/content_item.h"
#include "cases/message.h"
#include "cli/command.h"
#include "cli/explain_content.h"
#include "cli/option.h"
#include "people/community.h"
#include "worker/clearance.h"
#include "worker/release.h"

static void
explain_free(struct explain *x)
{
	strs_free(&x->to);
	strs_free(&x->quote);
	strs_free(&x->attach);
	strs_free(&x->customers);
	case_free(&x->incident);
	contact_free(&x->author);
	free(x->item);
}

/* An option's value and the words after it, up to the next option. */
static void
explain_words(int argc, char **argv, struct strs *to)
{
	strs_add(to, optarg);
	while (optind < argc && argv[optind][0] != '-')
		strs_add(to, argv[optind++]);
}

static int
explain_options(
    struct session *s, int argc, char **argv, struct explain *x, struct err *e)
{
	static const struct option table[] = {
	    {"tlp", required_argument, NULL, 'l'},
	    {"to", required_argument, NULL, 't'},
	    {"case", required_argument, NULL, 'c'},
	    {"origin", required_argument, NULL, 'o'},
	    {"quote", required_argument, NULL, 'q'},
	    {"attach", required_argument, NULL, 'f'},
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'l')
			x->tlp = optarg;
		else if (c == 't')
			explain_words(argc, argv, &x->to);
		else if (c == 'c')
			x->case_name = optarg;
		else if (c == 'o')
			x->origin = optarg;
		else if (c == 'q')
			explain_words(argc, argv, &x->quote);
		else if (c == 'f')
			explain_words(argc, argv, &x->attach);
		else if (c == 'a')
			x->as = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1)
		return -1;
	if (x->tlp == NULL || x->to.count == 0)
		return err_set(e, ERR_USAGE, "%s is missing",
		    x->tlp == NULL ? "--tlp" : "--to");
	if (!noroshi_tlp_parse(x->tlp, &x->label))
		return err_set(e, ERR_USAGE,
		    "--tlp: \"%s\" is not a label (RED, AMBER+STRICT, AMBER, "
		    "GREEN, CLEAR)",
		    x->tlp);
	if (x->origin == NULL || strcmp(x->origin, "ours") == 0)
		return 0;
	return option_id(x->origin, "a message", &x->message, e);
}

/* The rules beyond the table. */
static void
explain_release(
    const struct explain *x, const struct community *c, struct recipient *r)
{
	static const struct community none;
	struct outgoing o = {.author = x->author.id, .cases = x->cases};
	const struct release_question q = {.outgoing = &o,
	    .floor = &x->floor,
	    .embargo = x->embargo,
	    .now = clock_now(NULL),
	    .incident = &x->incident,
	    .author = &x->author,
	    .community = c == NULL ? &none : c,
	    .mixed = x->customers.count > 1};

	release_judge(&q, r);
}

/* Our own text answers who wrote in the case, as what is sent there does. */
static int
explain_answers(struct session *s, const struct explain *x, const char *who,
    struct content_item *own, struct err *e)
{
	struct content_item theirs;
	char *address, *folded;
	struct message m;
	int rc;

	if (x->origin != NULL || x->cases == 0)
		return 0;
	if (recipient_address(s->db, who, &address, e) == -1)
		return -1;
	folded = contact_address_fold(address);
	rc = folded == NULL ? 0
			    : message_last_from(
				  s->db, x->cases, folded, &own->answered, e);
	free(folded);
	free(address);
	if (rc == -1 || own->answered == 0)
		return rc;
	if (message_get(s->db, own->answered, &m, e) == -1)
		return -1;
	content_item_read(&m, &theirs);
	own->came_encrypted = theirs.came_encrypted;
	own->label_by_default =
	    theirs.label_by_default && own->label == theirs.label;
	message_free(&m);
	return 0;
}

static int
explain_one(struct session *s, const struct explain *x, const char *who,
    struct recipient *r, struct err *e)
{
	struct content_item *item = xcalloc(x->items, sizeof(*item));
	int64_t answers;
	int rc = -1;

	*r = (struct recipient){0};
	memcpy(item, x->item, x->items * sizeof(*item));
	if (explain_answers(s, x, who, &item[0], e) == -1)
		goto out;
	answers = x->message != 0 ? x->message : item[0].answered;
	for (size_t i = 1; i < x->items; i++)
		item[i].answered = answers;
	if (recipient_find(s->db, clock_now(NULL), who, answers, r, e) == -1)
		goto out;
	clearance_route(s->config, case_is_apt(&x->incident), r);
	rc = recipient_judge(s->db, r, x->cases, item, x->items, e);
	if (rc == 0)
		explain_release(x, NULL, r);
	else
		recipient_free(r);
out:
	free(item);
	return rc;
}

/* The members of c, found of them, which the caller frees. */
static int
explain_members(struct session *s, const struct explain *x,
    const struct community *c, struct recipient *member, size_t *found,
    struct err *e)
{
	int rc = 0;

	if (c->members == 0)
		return err_set(
		    e, ERR_DATA, "community %s has no members", c->name);
	while (*found < c->members && rc == 0) {
		struct recipient *r = &member[*found];
		char *who = xasprintf("%lld", (long long)c->member[*found]);

		rc = recipient_find(
		    s->db, clock_now(NULL), who, x->message, r, e);
		free(who);
		if (rc == -1)
			break;
		clearance_route(s->config, case_is_apt(&x->incident), r);
		(*found)++;
	}
	return rc;
}

static void
explain_customer(struct explain *x, const struct recipient *r)
{
	const char *whose = clearance_customer(r);

	if (whose != NULL)
		strs_add_once(&x->customers, whose);
}

/* In provider mode: the customers among all that it goes to. */
static int
explain_customers(struct session *s, struct explain *x, struct err *e)
{
	size_t skip = strlen(COMMUNITY), found = 0;
	int rc = 0;

	for (size_t i = 0; i < x->to.count && rc == 0; i++, found = 0) {
		const char *who = x->to.item[i];
		struct community c = {0};
		struct recipient *r;

		if (strncmp(who, COMMUNITY, skip) != 0) {
			r = xcalloc(1, sizeof(*r));
			rc = recipient_find(
			    s->db, clock_now(NULL), who, x->message, r, e);
			found = rc == 0;
		} else {
			if (community_find(s->db, who + skip, &c, e) == -1)
				return -1;
			r = xcalloc(c.members, sizeof(*r));
			rc = explain_members(s, x, &c, r, &found, e);
		}
		for (size_t k = 0; k < found; k++) {
			explain_customer(x, &r[k]);
			recipient_free(&r[k]);
		}
		free(r);
		community_free(&c);
	}
	return rc;
}

/* A list: the strictest of what its members are told. */
static int
explain_list(struct session *s, const struct explain *x, const char *name,
    struct recipient *all, struct err *e)
{
	struct community c = {0};
	const struct recipient_list list = {.community = &c, .cases = x->cases};
	struct recipient *member;
	size_t found = 0;
	int rc;

	*all = (struct recipient){0};
	if (community_find(s->db, name, &c, e) == -1)
		return -1;
	member = xcalloc(c.members, sizeof(*member));
	rc = explain_members(s, x, &c, member, &found, e);
	if (rc == 0)
		rc = recipient_judge_list(
		    s->db, member, found, &list, x->item, x->items, e);
	for (size_t i = 0; i < found && rc == 0; i++) {
		explain_release(x, &c, &member[i]);
		if (i > 0 && member[i].answer.decision <= all->answer.decision)
			continue;
		all->answer = member[i].answer;
		memcpy(all->reason, member[i].reason, sizeof(all->reason));
	}
	all->address = xasprintf(COMMUNITY "%s", c.name);
	if (rc == -1)
		recipient_free(all);
	for (size_t i = 0; i < found; i++)
		recipient_free(&member[i]);
	free(member);
	community_free(&c);
	return rc;
}

static void
explain_put(
    struct session *s, const struct recipient *r, json_t *list, struct table *t)
{
	const char *decision = noroshi_decision_name(r->answer.decision);
	const char *encryption = noroshi_encryption_name(r->answer.encryption);

	if (s->out.json) {
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "recipient",
			      r->address, "decision", decision, "rule",
			      r->answer.rule, "reason", r->reason, "encryption",
			      encryption));
		return;
	}
	table_cell(t, r->address);
	table_cell(t, decision);
	table_cell(t, r->answer.rule);
	table_cell(t, encryption);
	table_cell(t, r->reason);
}

static int
explain_say(struct session *s, const struct explain *x, struct err *e)
{
	static const char *const headings[] = {
	    "RECIPIENT", "DECISION", "RULE", "ENCRYPTION", "REASON", NULL};
	json_t *list = json_array();
	struct table t;
	int rc = 0;

	table_init(&t, headings);
	for (size_t i = 0; i < x->to.count && rc == 0; i++) {
		const char *who = x->to.item[i];
		size_t skip = strlen(COMMUNITY);
		struct recipient r;

		if (strncmp(who, COMMUNITY, skip) == 0)
			rc = explain_list(s, x, who + skip, &r, e);
		else
			rc = explain_one(s, x, who, &r, e);
		if (rc == -1)
			break;
		explain_put(s, &r, list, &t);
		recipient_free(&r);
	}
	if (rc == 0 && s->out.json)
		rc = output_json(&s->out, json_incref(list), e);
	else if (rc == 0)
		table_put(&t, &s->out);
	table_free(&t);
	json_decref(list);
	return rc;
}

int
cli_tlp_explain(struct session *s, int argc, char **argv, struct err *e)
{
	struct explain x = {0};
	int rc = -1;

	if (explain_options(s, argc, argv, &x, e) == 0 &&
	    session_open(s, e) == 0 &&
	    (x.as == NULL || session_act(s, x.as, e) == 0) &&
	    ((x.message == 0 && x.quote.count == 0 && x.attach.count == 0) ||
		session_vault(s, e) == 0) &&
	    explain_content_find(s, &x, e) == 0 &&
	    (!s->config->tlp_provider || explain_customers(s, &x, e) == 0))
		rc = explain_say(s, &x, e);
	explain_free(&x);
	return rc;
}
