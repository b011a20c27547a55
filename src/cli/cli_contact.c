/* noroshi contact: people, role mailboxes and organisations. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/rekeyed.h"
#include "cli/command.h"
#include "cli/communities.h"
#include "cli/contacts.h"
#include "cli/option.h"
#include "people/contact.h"
#include "people/contact_csv.h"

/* Of a word that is none. */
#define ROLES                                                                  \
	"%s is no role (poc, deputy, approver, legal, pr, handler, observer)"
#define EXPORT_MAX (64U << 20) /* bytes of all contacts as CSV */

static int
no_operands(
    struct session *s, int argc, char **argv, const char **role, struct err *e)
{
	static const struct option table[] = {{"json", no_argument, NULL, 'j'},
	    {"role", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'r' && role == NULL)
			return err_set(e, ERR_USAGE,
			    "--role is no option here (--help names them)");
		if (c == 'r')
			*role = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1)
		return -1;
	if (role != NULL && *role != NULL && !role_is_known(*role))
		return err_set(e, ERR_USAGE, ROLES, *role);
	return session_open(s, e);
}

static json_t *
list_json(const struct contact *list, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, contacts_json(&list[i]));
	return array;
}

static void
put_list(struct output *o, const struct contact *list, size_t count)
{
	static const char *const headings[] = {"ID", "CLASS", "KEYS", "ROLES",
	    "NAME", "ORGANISATION", "ADDRESS", NULL};
	struct table t;

	table_init(&t, headings);
	table_soft(&t, "NAME");
	table_soft(&t, "ORGANISATION");
	for (size_t i = 0; i < count; i++) {
		const struct contact *c = &list[i];
		char *roles = strs_join(&c->roles, ",");

		table_number(&t, c->id);
		table_cell(&t, class_name(c->class));
		table_number(&t, (int64_t)c->keys);
		table_cell(&t, roles);
		table_cell(&t, c->name);
		table_cell(&t, c->organisation);
		table_cell(
		    &t, c->addresses.count > 0 ? c->addresses.item[0] : NULL);
		free(roles);
	}
	table_put(&t, o);
	table_free(&t);
}

int
cli_contact_list(struct session *s, int argc, char **argv, struct err *e)
{
	struct contact *list = NULL;
	const char *role = NULL;
	size_t count = 0;
	int rc = 0;

	if (no_operands(s, argc, argv, &role, e) == -1 ||
	    contact_list(s->db, role, &list, &count, e) == -1)
		return -1;
	if (s->out.json)
		rc = output_json(&s->out, list_json(list, count), e);
	else
		put_list(&s->out, list, count);
	contact_list_free(list, count);
	return rc;
}

int
cli_contact_export(struct session *s, int argc, char **argv, struct err *e)
{
	struct contact *list = NULL;
	struct buf csv;
	size_t count = 0;
	int rc = 0;

	if (no_operands(s, argc, argv, NULL, e) == -1 ||
	    contact_list(s->db, NULL, &list, &count, e) == -1)
		return -1;
	buf_init(&csv, EXPORT_MAX);
	contact_csv_write_header(&csv);
	for (size_t i = 0; i < count; i++)
		contact_csv_write(&csv, &list[i]);
	if (s->out.json)
		rc = output_json(&s->out, list_json(list, count), e);
	else if (csv.over)
		rc = err_set(e, ERR_DATA, "over %u bytes of CSV", EXPORT_MAX);
	else
		buf_put(&s->out.text, csv.data, csv.len);
	buf_free(&csv);
	contact_list_free(list, count);
	return rc;
}

static void
put_strs(struct output *o, const char *name, const struct strs *l)
{
	for (size_t i = 0; i < l->count; i++) {
		output_put(o, "%-12s ", i == 0 ? name : "");
		output_line(o, l->item[i]);
		output_put(o, "\n");
	}
}

static void
put_keys(struct output *o, const struct contact *c)
{
	char text[CLOCK_RFC3339];

	for (size_t i = 0; i < c->keys; i++) {
		const struct contact_key *k = &c->key[i];

		output_put(o, "%-12s %s, verified: %s", i == 0 ? "Keys" : "",
		    k->fingerprint, verified_name(k->verified));
		if (k->verified_at != 0)
			output_put(
			    o, ", %s", clock_rfc3339(k->verified_at, text));
		if (k->verified_by != 0)
			output_put(
			    o, ", by contact %lld", (long long)k->verified_by);
		output_put(o, "\n");
	}
}

static void
put_contact(struct output *o, const struct contact *c)
{
	output_heading(o, c->name);
	output_put(o, " (contact %lld%s)\n", (long long)c->id,
	    c->removed ? ", removed" : "");
	output_put(o, "%-12s %s\n", "Class", class_name(c->class));
	if (c->organisation != NULL) {
		output_put(o, "%-12s ", "Organisation");
		output_line(o, c->organisation);
		output_put(o, "\n");
	}
	if (c->language != NULL)
		output_put(o, "%-12s %s\n", "Language", c->language);
	put_strs(o, "Addresses", &c->addresses);
	put_strs(o, "Roles", &c->roles);
	put_strs(o, "Tags", &c->tags);
	put_keys(o, c);
}

