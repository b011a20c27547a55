/* noroshi contact import: many contacts from a CSV file or vCards, all of them
 * or none. */
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
#include "people/vcard.h"

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

/* A card becomes a row; the material of its keys is read on the way. */
static int
import_card(struct session *s, struct vcard *card, enum class class,
    struct contact_csv_row *row, struct contact_keys *keys, struct err *e)
{
	*row = (struct contact_csv_row){
	    .contact = card->contact, .line = card->line};
	card->contact = (struct contact){0};
	row->contact.class = class;
	strs_copy(&row->keys, &card->fingerprints);
	row->verified = xcalloc(row->keys.count, sizeof(*row->verified));
	for (size_t k = 0; k < row->keys.count; k++)
		row->verified[k] = VERIFIED_NONE;
	for (size_t k = 0; k < card->keys; k++)
		if (contacts_add_key(s, &card->key[k], keys, e) == -1)
			return err_in(e, "line %d", card->line);
	return 0;
}

/* class: of all of them, as cards do not say it. */
static int
import_cards(struct session *s, struct import *i, const struct buf *file,
    enum class class, struct strs *mistakes, struct err *e)
{
	struct vcard *card;
	size_t count;
	int rc = 0;

	if (vcard_parse(file->data, file->len, &card, &count, mistakes, e) ==
	    -1)
		return -1;
	i->row = xcalloc(count + 1, sizeof(*i->row));
	i->keys = xcalloc(count + 1, sizeof(*i->keys));
	for (; i->rows < count && rc == 0; i->rows++)
		rc = import_card(s, &card[i->rows], class, &i->row[i->rows],
		    &i->keys[i->rows], e);
	vcard_free(card, count);
	return rc;
}

/* class NULL: it is a CSV file, whose rows have their own. */
static int
import_parse(struct session *s, struct import *i, const char *path,
    const enum class *class, struct err *e)
{
	struct strs mistakes = {0};
	struct buf file;
	int rc;

	buf_init(&file, class == NULL ? CONTACT_CSV_MAX : VCARD_MAX);
	rc = session_read_file(path, &file, e);
	if (rc == 0 && class != NULL)
		rc = import_cards(s, i, &file, *class, &mistakes, e);
	else if (rc == 0)
		rc = contact_csv_parse(
		    file.data, file.len, &i->row, &i->rows, &mistakes, e);
	if (rc == -1 && mistakes.count > 0) {
		for (size_t n = 0; n < mistakes.count; n++)
			(void)fprintf(stderr, "noroshi: %s: %s\n", path,
			    mistakes.item[n]);
		e->text[0] = '\0';
	}
	strs_free(&mistakes);
	buf_free(&file);
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

	if (i->keys == NULL)
		i->keys = xcalloc(i->rows + 1, sizeof(*i->keys));
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

/* Which of the two the file is, by its name. A card has no class of its own:
 * without one they are nobody in particular. */
static int
import_kind(const char *path, const char *word, enum class *class, bool *cards,
    struct err *e)
{
	*cards = ends_with(path, ".vcf") || ends_with(path, ".vcard");
	if (!*cards && !ends_with(path, ".csv"))
		return err_set(e, ERR_USAGE,
		    "%s: contacts are read from CSV files (FILE.csv) and "
		    "vCards (FILE.vcf)",
		    path);
	if (!*cards && word != NULL)
		return err_set(e, ERR_USAGE,
		    "--class is for vCards; a CSV file has a column");
	if (word != NULL && !class_parse(word, class))
		return err_set(e, ERR_USAGE, "%s is no class", word);
	return 0;
}

int
cli_contact_import(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"class", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct import i = {0};
	const char *as = NULL, *word = NULL, *path;
	enum class class = CLASS_PUBLIC;
	bool cards;
	int c, rc = -1;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'a')
			as = optarg;
		else if (c == 'c')
			word = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 1, 1, "a file", e) == -1)
		return -1;
	path = argv[optind];
	if (import_kind(path, word, &class, &cards, e) == -1)
		return -1;
	if (session_open(s, e) == 0 && session_act(s, as, e) == 0 &&
	    import_parse(s, &i, path, cards ? &class : NULL, e) == 0 &&
	    import_keys(s, &i, path, e) == 0)
		rc = import_write(s, &i, path, e);
	import_free(&i);
	return rc;
}
