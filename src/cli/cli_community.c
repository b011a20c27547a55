/* noroshi community: trusted communities and who belongs to them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/communities.h"
#include "cli/option.h"

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

/* What add or set was asked with; NULL: nothing was said of it. The strings
 * are argv's. */
struct founding {
	const char *as, *like, *address, *max_label, *default_label, *kind,
	    *archive, *scope, *rules, *reply_to, *members, *release, *sponsors,
	    *bounces, *organisation;
};

static int
founding_options(
    struct session *s, int argc, char **argv, struct founding *f, struct err *e)
{
	const struct option table[] = {{"as", required_argument, NULL, 'A'},
	    {"like", required_argument, NULL, 'l'},
	    {"address", required_argument, NULL, 'a'},
	    {"max-label", required_argument, NULL, 'm'},
	    {"default-label", required_argument, NULL, 'd'},
	    {"kind", required_argument, NULL, 'k'},
	    {"sponsors", required_argument, NULL, 's'},
	    {"archive", required_argument, NULL, 'r'},
	    {"scope", required_argument, NULL, 'S'},
	    {"rules", required_argument, NULL, 'R'},
	    {"reply-to", required_argument, NULL, 't'},
	    {"members", required_argument, NULL, 'M'},
	    {"bounces", required_argument, NULL, 'b'},
	    {"organisation", required_argument, NULL, 'o'},
	    {"single-release", no_argument, NULL, '1'},
	    {"dual-release", no_argument, NULL, '2'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	const struct {
		int c;
		const char **value;
	} word[] = {{'A', &f->as}, {'l', &f->like}, {'a', &f->address},
	    {'m', &f->max_label}, {'d', &f->default_label}, {'k', &f->kind},
	    {'s', &f->sponsors}, {'r', &f->archive}, {'S', &f->scope},
	    {'R', &f->rules}, {'t', &f->reply_to}, {'M', &f->members},
	    {'b', &f->bounces}, {'o', &f->organisation}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
			if (word[i].c == c)
				*word[i].value = optarg;
		if (c == '1')
			f->release = "single";
		else if (c == '2')
			f->release = "dual";
		else if (c == 'j')
			s->out.json = true;
	}
	if (c == -1)
		return -1;
	return option_operands(argc, argv, 1, 1, "the community's name", e);
}

static void
founding_word(char **field, const char *value)
{
	if (value == NULL)
		return;
	free(*field);
	*field = value[0] == '\0' ? NULL : xstrdup(value);
}

static int
founding_number(const char *text, const char *what, int64_t *out, struct err *e)
{
	if (text == NULL)
		return 0;
	*out = 0;
	return strcmp(text, "0") == 0 ? 0 : option_id(text, what, out, e);
}

static int
founding_rules(const struct founding *f, struct community *c, struct err *e)
{
	struct buf text;
	int rc;

	if (f->rules == NULL)
		return 0;
	buf_init(&text, COMMUNITY_RULES_MAX + 1);
	rc = f->rules[0] == '\0' ? 0 : session_read_file(f->rules, &text, e);
	if (rc == 0 && text.len > 0 &&
	    memchr(text.data, '\0', text.len) != NULL)
		rc = err_set(e, ERR_DATA, "%s: not UTF-8 text", f->rules);
	if (rc == 0)
		founding_word(&c->rules, buf_str(&text));
	buf_free(&text);
	return rc;
}

/* What was said replaces what c has. */
static int
founding_apply(const struct founding *f, struct community *c, struct err *e)
{
	static const char *const who[] = {"hidden", "visible", NULL};
	static const char *const yes[] = {"yes", "no", NULL};

	if ((f->max_label != NULL &&
		community_label(f->max_label, &c->max_label, e) == -1) ||
	    (f->default_label != NULL && community_label(f->default_label,
					     &c->default_label, e) == -1) ||
	    (f->members != NULL &&
		option_word(f->members, who, "--members", e) == -1) ||
	    (f->organisation != NULL &&
		option_word(f->organisation, yes, "--organisation", e) == -1) ||
	    founding_number(f->sponsors, "--sponsors", &c->sponsors, e) == -1 ||
	    founding_number(f->bounces, "--bounces", &c->bounces, e) == -1 ||
	    founding_rules(f, c, e) == -1)
		return -1;
	founding_word(&c->address, f->address);
	founding_word(&c->scope, f->scope);
	if (f->kind != NULL)
		founding_word(&c->kind, f->kind);
	if (f->archive != NULL)
		founding_word(&c->archive, f->archive);
	if (f->reply_to != NULL)
		founding_word(&c->reply_to, f->reply_to);
	if (c->kind == NULL || c->archive == NULL || c->reply_to == NULL)
		return err_set(e, ERR_USAGE,
		    "--kind, --archive and --reply-to need a value");
	if (f->members != NULL)
		c->visible = strcmp(f->members, "visible") == 0;
	if (f->organisation != NULL)
		c->organisation = strcmp(f->organisation, "yes") == 0;
	if (f->release != NULL)
		c->dual_release = strcmp(f->release, "dual") == 0;
	return 0;
}

json_t *
communities_object(const struct community *c)
{
	json_t *members = json_array();

	for (size_t i = 0; i < c->members; i++)
		json_array_append_new(members, json_integer(c->member[i]));
	return json_pack("{s:I, s:s, s:s?, s:s, s:s, s:s, s:I, s:s, s:b, s:s?,"
			 " s:s?, s:s, s:b, s:b, s:I, s:o}",
	    "id", (json_int_t)c->id, "name", c->name, "address", c->address,
	    "max_label", noroshi_tlp_name(c->max_label), "default_label",
	    noroshi_tlp_name(c->default_label), "kind", c->kind, "sponsors",
	    (json_int_t)c->sponsors, "archive", c->archive, "dual_release",
	    (int)c->dual_release, "scope", c->scope, "rules", c->rules,
	    "reply_to", c->reply_to, "organisation", (int)c->organisation,
	    "members_visible", (int)c->visible, "bounces",
	    (json_int_t)c->bounces, "members", members);
}

/* Only who stands for the team changes whom it trusts. */
int
communities_act(struct session *s, const char *as, struct err *e)
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
	struct founding f = {0};
	struct community c = {0};
	int rc = -1;

	if (founding_options(s, argc, argv, &f, e) == -1)
		return -1;
	if (f.max_label == NULL && f.like == NULL)
		return err_set(e, ERR_USAGE, "--max-label is missing");
	if (community_like(f.like, &c, e) == -1)
		return -1;
	if (f.max_label != NULL &&
	    community_label(f.max_label, &c.max_label, e) == -1)
		goto out;
	c.default_label = c.max_label;
	c.name = xstrdup(argv[optind]);
	if (founding_apply(&f, &c, e) == -1 ||
	    communities_act(s, f.as, e) == -1 ||
	    community_write(s, &c, &c.id, e) == -1)
		goto out;
	if (s->out.json)
		rc = output_json(&s->out, communities_object(&c), e);
	else
		rc = 0;
	if (!s->out.json)
		output_put(&s->out, "%lld\n", (long long)c.id);
out:
	community_free(&c);
	return rc;
}

int
cli_community_set(struct session *s, int argc, char **argv, struct err *e)
{
	struct founding f = {0};
	struct community c = {0};
	int rc = -1;

	if (founding_options(s, argc, argv, &f, e) == -1)
		return -1;
	if (f.like != NULL)
		return err_set(e, ERR_USAGE, "--like is for a new community");
	if (communities_act(s, f.as, e) == -1 ||
	    community_find(s->db, argv[optind], &c, e) == -1 ||
	    founding_apply(&f, &c, e) == -1 || db_begin(s->db, e) == -1)
		goto out;
	if (community_set(s->db, &c, e) == 0 &&
	    session_audit(s, "community.set", 0, 0, s->contact,
		json_pack("{s:s, s:o}", "name", c.name, "now",
		    communities_object(&c)),
		e) == 0)
		rc = db_commit(s->db, e);
	if (rc == -1)
		db_rollback(s->db);
	if (rc == 0 && s->out.json)
		rc = output_json(&s->out, communities_object(&c), e);
out:
	community_free(&c);
	return rc;
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
		json_array_append_new(all, communities_object(&list[i]));
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

/* A member as show says it: who, in what state, and by whom. */
static int
community_people(
    struct session *s, const struct community *c, json_t *people, struct err *e)
{
	struct membership *m = NULL;
	struct sponsorship *v = NULL;
	size_t count = 0, vouched = 0;
	int rc = membership_list(s->db, c->id, false, &m, &count, e);

	if (rc == 0)
		rc = sponsorship_list(s->db, c->id, &v, &vouched, e);
	for (size_t i = 0; i < count && rc == 0; i++) {
		json_t *by = json_array();
		struct contact who = {0};
		bool review = false;

		rc = contact_get(s->db, m[i].contact, &who, e);
		for (size_t k = 0; k < vouched; k++) {
			if (v[k].contact != m[i].contact)
				continue;
			review = review || v[k].review;
			json_array_append_new(
			    by, json_pack("{s:I, s:o, s:b}", "contact",
				    (json_int_t)v[k].sponsor, "evidence",
				    v[k].evidence == 0
					? json_null()
					: json_integer(v[k].evidence),
				    "left", (int)v[k].review));
		}
		json_array_append_new(people,
		    json_pack("{s:I, s:s?, s:s, s:I, s:I, s:b, s:o}", "contact",
			(json_int_t)m[i].contact, "name", who.name, "state",
			m[i].state, "joined_at", (json_int_t)m[i].joined_at,
			"bounced", (json_int_t)m[i].bounced, "review",
			(int)review, "sponsors", by));
		contact_free(&who);
	}
	membership_list_free(m, count);
	free(v);
	return rc;
}

static int
community_applied(
    struct session *s, const struct community *c, json_t *list, struct err *e)
{
	struct application *a = NULL;
	size_t count = 0;
	int rc = application_list(s->db, c->id, &a, &count, e);

	for (size_t i = 0; i < count && rc == 0; i++)
		if (strcmp(a[i].state, "open") == 0)
			json_array_append_new(
			    list, json_pack("{s:I, s:I, s:I, s:b}", "contact",
				      (json_int_t)a[i].contact, "at",
				      (json_int_t)a[i].at, "sponsors",
				      (json_int_t)a[i].sponsors, "enough",
				      (int)(a[i].sponsors >= c->sponsors)));
	for (size_t i = 0; i < count; i++)
		application_free(&a[i]);
	free(a);
	return rc;
}

static void
community_say(
    struct session *s, const struct community *c, const json_t *detail)
{
	char number[24];
	const json_t *one;
	size_t i;

	output_put(&s->out, "%s, %s\n", c->name, c->kind);
	output_field(&s->out, "Scope", c->scope);
	output_field(&s->out, "Address", c->address);
	output_field(&s->out, "Highest", noroshi_tlp_name(c->max_label));
	output_field(&s->out, "Default", noroshi_tlp_name(c->default_label));
	output_field(&s->out, "Archive", c->archive);
	output_field(&s->out, "Answers to", c->reply_to);
	output_field(&s->out, "Members", c->visible ? "visible" : "hidden");
	output_field(&s->out, "Release", c->dual_release ? "dual" : "single");
	(void)snprintf(number, sizeof(number), "%lld", (long long)c->sponsors);
	output_field(&s->out, "Sponsors", number);
	json_array_foreach(json_object_get(detail, "people"), i, one)
	{
		const char *state = output_string(one, "state");

		output_put(&s->out, "  %lld ",
		    (long long)json_integer_value(
			json_object_get(one, "contact")));
		output_line(&s->out, output_string(one, "name"));
		if (strcmp(state, "active") != 0)
			output_put(&s->out, " (%s)", state);
		if (json_is_true(json_object_get(one, "review")))
			output_put(&s->out, " (review: a sponsor has left)");
		output_put(&s->out, "\n");
	}
	json_array_foreach(json_object_get(detail, "applications"), i, one)
	{
		output_put(&s->out, "  contact %lld has applied: %lld of %s\n",
		    (long long)json_integer_value(
			json_object_get(one, "contact")),
		    (long long)json_integer_value(
			json_object_get(one, "sponsors")),
		    number);
	}
	if (c->rules != NULL) {
		output_put(&s->out, "\n");
		output_text(&s->out, c->rules, strlen(c->rules));
		output_put(&s->out, "\n");
	}
}

int
cli_community_show(struct session *s, int argc, char **argv, struct err *e)
{
	json_t *people = json_array(), *applied = json_array(), *all;
	struct community c = {0};
	int rc = -1;

	if (json_option(s, argc, argv, 1, e) == 0 && session_open(s, e) == 0 &&
	    community_find(s->db, argv[optind], &c, e) == 0 &&
	    community_people(s, &c, people, e) == 0)
		rc = community_applied(s, &c, applied, e);
	if (rc == 0) {
		all = communities_object(&c);
		json_object_set(all, "people", people);
		json_object_set(all, "applications", applied);
		if (s->out.json)
			rc = output_json(&s->out, json_incref(all), e);
		else
			community_say(s, &c, all);
		json_decref(all);
	}
	json_decref(people);
	json_decref(applied);
	community_free(&c);
	return rc;
}