/* --as and --json, and one operand: CONTACT. */
static int
one_contact(struct session *s, int argc, char **argv, const char **as,
    const char *what, struct err *e)
{
	static const struct option table[] = {{"json", no_argument, NULL, 'j'},
	    {"as", required_argument, NULL, 'a'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'a' && as == NULL)
			return err_set(e, ERR_USAGE,
			    "--as is no option here (--help names them)");
		if (c == 'a')
			*as = optarg;
		else
			s->out.json = true;
	}
	if (c == -1)
		return -1;
	return option_operands(argc, argv, 1, 1, what, e);
}

int
cli_contact_show(struct session *s, int argc, char **argv, struct err *e)
{
	struct contact c;
	int rc = 0;

	if (one_contact(s, argc, argv, NULL, "a contact", e) == -1 ||
	    session_open(s, e) == -1 ||
	    contact_find(s->db, argv[optind], &c, e) == -1)
		return -1;
	if (s->out.json)
		rc = output_json(&s->out, contacts_json(&c), e);
	else
		put_contact(&s->out, &c);
	contact_free(&c);
	return rc;
}

static int
remove_write(struct session *s, const struct contact *c, struct err *e)
{
	for (size_t i = 0; i < s->config->n_operators; i++)
		if (s->config->operators[i].contact == c->id)
			return err_set(e, ERR_DENIED,
			    "contact %lld is the operator %s: change "
			    "\"operators\" in %s first",
			    (long long)c->id, s->config->operators[i].user,
			    s->config->file);
	if (communities_leave_all(s, c->id, e) == -1 ||
	    contact_remove(s->db, clock_now(NULL), c->id, e) == -1 ||
	    session_audit(s, "contact.removed", 0, 0, c->id, NULL, e) == -1)
		return -1;
	return db_commit(s->db, e);
}

int
cli_contact_remove(struct session *s, int argc, char **argv, struct err *e)
{
	const char *as = NULL;
	struct contact c;
	int rc;

	if (one_contact(s, argc, argv, &as, "a contact", e) == -1 ||
	    session_open(s, e) == -1 || session_act(s, as, e) == -1 ||
	    db_begin(s->db, e) == -1 ||
	    contact_find(s->db, argv[optind], &c, e) == -1)
		return -1;
	rc = remove_write(s, &c, e);
	if (rc == 0 && s->out.json)
		rc = output_json(
		    &s->out, json_pack("{s:I}", "id", (json_int_t)c.id), e);
	else if (rc == 0)
		output_put(&s->out, "contact %lld removed\n", (long long)c.id);
	contact_free(&c);
	return rc;
}

/* The words of `contact add` and `contact set`. */
struct words {
	struct contact_change change;
	const char *as;
	bool given; /* there is something to change */
};

static void
words_free(struct words *w)
{
	strs_free(&w->change.addresses);
	strs_free(&w->change.keys);
	strs_free(&w->change.unbind);
	strs_free(&w->change.roles);
	strs_free(&w->change.tags);
}

/* An option that may be repeated; "" empties the list. */
static void
add_words(
    struct strs *list, bool *given, const char *text, const char *separators)
{
	*given = true;
	if (separators == NULL && *text != '\0')
		strs_add(list, text);
	else if (separators != NULL)
		strs_split(list, text, separators);
}

static int
words_option(struct session *s, struct words *w, int c, struct err *e)
{
	static const char *const languages[] = {"en", "ja", NULL};
	struct contact_change *h = &w->change;

	w->given = w->given || (c != 'A' && c != 'j');
	switch (c) {
	case 'n':
		h->name = optarg;
		break;
	case 'a':
		add_words(&h->addresses, &h->set_addresses, optarg, ",");
		break;
	case 'c':
		h->set_class = class_parse(optarg, &h->class);
		if (!h->set_class)
			return err_set(e, ERR_USAGE,
			    "%s is no class (staff, constituent, vendor, "
			    "coordinator, isac, first, partner, finder, "
			    "public)",
			    optarg);
		break;
	case 'o':
		h->organisation = optarg;
		break;
	case 'k':
		strs_add(&h->keys, optarg);
		break;
	case 'u':
		strs_add(&h->unbind, optarg);
		break;
	case 'v':
		h->set_verified = verified_parse(optarg, &h->verified);
		if (!h->set_verified)
			return err_set(e, ERR_USAGE,
			    "%s is no way to verify (met, video, phone, "
			    "sponsor, directory, none)",
			    optarg);
		break;
	case 'r':
		add_words(&h->roles, &h->set_roles, optarg, ",");
		for (size_t i = 0; i < h->roles.count; i++)
			if (!role_is_known(h->roles.item[i]))
				return err_set(
				    e, ERR_USAGE, ROLES, h->roles.item[i]);
		break;
	case 't':
		add_words(&h->tags, &h->set_tags, optarg, ",");
		break;
	case 'l':
		h->language = optarg;
		if (*optarg != '\0' &&
		    option_word(optarg, languages, "language", e) == -1)
			return -1;
		break;
	case 'A':
		w->as = optarg;
		break;
	default:
		s->out.json = true;
		break;
	}
	return 0;
}

