/* noroshi tlp: what the gate would say, with nothing sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/bound.h"
#include "cases/case.h"
#include "cases/content_item.h"
#include "cases/message.h"
#include "cases/recipient.h"
#include "cli/command.h"
#include "cli/option.h"
#include "message/json.h"
#include "people/community.h"
#include "worker/clearance.h"
#include "worker/release.h"

#define ATTACHMENT_MAX (64U << 20) /* bytes of a file that is looked at */
#define COMMUNITY "community:"

/* What the gate is to be asked, and about what. */
struct explain {
	const char *tlp;
	const char *as;
	const char *case_name;
	const char *origin;
	struct strs to, quote, attach;
	enum noroshi_tlp label;
	int64_t cases;
	struct case_file incident; /* id 0: none */
	int64_t embargo; /* of the case; 0: none */
	struct contact author; /* id 0: nobody was named, some PoC */
	struct floor floor; /* what rules beyond the table look at */
	struct strs customers; /* in provider mode: whom it goes to */
	int64_t message; /* whose content it is; 0: our own text */
	struct content_item *item;
	size_t items;
};

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

static struct content_item *
explain_add(struct explain *x, const struct content_item *item)
{
	x->item = xgrow(x->item, x->items, sizeof(*x->item));
	x->item[x->items] = *item;
	return &x->item[x->items++];
}

/* A stored message as an item; its case is that of all where none was named. */
static int
explain_message(struct session *s, struct explain *x, int64_t id, struct err *e)
{
	struct content_item item;
	struct message m;
	struct err why = {0};

	if (message_get(s->db, id, &m, e) == -1)
		return -1;
	if (message_unseal(s->db, s->vault, &m, &why) == -1 &&
	    why.code != ERR_NOINPUT) {
		message_free(&m);
		return err_set(e, why.code, "%s", why.text);
	}
	content_item_read(&m, &item);
	item.answered = x->message;
	explain_add(x, &item);
	if (x->cases == 0 && id == x->message)
		x->cases = m.cases;
	message_free(&m);
	return 0;
}

/* The first item: our own text, or the message that is passed on. */
static int
explain_first(struct session *s, struct explain *x, struct err *e)
{
	const struct case_file *c = &x->incident;

	if (x->message != 0) {
		if (explain_message(s, x, x->message, e) == -1)
			return -1;
	} else {
		explain_add(
		    x, &(struct content_item){.origin = NOROSHI_ORIGIN_OURS});
	}
	x->floor.asked = x->label;
	if (x->label < x->item[0].label) {
		x->floor.lowered = true;
		x->floor.lowered_third =
		    x->item[0].origin == NOROSHI_ORIGIN_THIRD;
	}
	if (x->label > x->item[0].label) {
		x->item[0].label = x->label;
		x->item[0].label_by_default = false;
	}
	if (x->cases == 0)
		return 0;
	if (case_get(s->db, NULL, x->cases, &x->incident, e) == -1 ||
	    case_embargo(s->db, x->cases, &x->embargo, e) == -1)
		return -1;
	case_floor(&x->incident);
	if (x->embargo > clock_now(NULL) &&
	    x->item[0].label < NOROSHI_TLP_AMBER) {
		x->item[0].label = NOROSHI_TLP_AMBER;
		x->floor.lowered = true;
	}
	if (c->has_label && c->label > x->item[0].label)
		x->floor.lowered = true;
	if (c->has_label && c->label >= x->item[0].label) {
		x->item[0].label = c->label;
		x->item[0].label_by_default = false;
	}
	return 0;
}

