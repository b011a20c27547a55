/* noroshi community export and import: a community's members as a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/communities.h"
#include "cli/option.h"
#include "people/csv.h"

#define FILE_MAX (16U << 20) /* bytes of a file that is read or made */
#define FILE_ROWS 10000

/* --- export --- */

static char *
export_time(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;
	char text[32] = "";

	if (at != 0 && gmtime_r(&t, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return xstrdup(text);
}

/* What happened to one member, as words with their times. */
static int
export_history(struct session *s, int64_t community, int64_t contact,
    struct strs *words, json_t *list, struct err *e)
{
	struct membership_event *h = NULL;
	size_t count = 0;
	int rc = membership_history(s->db, community, contact, &h, &count, e);

	for (size_t i = 0; i < count && rc == 0; i++) {
		char *at = export_time(h[i].at);
		char *word = xasprintf("%s %s", at, h[i].event);

		strs_add(words, word);
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s?}", "at", at, "event",
			      h[i].event, "detail", h[i].detail));
		free(word);
		free(at);
	}
	membership_history_free(h, count);
	return rc;
}

static int
export_sponsors(struct session *s, const struct sponsorship *v, size_t count,
    int64_t contact, struct strs *addresses, json_t *list, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct contact by = {0};

		if (v[i].contact != contact)
			continue;
		if (contact_get(s->db, v[i].sponsor, &by, e) == -1)
			return -1;
		if (by.addresses.count > 0)
			strs_add(addresses, by.addresses.item[0]);
		json_array_append_new(list,
		    json_pack("{s:I, s:s?, s:o, s:b}", "contact",
			(json_int_t)by.id, "address",
			by.addresses.count > 0 ? by.addresses.item[0] : NULL,
			"evidence",
			v[i].evidence == 0 ? json_null()
					   : json_integer(v[i].evidence),
			"left", (int)v[i].review));
		contact_free(&by);
	}
	return 0;
}

static void
export_cells(struct buf *csv, const struct membership *m,
    const struct contact *c, const struct strs *keys,
    const struct strs *sponsors, const struct strs *history)
{
	char *joined[] = {strs_join(&c->addresses, " "), strs_join(keys, " "),
	    export_time(m->joined_at), export_time(m->left_at),
	    strs_join(sponsors, " "), strs_join(history, "; ")};

	csv_put(csv, joined[0], ',');
	csv_put(csv, c->name, ',');
	csv_put(csv, c->organisation == NULL ? "" : c->organisation, ',');
	csv_put(csv, class_name(c->class), ',');
	csv_put(csv, joined[1], ',');
	csv_put(csv, m->state, ',');
	csv_put(csv, joined[2], ',');
	csv_put(csv, joined[3], ',');
	csv_put(csv, joined[4], ',');
	csv_put(csv, joined[5], '\n');
	for (size_t i = 0; i < sizeof(joined) / sizeof(joined[0]); i++)
		free(joined[i]);
}

static json_t *
export_strings(const struct strs *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(list, json_string(l->item[i]));
	return list;
}

static int
export_member(struct session *s, int64_t community, const struct membership *m,
    const struct sponsorship *v, size_t vouched, struct buf *csv, json_t *all,
    struct err *e)
{
	struct strs keys = {0}, sponsors = {0}, history = {0};
	json_t *by = json_array(), *events = json_array();
	struct contact c = {0};
	int rc = contact_get(s->db, m->contact, &c, e);

