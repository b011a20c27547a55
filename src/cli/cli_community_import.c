/* noroshi community import: members out of a file. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/communities.h"
#include "cli/option.h"
#include "people/csv.h"

#define FILE_MAX (16U << 20) /* bytes of a file that is read */
#define FILE_ROWS 10000
/* Sponsors below those whom they sponsor, in a chain of that many: further
 * ones apply. */
#define IMPORT_ROUNDS 16

enum column {
	COLUMN_ADDRESS,
	COLUMN_NAME,
	COLUMN_KEY,
	COLUMN_STATE,
	COLUMN_ENABLED,
	COLUMN_SPONSORS,
	COLUMNS
};

/* Who is to belong to it. */
struct imported {
	int64_t contact;
	struct strs names; /* of sponsors */
	int64_t *sponsor; /* their contacts, as many */
	bool suspend;
	bool settled; /* a member */
};

struct importing {
	struct session *s;
	const char *path;
	const char *class; /* of who is not known yet, or NULL */
	struct community community;
	int column[COLUMNS]; /* -1: the file has none */
	struct imported *row;
	size_t rows;
	size_t joined, applied;
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
import_row(struct importing *i, const struct strs *cells, struct err *e)
{
	const char *state = import_cell(i, cells, COLUMN_STATE);
	const char *enabled = import_cell(i, cells, COLUMN_ENABLED);
	struct imported row = {.suspend = false};

	if (strcmp(state, "left") == 0)
		return 0;
	if (state[0] != '\0' && strcmp(state, "active") != 0 &&
	    strcmp(state, "suspended") != 0 &&
	    strcmp(state, "bounce-disabled") != 0)
		return err_set(e, ERR_DATA, "\"%s\" is no state", state);
	if (import_contact(i, cells, &row.contact, e) == -1)
		return -1;
	/* What came back there is for people to look at here. */
	row.suspend = (state[0] != '\0' && strcmp(state, "active") != 0) ||
		      strcasecmp(enabled, "false") == 0 ||
		      strcmp(enabled, "0") == 0;
	strs_split(&row.names, import_cell(i, cells, COLUMN_SPONSORS), " ;");
	i->row = xgrow(i->row, i->rows, sizeof(*i->row));
	i->row[i->rows++] = row;
	return 0;
}

/* --- who joins ------------------------------------------------------------ */

/* Sponsors may stand below those whom they sponsor. */
static int
import_sponsors(struct importing *i, struct imported *row, struct err *e)
{
	row->sponsor = xcalloc(row->names.count + 1, sizeof(*row->sponsor));
	for (size_t n = 0; n < row->names.count; n++) {
		struct contact by = {0};

		if (contact_by_address(i->s->db, row->names.item[n], &by, e) ==
		    -1)
			return -1;
		row->sponsor[n] = by.id;
		contact_free(&by);
	}
	return 0;
}

/* Those of its sponsors who are members, each once, in front; *count. */
static int
import_vouched(
    struct importing *i, struct imported *row, size_t *count, struct err *e)
{
	*count = 0;
	for (size_t n = 0; n < row->names.count; n++) {
		int64_t by = row->sponsor[n];
		bool active, again = by == row->contact;

		for (size_t k = 0; k < *count; k++)
			again = again || row->sponsor[k] == by;
		if (again)
			continue;
		if (membership_is_active(
			i->s->db, i->community.id, by, &active, e) == -1)
			return -1;
		if (!active)
			continue;
		row->sponsor[n] = row->sponsor[*count];
		row->sponsor[(*count)++] = by;
	}
	return 0;
}

/* As `community join` would, by the same count of sponsors. */
static int
import_join(struct importing *i, struct imported *row, struct err *e)
{
	int64_t now = clock_now(NULL), id = i->community.id;
	size_t vouched;

	if (import_vouched(i, row, &vouched, e) == -1)
		return -1;
	if (vouched < (size_t)i->community.sponsors &&
	    i->community.members + i->joined > 0) {
		bool member;

		return membership_is_active(
			   i->s->db, id, row->contact, &member, e) == -1
			   ? -1
			   : (row->settled = member, 0);
	}
	if (community_join(i->s->db, now, id, row->contact, row->sponsor,
		vouched, e) == -1 ||
	    membership_note(
		i->s->db, now, id, row->contact, "imported", NULL, e) == -1)
		return -1;
	row->settled = true;
	i->joined++;
	return 0;
}

/* Whom too few vouch for waits for more of them, or for the PoC. */
static int
import_apply(struct importing *i, struct imported *row, struct err *e)
{
	int64_t now = clock_now(NULL);
	struct application a = {
	    .community = i->community.id, .contact = row->contact};
	struct application open;
	struct err why = {0};
	size_t vouched;

	i->applied++;
	if (application_find(i->s->db, a.community, a.contact, &open, &why) ==
	    0)
		application_free(&open);
	else if (why.code != ERR_NOINPUT)
		return err_set(e, why.code, "%s", why.text);
	else if (application_open(
		     i->s->db, now, a.community, a.contact, 0, e) == -1)
		return -1;
	if (import_vouched(i, row, &vouched, e) == -1)
		return -1;
	for (size_t n = 0; n < vouched; n++)
		if (sponsorship_state(
			i->s->db, now, &a, row->sponsor[n], 0, e) == -1)
			return -1;
	return membership_note(i->s->db, now, a.community, a.contact,
	    "imported", "as an application", e);
}

static int
import_settle(struct importing *i, struct err *e)
{
	int64_t now = clock_now(NULL), id = i->community.id;
	size_t before = SIZE_MAX;

	for (size_t n = 0; n < i->rows; n++)
		if (import_sponsors(i, &i->row[n], e) == -1)
			return -1;
	for (int k = 0; k < IMPORT_ROUNDS && i->joined != before; k++) {
		before = i->joined;
		for (size_t n = 0; n < i->rows; n++)
			if (!i->row[n].settled &&
			    import_join(i, &i->row[n], e) == -1)
				return -1;
	}
	for (size_t n = 0; n < i->rows; n++) {
		struct imported *row = &i->row[n];
		bool active = false;

		if (!row->settled && import_apply(i, row, e) == -1)
			return -1;
		if (membership_is_active(
			i->s->db, id, row->contact, &active, e) == -1)
			return -1;
		if (row->suspend && active &&
		    membership_suspend(i->s->db, now, id, row->contact,
			"imported so", e) == -1)
			return -1;
	}
	return 0;
}

static int
import_rows(struct importing *i, const struct buf *text, struct err *e)
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
			rc = import_row(i, &cells, e);
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
	if (import_rows(i, text, e) == 0 && import_settle(i, e) == 0 &&
	    session_audit(s, "community.imported", 0, 0, s->contact,
		json_pack("{s:s, s:I, s:I}", "community", i->community.name,
		    "members", (json_int_t)i->joined, "applications",
		    (json_int_t)i->applied),
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
		    json_pack("{s:I, s:I}", "members", (json_int_t)i.joined,
			"applications", (json_int_t)i.applied),
		    e);
	else if (rc == 0)
		output_put(&s->out, "%zu\n", i.joined);
	if (rc == 0 && !s->out.json && i.applied > 0)
		output_put(&s->out,
		    "%zu applied: %s asks for %lld sponsors among its"
		    " members\n",
		    i.applied, i.community.name,
		    (long long)i.community.sponsors);
out:
	for (size_t n = 0; n < i.rows; n++) {
		strs_free(&i.row[n].names);
		free(i.row[n].sponsor);
	}
	free(i.row);
	community_free(&i.community);
	buf_free(&text);
	return rc;
}
