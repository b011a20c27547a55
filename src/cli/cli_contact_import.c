/* noroshi contact import: many contacts from a CSV file, all rows or none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/contacts.h"
#include "cli/option.h"
#include "people/contact_csv.h"

struct import {
	struct contact_csv_row *row;
	struct contact_keys *keys; /* of each row */
	size_t rows;
};

static void
import_free(struct import *i)
{
	for (size_t n = 0; n < i->rows; n++)
		contacts_keys_free(&i->keys[n]);
	free(i->keys);
	contact_csv_free(i->row, i->rows);
}

static int
import_parse(struct import *i, const char *path, struct err *e)
{
	struct strs mistakes = {0};
	struct buf csv;
	int rc;

	buf_init(&csv, CONTACT_CSV_MAX);
	rc = session_read_file(path, &csv, e);
	if (rc == 0)
		rc = contact_csv_parse(
		    csv.data, csv.len, &i->row, &i->rows, &mistakes, e);
	if (rc == -1 && mistakes.count > 0) {
		for (size_t n = 0; n < mistakes.count; n++)
			(void)fprintf(stderr, "noroshi: %s: %s\n", path,
			    mistakes.item[n]);
		e->text[0] = '\0';
	}
	strs_free(&mistakes);
	buf_free(&csv);
	return rc;
}

/* Keys in files are looked for beside the CSV file. */
static int
import_keys(
    struct session *s, struct import *i, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *folder =
	    slash == NULL
		? xstrdup(".")
		: xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	int rc = 0;

	i->keys = xcalloc(i->rows, sizeof(*i->keys));
	for (size_t n = 0; n < i->rows && rc == 0; n++) {
		rc = contacts_read_keys(
		    s, &i->row[n].keys, folder, &i->keys[n], e);
		if (rc == -1)
			err_in(e, "%s: line %d", path, i->row[n].line);
	}
	free(folder);
	return rc;
}

static int
import_row(struct session *s, struct contact_csv_row *row,
    const struct contact_keys *keys, struct err *e)
{
	int64_t now = clock_now(NULL);
	struct contact *c = &row->contact;

	for (size_t i = 0; i < keys->fingerprints.count; i++)
		contacts_bind(c, keys->fingerprints.item[i],
		    i < row->keys.count ? row->verified[i] : VERIFIED_NONE, now,
		    s->contact);
	if (contacts_store_keys(s, keys, now, e) == -1 ||
	    contact_add(s->db, now, c, &c->id, e) == -1)
		return -1;
	return session_audit(
	    s, "contact.added", 0, 0, c->id, contacts_detail(c), e);
}

static int
import_say(struct session *s, const struct import *i, struct err *e)
{
	json_t *list = json_array();

	for (size_t n = 0; n < i->rows; n++) {
		const struct contact *c = &i->row[n].contact;

		if (s->out.json)
			json_array_append_new(list, contacts_json(c));
		else
			output_put(&s->out, "%lld\n", (long long)c->id);
	}
	if (s->out.json)
		return output_json(&s->out, list, e);
	json_decref(list);
	return 0;
}

static int
import_write(
    struct session *s, struct import *i, const char *path, struct err *e)
{
	if (db_begin(s->db, e) == -1)
		return -1;
	for (size_t n = 0; n < i->rows; n++)
		if (import_row(s, &i->row[n], &i->keys[n], e) == -1) {
			db_rollback(s->db);
			return err_in(e, "%s: line %d", path, i->row[n].line);
		}
	if (db_commit(s->db, e) == -1 || session_wake(s, e) == -1)
		return -1;
	return import_say(s, i, e);
}

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && strcasecmp(text + len - n, end) == 0;
}

int
cli_contact_import(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct import i = {0};
	const char *as = NULL, *path;
	int c, rc = -1;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'a')
			as = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 1, 1, "a file", e) == -1)
		return -1;
	path = argv[optind];
	if (!ends_with(path, ".csv"))
		return err_set(e, ERR_USAGE,
		    "%s: contacts are read from CSV files (FILE.csv)", path);
	if (session_open(s, e) == 0 && session_act(s, as, e) == 0 &&
	    import_parse(&i, path, e) == 0 && import_keys(s, &i, path, e) == 0)
		rc = import_write(s, &i, path, e);
	import_free(&i);
	return rc;
}