	for (size_t i = 0; i < c.keys; i++)
		strs_add(&keys, c.key[i].fingerprint);
	if (rc == 0)
		rc = export_sponsors(
		    s, v, vouched, m->contact, &sponsors, by, e);
	if (rc == 0)
		rc = export_history(
		    s, community, m->contact, &history, events, e);
	if (rc == 0) {
		export_cells(csv, m, &c, &keys, &sponsors, &history);
		json_array_append_new(all,
		    json_pack("{s:I, s:s, s:s?, s:s, s:o, s:o, s:s, s:I, s:o,"
			      " s:O, s:O}",
			"contact", (json_int_t)c.id, "name", c.name,
			"organisation", c.organisation, "class",
			class_name(c.class), "addresses",
			export_strings(&c.addresses), "fingerprints",
			export_strings(&keys), "state", m->state, "joined_at",
			(json_int_t)m->joined_at, "left_at",
			m->left_at == 0 ? json_null()
					: json_integer(m->left_at),
			"sponsors", by, "history", events));
	}
	json_decref(by);
	json_decref(events);
	strs_free(&keys);
	strs_free(&sponsors);
	strs_free(&history);
	contact_free(&c);
	return rc;
}

int
cli_community_export(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct membership *m = NULL;
	struct sponsorship *v = NULL;
	struct community c = {0};
	json_t *all = json_array(), *object;
	size_t count = 0, vouched = 0;
	struct buf csv;
	int o, rc = -1;

	buf_init(&csv, FILE_MAX);
	while ((o = option_next(argc, argv, table, e)) > 0)
		s->out.json = true;
	if (o == -1 ||
	    option_operands(argc, argv, 1, 1, "the community's name", e) ==
		-1 ||
	    session_open(s, e) == -1 ||
	    community_find(s->db, argv[optind], &c, e) == -1 ||
	    membership_list(s->db, c.id, true, &m, &count, e) == -1 ||
	    sponsorship_list(s->db, c.id, &v, &vouched, e) == -1)
		goto out;
	buf_puts(&csv, "addresses,name,organisation,class,fingerprints,state,"
		       "joined_at,left_at,sponsors,history\r\n");
	rc = 0;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = export_member(s, c.id, &m[i], v, vouched, &csv, all, e);
	if (rc == 0 && csv.over)
		rc = err_set(e, ERR_DATA, "the list is too long");
	if (rc == 0 && s->out.json) {
		object = communities_object(&c);
		json_object_set(object, "people", all);
		rc = output_json(&s->out, object, e);
	} else if (rc == 0) {
		output_text(&s->out, buf_str(&csv), csv.len);
	}
out:
	membership_list_free(m, count);
	free(v);
	json_decref(all);
	buf_free(&csv);
	community_free(&c);
	return rc;
}

/* --- import --- */

enum column {
	COLUMN_ADDRESS,
	COLUMN_NAME,
	COLUMN_KEY,
	COLUMN_STATE,
	COLUMN_ENABLED,
	COLUMN_SPONSORS,
	COLUMNS
};

struct importing {
	struct session *s;
	const char *path;
	const char *class; /* of who is not known yet, or NULL */
	struct community community;
	int column[COLUMNS]; /* -1: the file has none */
	size_t joined;
};

/* Ours, and those of Schleuder's list of subscriptions. */
static void
import_columns(struct importing *i, const struct strs *head)
{
	static const struct {
		const char *name;
		enum column column;
	} known[] = {{"addresses", COLUMN_ADDRESS}, {"address", COLUMN_ADDRESS},
	    {"email", COLUMN_ADDRESS}, {"name", COLUMN_NAME},
	    {"fingerprints", COLUMN_KEY}, {"fingerprint", COLUMN_KEY},
	    {"state", COLUMN_STATE}, {"delivery_enabled", COLUMN_ENABLED},
	    {"sponsors", COLUMN_SPONSORS}};

	for (size_t k = 0; k < COLUMNS; k++)
		i->column[k] = -1;
	for (size_t h = 0; h < head->count; h++)
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			if (strcasecmp(head->item[h], known[k].name) == 0)
				i->column[known[k].column] = (int)h;
}

static const char *
import_cell(const struct importing *i, const struct strs *row, enum column c)
{
	int at = i->column[c];

	return at < 0 || (size_t)at >= row->count ? "" : row->item[at];
}

