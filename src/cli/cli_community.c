/* noroshi community: trusted communities and who belongs to them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/option.h"
#include "people/community.h"

static int
community_label(const char *text, enum noroshi_tlp *out, struct err *e)
{
	return noroshi_tlp_parse(text, out)
		   ? 0
		   : err_set(e, ERR_USAGE,
			 "%s is no label (RED, AMBER+STRICT, AMBER, GREEN, "
			 "CLEAR)",
			 text);
}

/* What community add was asked with; the strings are argv's. */
struct founding {
	const char *as, *address, *max_label, *default_label, *kind, *archive;
	int64_t sponsors;
	bool single_release;
};

static int
founding_options(
    struct session *s, int argc, char **argv, struct founding *f, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'A'},
	    {"address", required_argument, NULL, 'a'},
	    {"max-label", required_argument, NULL, 'm'},
	    {"default-label", required_argument, NULL, 'd'},
	    {"kind", required_argument, NULL, 'k'},
	    {"sponsors", required_argument, NULL, 's'},
	    {"archive", required_argument, NULL, 'r'},
	    {"single-release", no_argument, NULL, '1'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'A')
			f->as = optarg;
		else if (c == 'a')
			f->address = optarg;
		else if (c == 'm')
			f->max_label = optarg;
		else if (c == 'd')
			f->default_label = optarg;
		else if (c == 'k')
			f->kind = optarg;
		else if (c == 'r')
			f->archive = optarg;
		else if (c == '1')
			f->single_release = true;
		else if (c == 'j')
			s->out.json = true;
		else if (strcmp(optarg, "0") != 0 &&
			 option_id(optarg, "--sponsors", &f->sponsors, e) == -1)
			return -1;
	}
	if (c == -1)
		return -1;
	if (f->max_label == NULL)
		return err_set(e, ERR_USAGE, "--max-label is missing");
	return option_operands(argc, argv, 1, 1, "the community's name", e);
}

static json_t *
community_object(const struct community *c)
{
	json_t *members = json_array();

	for (size_t i = 0; i < c->members; i++)
		json_array_append_new(members, json_integer(c->member[i]));
	return json_pack("{s:I, s:s, s:s?, s:s, s:s, s:s, s:I, s:s, s:b, s:o}",
	    "id", (json_int_t)c->id, "name", c->name, "address", c->address,
	    "max_label", noroshi_tlp_name(c->max_label), "default_label",
	    noroshi_tlp_name(c->default_label), "kind", c->kind, "sponsors",
	    (json_int_t)c->sponsors, "archive", c->archive, "dual_release",
	    (int)c->dual_release, "members", members);
}

/* Only who stands for the team changes whom it trusts. */
static int
community_act(struct session *s, const char *as, struct err *e)
{
	struct contact who = {0};
	bool head;

	if (session_open(s, e) == -1 || session_act(s, as, e) == -1 ||
	    contact_get(s->db, s->contact, &who, e) == -1)
		return -1;
	head = strs_has(&who.roles, "poc") || strs_has(&who.roles, "deputy");
	contact_free(&who);
	return head ? 0
		    : err_set(e, ERR_DENIED,
			  "communities are the PoC's or deputy's to change");
}

static int
community_write(
    struct session *s, const struct community *c, int64_t *id, struct err *e)
{
	if (db_begin(s->db, e) == -1)
		return -1;
	if (community_add(s->db, clock_now(NULL), c, id, e) == 0 &&
	    session_audit(s, "community.added", 0, 0, s->contact,
		json_pack("{s:s}", "name", c->name), e) == 0 &&
	    db_commit(s->db, e) == 0)
		return 0;
	db_rollback(s->db);
	return -1;
}

int
cli_community_add(struct session *s, int argc, char **argv, struct err *e)
{
	struct founding f = {.kind = "announce", .archive = "none"};
	struct community c = {0};
	int rc = -1;

	if (founding_options(s, argc, argv, &f, e) == -1 ||
	    community_label(f.max_label, &c.max_label, e) == -1)
		return -1;
	c.default_label = c.max_label;
	if (f.default_label != NULL &&
	    community_label(f.default_label, &c.default_label, e) == -1)
		return -1;
	if (community_act(s, f.as, e) == -1)
		return -1;
	c.name = xstrdup(argv[optind]);
	c.address = xstrdup_null(f.address);
	c.kind = xstrdup(f.kind);
	c.archive = xstrdup(f.archive);
	c.sponsors = f.sponsors;
	c.dual_release = !f.single_release;
	if (community_write(s, &c, &c.id, e) == 0) {
		if (s->out.json)
			rc = output_json(&s->out, community_object(&c), e);
		else
			rc = 0;
		if (!s->out.json)
			output_put(&s->out, "%lld\n", (long long)c.id);
	}
	community_free(&c);
	return rc;
}

/* What join and leave were asked with. */
struct membership {
	const char *as;
	struct strs sponsor;
};

static int
membership_options(struct session *s, int argc, char **argv, bool join,
    struct membership *m, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'A'},
	    {"sponsor", required_argument, NULL, 's'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 's' && !join)
			return err_set(e, ERR_USAGE, "--sponsor is for join");
		if (c == 'A')
			m->as = optarg;
		else if (c == 's')
			strs_split(&m->sponsor, optarg, ",");
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
membership_sponsors(
    struct session *s, const struct membership *m, int64_t **out, struct err *e)
{
	*out = xcalloc(m->sponsor.count, sizeof(**out));
	for (size_t i = 0; i < m->sponsor.count; i++) {
		struct contact c = {0};

		if (contact_find(s->db, m->sponsor.item[i], &c, e) == -1)
			return -1;
		(*out)[i] = c.id;
		contact_free(&c);
	}
	return 0;
}