/* The messages of the case that have a file of that hash. */
static int
explain_file(struct session *s, struct explain *x, const char *sha,
    const struct message_filter *f, struct err *e)
{
	int64_t *id;
	size_t count;
	int rc = 0;

	if (message_list(s->db, f, &id, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count && rc == 0; i++) {
		struct message m;
		struct err why = {0};
		const json_t *one;
		bool has = false;
		size_t k;

		rc = message_get(s->db, id[i], &m, e);
		if (rc == -1)
			break;
		if (message_unseal(s->db, s->vault, &m, &why) == -1 &&
		    why.code != ERR_NOINPUT)
			rc = err_set(e, why.code, "%s", why.text);
		json_array_foreach(
		    json_object_get(m.content, "attachments"), k, one)
		{
			const char *have = output_string(one, "sha256");

			has = has || (have != NULL && strcmp(have, sha) == 0);
		}
		message_free(&m);
		if (has && rc == 0)
			rc = explain_message(s, x, id[i], e);
	}
	free(id);
	return rc;
}

/* The caller's own files; what strangers sent is read by the parser. */
static int
explain_json(void *context, const void *data, size_t len, struct leaves *out,
    struct err *e)
{
	(void)context;
	(void)e;
	*out = (struct leaves){0};
	json_leaves(out, data, len);
	return 0;
}

/* What a file says raises our own text. */
static int
explain_document(
    struct explain *x, const char *name, const struct buf *data, struct err *e)
{
	static const struct document_json json = {.leaves = explain_json};
	struct noroshi_tlp_found f = {0};
	struct document d;

	if (document_read(name, data, &json, &d, e) == -1)
		return -1;
	if (d.opaque != NULL)
		x->floor.opaque = d.opaque;
	if (d.text) {
		(void)noroshi_tlp_find(
		    buf_str(data), data->len, NOROSHI_TLP_BODY, &f);
		if (f.found)
			marking_join(&d.marking,
			    &(struct marking){.found = true, .label = f.label});
		if (f.quoted)
			marking_join(
			    &d.marking, &(struct marking){.found = true,
					    .label = f.quoted_label});
	}
	if (d.marking.unshared)
		marking_join(&d.marking,
		    &(struct marking){.found = true, .label = NOROSHI_TLP_RED});
	if (!d.marking.found)
		return 0;
	explain_add(x, &(struct content_item){.origin = NOROSHI_ORIGIN_OURS,
			   .label = d.marking.label,
			   .answered = x->message});
	if (d.marking.label > x->label)
		x->floor.attachment_raised = true;
	return 0;
}

/* Labels in a file raise our own text; its bytes may be another's. */
static int
explain_attach(
    struct session *s, struct explain *x, const char *path, struct err *e)
{
	const struct message_filter f = {.cases = x->cases};
	const char *name = strrchr(path, '/');
	char sha[SPOOL_SHA];
	struct buf data;
	int rc;

	name = name == NULL ? path : name + 1;
	buf_init_secret(&data, ATTACHMENT_MAX);
	rc = session_read_file(path, &data, e);
	if (rc == 0)
		spool_sha(data.data, data.len, sha);
	if (rc == 0)
		rc = explain_document(x, name, &data, e);
	buf_free(&data);
	if (rc == -1)
		return -1;
	return x->cases == 0 ? 0 : explain_file(s, x, sha, &f, e);
}

/* The address of a community of ours means its members, as for send. */
static void
explain_lists(struct session *s, struct explain *x)
{
	for (size_t i = 0; i < x->to.count; i++) {
		struct community c = {0};
		struct err none = {0};

		if (strncmp(x->to.item[i], COMMUNITY, strlen(COMMUNITY)) == 0 ||
		    strchr(x->to.item[i], '@') == NULL ||
		    community_find(s->db, x->to.item[i], &c, &none) == -1)
			continue;
		free(x->to.item[i]);
		x->to.item[i] = xasprintf(COMMUNITY "%s", c.name);
		community_free(&c);
	}
}

static int
explain_items(struct session *s, struct explain *x, struct err *e)
{
	struct case_file c;
	int64_t id;

	explain_lists(s, x);
	if (x->case_name != NULL) {
		if (case_find(s->db, NULL, x->case_name, &c, e) == -1)
			return -1;
		x->cases = c.id;
		case_free(&c);
	}
	if (explain_first(s, x, e) == -1)
		return -1;
	for (size_t i = 0; i < x->quote.count; i++)
		if (option_id(x->quote.item[i], "a message", &id, e) == -1 ||
		    explain_message(s, x, id, e) == -1)
			return -1;
	for (size_t i = 1; i < x->items; i++)
		if (x->item[i].label > x->label)
			x->floor.raised = true;
	for (size_t i = 0; i < x->attach.count; i++)
		if (explain_attach(s, x, x->attach.item[i], e) == -1)
			return -1;
	x->floor.item = x->item;
	x->floor.items = x->items;
	for (size_t i = 0; i < x->items; i++)
		if (x->item[i].label > x->floor.label)
			x->floor.label = x->item[i].label;
	if (x->as != NULL)
		return contact_get(s->db, s->contact, &x->author, e);
	x->author.class = CLASS_STAFF;
	strs_add(&x->author.roles, "poc");
	return 0;
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
	clearance_route(s->config, r);
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
		clearance_route(s->config, r);
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
	    explain_items(s, &x, e) == 0 &&
	    (!s->config->tlp_provider || explain_customers(s, &x, e) == 0))
		rc = explain_say(s, &x, e);
	explain_free(&x);
	return rc;
}