/* A contact of the row's first address and, where they are known, its keys. */
static int
import_new(struct importing *i, const struct strs *row,
    const struct strs *addresses, int64_t *id, struct err *e)
{
	const char *name = import_cell(i, row, COLUMN_NAME);
	struct contact c = {
	    .name = xstrdup(name[0] == '\0' ? addresses->item[0] : name)};
	int rc;

	if (i->class == NULL) {
		contact_free(&c);
		return err_set(e, ERR_NOINPUT,
		    "%s is no contact; --class would make it one",
		    addresses->item[0]);
	}
	strs_copy(&c.addresses, addresses);
	rc = class_parse(i->class, &c.class)
		 ? contact_add(i->s->db, clock_now(NULL), &c, id, e)
		 : err_set(e, ERR_USAGE, "%s is no class", i->class);
	contact_free(&c);
	return rc == -1 ? -1
			: session_audit(i->s, "contact.added", 0, 0, *id,
			      json_pack("{s:s}", "by", "community.import"), e);
}

/* The fingerprint that the file has for an address has to be the contact's. */
static int
import_key(const struct contact *c, const struct strs *keys, struct err *e)
{
	for (size_t k = 0; k < keys->count && c->keys > 0; k++)
		for (size_t n = 0; n < c->keys; n++)
			if (strcasecmp(keys->item[k], c->key[n].fingerprint) ==
			    0)
				return 0;
	if (keys->count == 0 || c->keys == 0)
		return 0;
	return err_set(e, ERR_DATA, "%s has another key here: %s", c->name,
	    c->key[0].fingerprint);
}

static int
import_contact(
    struct importing *i, const struct strs *row, int64_t *id, struct err *e)
{
	struct strs addresses = {0}, keys = {0};
	struct contact c = {0};
	struct err why = {0};
	int rc = -1;

	strs_split(&addresses, import_cell(i, row, COLUMN_ADDRESS), " ;");
	strs_split(&keys, import_cell(i, row, COLUMN_KEY), " ;");
	if (addresses.count == 0) {
		err_set(e, ERR_DATA, "no address");
	} else if (contact_by_address(i->s->db, addresses.item[0], &c, &why) ==
		   0) {
		*id = c.id;
		rc = import_key(&c, &keys, e);
	} else if (why.code == ERR_NOINPUT) {
		rc = import_new(i, row, &addresses, id, e);
	} else {
		err_set(e, why.code, "%s", why.text);
	}
	contact_free(&c);
	strs_free(&addresses);
	strs_free(&keys);
	return rc;
}

static int
import_row(struct importing *i, const struct strs *row, struct err *e)
{
	const char *state = import_cell(i, row, COLUMN_STATE);
	const char *enabled = import_cell(i, row, COLUMN_ENABLED);
	int64_t contact, now = clock_now(NULL), id = i->community.id;
	bool active;

	if (strcmp(state, "left") == 0)
		return 0;
	if (state[0] != '\0' && strcmp(state, "active") != 0 &&
	    strcmp(state, "suspended") != 0 &&
	    strcmp(state, "bounce-disabled") != 0)
		return err_set(e, ERR_DATA, "\"%s\" is no state", state);
	if (import_contact(i, row, &contact, e) == -1 ||
	    community_join(i->s->db, now, id, contact, NULL, 0, e) == -1 ||
	    membership_note(i->s->db, now, id, contact, "imported", NULL, e) ==
		-1 ||
	    membership_is_active(i->s->db, id, contact, &active, e) == -1)
		return -1;
	i->joined++;
	/* What came back there is for people to look at here. */
	if (active &&
	    ((state[0] != '\0' && strcmp(state, "active") != 0) ||
		strcasecmp(enabled, "false") == 0 || strcmp(enabled, "0") == 0))
		return membership_suspend(
		    i->s->db, now, id, contact, "imported so", e);
	return 0;
}