static int
words_read(
    struct session *s, int argc, char **argv, struct words *w, struct err *e)
{
	static const struct option table[] = {
	    {"name", required_argument, NULL, 'n'},
	    {"address", required_argument, NULL, 'a'},
	    {"class", required_argument, NULL, 'c'},
	    {"organisation", required_argument, NULL, 'o'},
	    {"key", required_argument, NULL, 'k'},
	    {"unbind", required_argument, NULL, 'u'},
	    {"verified", required_argument, NULL, 'v'},
	    {"role", required_argument, NULL, 'r'},
	    {"tag", required_argument, NULL, 't'},
	    {"lang", required_argument, NULL, 'l'},
	    {"as", required_argument, NULL, 'A'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0)
		if (words_option(s, w, c, e) == -1)
			return -1;
	return c;
}

static int
say_contact(struct session *s, int64_t id, struct err *e)
{
	struct contact c;
	int rc;

	if (!s->out.json) {
		output_put(&s->out, "%lld\n", (long long)id);
		return 0;
	}
	if (contact_get(s->db, id, &c, e) == -1)
		return -1;
	rc = output_json(&s->out, contacts_json(&c), e);
	contact_free(&c);
	return rc;
}

/* Applies the change to c, new where its id is 0, in one transaction. */
static int
write_contact(struct session *s, const struct contact_change *h,
    struct contact *c, const struct contact_keys *keys, struct err *e)
{
	int64_t now = clock_now(NULL);
	const char *event = c->id == 0 ? "contact.added" : "contact.changed";
	const char *fingerprint;
	struct contact before = {0};
	int rc;

	if (c->id != 0 && contact_get(s->db, c->id, &before, e) == -1)
		return -1;
	rc = contacts_apply(s, h, keys, c, now, e);
	if (rc == 0)
		rc = contacts_store_keys(s, keys, now, e);
	if (rc == 0)
		rc = c->id == 0 ? contact_add(s->db, now, c, &c->id, e)
				: contact_set(s->db, now, c, e);
	if (rc == 0 && rekeyed_is(&before, c, &fingerprint))
		rc = contacts_rekeyed(s, &before, fingerprint, e);
	contact_free(&before);
	if (rc == -1 ||
	    session_audit(s, event, 0, 0, c->id, contacts_detail(c), e) == -1 ||
	    db_commit(s->db, e) == -1)
		return -1;
	return session_wake(s, e);
}

static int
add_check(int argc, char **argv, const struct words *w, struct err *e)
{
	if (option_operands(argc, argv, 1, 1, "the contact's name", e) == -1)
		return -1;
	if (w->change.addresses.count == 0)
		return err_set(e, ERR_USAGE, "--address is missing");
	if (!w->change.set_class)
		return err_set(e, ERR_USAGE, "--class is missing");
	if (w->change.name != NULL || w->change.unbind.count > 0)
		return err_set(
		    e, ERR_USAGE, "--name and --unbind are for contact set");
	return 0;
}

int
cli_contact_add(struct session *s, int argc, char **argv, struct err *e)
{
	struct contact_keys keys = {0};
	struct contact c = {0};
	struct words w = {0};
	int rc = -1;

	if (words_read(s, argc, argv, &w, e) == -1 ||
	    add_check(argc, argv, &w, e) == -1)
		goto out;
	w.change.name = argv[optind];
	if (session_open(s, e) == -1 || session_act(s, w.as, e) == -1 ||
	    contacts_read_keys(s, &w.change.keys, NULL, &keys, e) == -1 ||
	    db_begin(s->db, e) == -1 ||
	    write_contact(s, &w.change, &c, &keys, e) == -1)
		goto out;
	rc = say_contact(s, c.id, e);
out:
	contacts_keys_free(&keys);
	contact_free(&c);
	words_free(&w);
	return rc;
}

int
cli_contact_set(struct session *s, int argc, char **argv, struct err *e)
{
	struct contact_keys keys = {0};
	struct contact c = {0};
	struct words w = {0};
	int rc = -1;

	if (words_read(s, argc, argv, &w, e) == -1 ||
	    option_operands(argc, argv, 1, 1, "a contact", e) == -1)
		goto out;
	if (!w.given) {
		err_set(e, ERR_USAGE,
		    "nothing to change is named (--help names the options)");
		goto out;
	}
	if (session_open(s, e) == -1 || session_act(s, w.as, e) == -1 ||
	    contacts_read_keys(s, &w.change.keys, NULL, &keys, e) == -1 ||
	    (w.change.keys.count > 0 &&
		(session_vault(s, e) == -1 || session_spool(s, e) == -1)) ||
	    db_begin(s->db, e) == -1 ||
	    contact_find(s->db, argv[optind], &c, e) == -1 ||
	    write_contact(s, &w.change, &c, &keys, e) == -1)
		goto out;
	rc = say_contact(s, c.id, e);
out:
	contacts_keys_free(&keys);
	contact_free(&c);
	words_free(&w);
	return rc;
}