static int
membership_one(struct session *s, const struct community *c, const char *who,
    bool join, const int64_t *sponsor, size_t sponsors, struct err *e)
{
	struct contact member = {0};
	int rc;

	if (contact_find(s->db, who, &member, e) == -1)
		return -1;
	if (join && sponsors < (size_t)c->sponsors && c->members > 0)
		rc = err_set(e, ERR_DENIED,
		    "%s asks for %lld sponsors among its members", c->name,
		    (long long)c->sponsors);
	else if (join)
		rc = community_join(s->db, clock_now(NULL), c->id, member.id,
		    sponsor, sponsors, e);
	else
		rc = community_leave(
		    s->db, clock_now(NULL), c->id, member.id, e);
	if (rc == 0)
		rc = session_audit(s,
		    join ? "community.joined" : "community.left", 0, 0,
		    member.id,
		    json_pack("{s:s, s:I}", "community", c->name, "sponsors",
			(json_int_t)sponsors),
		    e);
	contact_free(&member);
	return rc;
}

static int
membership_run(
    struct session *s, int argc, char **argv, bool join, struct err *e)
{
	struct membership m = {0};
	struct community c = {0};
	int64_t *sponsor = NULL;
	int rc = -1;

	if (membership_options(s, argc, argv, join, &m, e) == -1 ||
	    community_act(s, m.as, e) == -1 ||
	    community_find(s->db, argv[optind], &c, e) == -1 ||
	    membership_sponsors(s, &m, &sponsor, e) == -1 ||
	    db_begin(s->db, e) == -1)
		goto out;
	rc = 0;
	for (int i = optind + 1; i < argc && rc == 0; i++)
		rc = membership_one(
		    s, &c, argv[i], join, sponsor, m.sponsor.count, e);
	if (rc == 0)
		rc = db_commit(s->db, e);
	if (rc == -1)
		db_rollback(s->db);
out:
	free(sponsor);
	community_free(&c);
	strs_free(&m.sponsor);
	return rc;
}

int
cli_community_join(struct session *s, int argc, char **argv, struct err *e)
{
	return membership_run(s, argc, argv, true, e);
}

int
cli_community_leave(struct session *s, int argc, char **argv, struct err *e)
{
	return membership_run(s, argc, argv, false, e);
}

static int
json_option(
    struct session *s, int argc, char **argv, int operands, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (c == -1)
		return -1;
	return option_operands(
	    argc, argv, operands, operands, "the community's name", e);
}

static void
community_table(struct output *o, const struct community *list, size_t count)
{
	static const char *const headings[] = {"ID", "LABEL", "NAME", "KIND",
	    "MEMBERS", "SPONSORS", "ADDRESS", NULL};
	struct table t;

	table_init(&t, headings);
	for (size_t i = 0; i < count; i++) {
		table_number(&t, list[i].id);
		table_cell(&t, noroshi_tlp_name(list[i].max_label));
		table_cell(&t, list[i].name);
		table_cell(&t, list[i].kind);
		table_number(&t, (int64_t)list[i].members);
		table_number(&t, list[i].sponsors);
		table_cell(&t, list[i].address);
	}
	table_put(&t, o);
	table_free(&t);
}

int
cli_community_list(struct session *s, int argc, char **argv, struct err *e)
{
	struct community *list = NULL;
	json_t *all = json_array();
	size_t count = 0;
	int rc = -1;

	if (json_option(s, argc, argv, 0, e) == 0 && session_open(s, e) == 0)
		rc = community_list(s->db, &list, &count, e);
	for (size_t i = 0; i < count && rc == 0; i++)
		json_array_append_new(all, community_object(&list[i]));
	if (rc == 0 && s->out.json)
		rc = output_json(&s->out, json_incref(all), e);
	else if (rc == 0)
		community_table(&s->out, list, count);
	for (size_t i = 0; i < count; i++)
		community_free(&list[i]);
	free(list);
	json_decref(all);
	return rc;
}

static int
community_say(struct session *s, const struct community *c, struct err *e)
{
	char number[24];

	output_put(&s->out, "%s, %s\n", c->name, c->kind);
	output_field(&s->out, "Address", c->address);
	output_field(&s->out, "Highest", noroshi_tlp_name(c->max_label));
	output_field(&s->out, "Default", noroshi_tlp_name(c->default_label));
	output_field(&s->out, "Archive", c->archive);
	(void)snprintf(number, sizeof(number), "%lld", (long long)c->sponsors);
	output_field(&s->out, "Sponsors", number);
	for (size_t i = 0; i < c->members; i++) {
		struct contact m = {0};

		if (contact_get(s->db, c->member[i], &m, e) == -1)
			return -1;
		output_put(&s->out, "  %lld ", (long long)m.id);
		output_line(&s->out, m.name);
		output_put(&s->out, "\n");
		contact_free(&m);
	}
	return 0;
}

int
cli_community_show(struct session *s, int argc, char **argv, struct err *e)
{
	struct community c = {0};
	int rc = -1;

	if (json_option(s, argc, argv, 1, e) == 0 && session_open(s, e) == 0 &&
	    community_find(s->db, argv[optind], &c, e) == 0)
		rc = s->out.json ? output_json(&s->out, community_object(&c), e)
				 : community_say(s, &c, e);
	community_free(&c);
	return rc;
}