static int
import_sponsors(struct importing *i, const struct strs *row, struct err *e)
{
	struct strs names = {0}, addresses = {0};
	struct contact who = {0}, by = {0};
	struct application a = {.community = i->community.id};
	int rc = 0;

	strs_split(&names, import_cell(i, row, COLUMN_SPONSORS), " ;");
	strs_split(&addresses, import_cell(i, row, COLUMN_ADDRESS), " ;");
	if (names.count > 0 && addresses.count > 0 &&
	    strcmp(import_cell(i, row, COLUMN_STATE), "left") != 0)
		rc = contact_by_address(i->s->db, addresses.item[0], &who, e);
	for (size_t n = 0; n < names.count && rc == 0 && who.id != 0; n++) {
		a.contact = who.id;
		rc = contact_by_address(i->s->db, names.item[n], &by, e);
		if (rc == 0)
			rc = sponsorship_state(
			    i->s->db, clock_now(NULL), &a, by.id, 0, e);
		contact_free(&by);
	}
	contact_free(&who);
	strs_free(&names);
	strs_free(&addresses);
	return rc;
}

/* All rows once: first who belongs, then who vouched for whom. */
static int
import_rows(
    struct importing *i, const struct buf *text, bool sponsors, struct err *e)
{
	struct strs errors = {0}, cells = {0};
	struct csv c = {
	    .p = text->data, .left = text->len, .line = 1, .errors = &errors};
	bool head = true;
	size_t rows = 0;
	int rc = 0;

	while (c.left > 0 && rc == 0) {
		strs_free(&cells);
		if (!csv_read_row(&c, &cells))
			rc = err_set(e, ERR_DATA, "%s: %s", i->path,
			    errors.count > 0 ? errors.item[0] : "unreadable");
		else if (csv_row_is_empty(&cells))
			continue;
		else if (head)
			import_columns(i, &cells);
		else if (++rows > FILE_ROWS)
			rc = err_set(e, ERR_DATA, "%s: over %d rows", i->path,
			    FILE_ROWS);
		else
			rc = sponsors ? import_sponsors(i, &cells, e)
				      : import_row(i, &cells, e);
		if (rc == -1 && !head)
			err_in(e, "%s: line %d", i->path, c.row_line);
		if (head && rc == 0 && i->column[COLUMN_ADDRESS] == -1)
			rc = err_set(e, ERR_DATA,
			    "%s: no column addresses, address or email",
			    i->path);
		head = false;
	}
	strs_free(&cells);
	strs_free(&errors);
	return rc;
}

static int
import_write(struct importing *i, const struct buf *text, struct err *e)
{
	struct session *s = i->s;

	if (db_begin(s->db, e) == -1)
		return -1;
	if (import_rows(i, text, false, e) == 0 &&
	    import_rows(i, text, true, e) == 0 &&
	    session_audit(s, "community.imported", 0, 0, s->contact,
		json_pack("{s:s, s:I}", "community", i->community.name,
		    "members", (json_int_t)i->joined),
		e) == 0 &&
	    db_commit(s->db, e) == 0)
		return 0;
	db_rollback(s->db);
	return -1;
}

int
cli_community_import(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'A'},
	    {"class", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct importing i = {.s = s};
	const char *as = NULL;
	struct buf text;
	int c, rc = -1;

	buf_init(&text, FILE_MAX);
	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'A')
			as = optarg;
		else if (c == 'c')
			i.class = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 2, 2,
			   "the community's name and a file", e) == -1)
		goto out;
	i.path = argv[optind + 1];
	if (communities_act(s, as, e) == 0 &&
	    community_find(s->db, argv[optind], &i.community, e) == 0 &&
	    session_read_file(i.path, &text, e) == 0)
		rc = csv_bad_utf8(text.data, text.len) == 0
			 ? import_write(&i, &text, e)
			 : err_set(e, ERR_DATA, "%s: not UTF-8", i.path);
	if (rc == 0 && s->out.json)
		rc = output_json(&s->out,
		    json_pack("{s:I}", "members", (json_int_t)i.joined), e);
	else if (rc == 0)
		output_put(&s->out, "%zu\n", i.joined);
out:
	community_free(&i.community);
	buf_free(&text);
	return rc;
}
