#include "people/contact_csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "people/csv.h"

#define CSV_CELLS_MAX 64 /* in a row; more are counted but not kept */

enum column {
	COLUMN_NAME,
	COLUMN_ADDRESS,
	COLUMN_CLASS,
	COLUMN_ORGANISATION,
	COLUMN_KEY,
	COLUMN_VERIFIED,
	COLUMN_ROLE,
	COLUMN_TAG,
	COLUMN_LANG,
	COLUMNS
};

static const char *const column_names[COLUMNS] = {"name", "address", "class",
    "organisation", "key", "verified", "role", "tag", "lang"};

/* A table that is read: its rows so far, and what its cells hold. */
struct table {
	struct csv csv;
	enum column column[CSV_CELLS_MAX]; /* what each cell holds */
	size_t columns;
	struct contact_csv_row *row;
	size_t rows;
};

static enum column
column_find(const char *name)
{
	enum column i = 0;

	while (i < COLUMNS && strcmp(column_names[i], name) != 0)
		i++;
	return i;
}

static void
table_header(struct table *t, const struct strs *cells)
{
	bool seen[COLUMNS] = {false};

	for (size_t i = 0; i < cells->count && i < CSV_CELLS_MAX; i++) {
		enum column column = column_find(cells->item[i]);

		t->column[t->columns++] = column;
		if (column == COLUMNS)
			csv_error(&t->csv, t->csv.row_line,
			    "column %zu: \"%.40s\" is not a column (name, "
			    "address, class, organisation, key, verified, "
			    "role, tag, lang)",
			    i + 1, cells->item[i]);
		else if (seen[column])
			csv_error(&t->csv, t->csv.row_line,
			    "column %zu: second \"%s\"", i + 1, cells->item[i]);
		else
			seen[column] = true;
	}
	if (cells->count > CSV_CELLS_MAX)
		csv_error(
		    &t->csv, t->csv.row_line, "over %d columns", CSV_CELLS_MAX);
	if (!seen[COLUMN_NAME])
		csv_error(
		    &t->csv, t->csv.row_line, "there is no column \"name\"");
	if (!seen[COLUMN_CLASS])
		csv_error(
		    &t->csv, t->csv.row_line, "there is no column \"class\"");
}

static void
table_verified(struct table *t, struct contact_csv_row *r, const char *text)
{
	struct strs word = {0};

	strs_split(&word, text, ";");
	r->verified = xcalloc(r->keys.count, sizeof(*r->verified));
	for (size_t i = 0; i < r->keys.count; i++)
		r->verified[i] = VERIFIED_NONE;
	if (word.count > 1 && word.count != r->keys.count)
		csv_error(&t->csv, r->line,
		    "verified: %zu values for %zu keys; one for all, or one "
		    "for each",
		    word.count, r->keys.count);
	for (size_t i = 0; i < word.count; i++) {
		enum verified v;

		if (!verified_parse(word.item[i], &v)) {
			csv_error(&t->csv, r->line,
			    "verified: \"%.40s\" is none of met, video, "
			    "phone, sponsor, directory, none",
			    word.item[i]);
			continue;
		}
		for (size_t k = 0; k < r->keys.count; k++)
			if (word.count == 1 || k == i)
				r->verified[k] = v;
	}
	strs_free(&word);
}

/* The piece without blanks around it; NULL where nothing is left. */
static char *
trimmed(const char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	return len == 0 ? NULL : xstrndup(text, len);
}

static void
table_fill(struct table *t, struct contact_csv_row *r, const char *const *cell)
{
	char *class = trimmed(cell[COLUMN_CLASS]);
	struct err why = {0};

	r->contact.name = trimmed(cell[COLUMN_NAME]);
	r->contact.organisation = trimmed(cell[COLUMN_ORGANISATION]);
	r->contact.language = trimmed(cell[COLUMN_LANG]);
	strs_split(&r->contact.addresses, cell[COLUMN_ADDRESS], ";");
	strs_split(&r->contact.roles, cell[COLUMN_ROLE], ";");
	strs_split(&r->contact.tags, cell[COLUMN_TAG], ";");
	strs_split(&r->keys, cell[COLUMN_KEY], ";");
	table_verified(t, r, cell[COLUMN_VERIFIED]);
	if (class == NULL || !class_parse(class, &r->contact.class))
		csv_error(&t->csv, r->line,
		    "class: \"%.40s\" is none of staff, constituent, vendor, "
		    "coordinator, isac, first, partner, finder, public",
		    class == NULL ? "" : class);
	if (contact_check(&r->contact, &why) == -1)
		csv_error(&t->csv, r->line, "%s", why.text);
	free(class);
}

static void
table_take_row(struct table *t, const struct strs *cells)
{
	const char *cell[COLUMNS];
	struct contact_csv_row *r;

	if (cells->count != t->columns) {
		csv_error(&t->csv, t->csv.row_line,
		    "%zu cells, the header row has %zu", cells->count,
		    t->columns);
		return;
	}
	for (size_t i = 0; i < COLUMNS; i++)
		cell[i] = "";
	for (size_t i = 0; i < t->columns; i++)
		cell[t->column[i]] = cells->item[i];
	t->row = xgrow(t->row, t->rows, sizeof(*t->row));
	r = &t->row[t->rows++];
	*r = (struct contact_csv_row){.line = t->csv.row_line};
	table_fill(t, r, cell);
}

struct table_address {
	char *fold;
	int line;
};

static int
table_address_cmp(const void *a, const void *b)
{
	const struct table_address *x = a, *y = b;
	int order = strcmp(x->fold, y->fold);

	return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

/* The same address in two rows would make one of them fail much later. */
static void
table_check_twice(struct table *t)
{
	struct table_address *list = NULL;
	size_t count = 0;

	for (size_t i = 0; i < t->rows; i++) {
		const struct strs *l = &t->row[i].contact.addresses;

		for (size_t j = 0; j < l->count; j++) {
			char *fold = contact_address_fold(l->item[j]);

			if (fold == NULL)
				continue;
			list = xgrow(list, count, sizeof(*list));
			list[count++] = (struct table_address){
			    .fold = fold, .line = t->row[i].line};
		}
	}
	if (count > 0)
		qsort(list, count, sizeof(*list), table_address_cmp);
	for (size_t i = 1; i < count; i++)
		if (strcmp(list[i - 1].fold, list[i].fold) == 0 &&
		    list[i - 1].line != list[i].line)
			csv_error(&t->csv, list[i].line,
			    "address: %s is in line %d already", list[i].fold,
			    list[i - 1].line);
	for (size_t i = 0; i < count; i++)
		free(list[i].fold);
	free(list);
}

/* The first row that is not empty. Without it nothing else can be judged. */
static bool
table_parse_header(struct table *t)
{
	struct strs cells = {0};
	bool good = true;

	while (good && t->columns == 0 && t->csv.left > 0) {
		good = csv_read_row(&t->csv, &cells);
		if (good && !csv_row_is_empty(&cells))
			table_header(t, &cells);
		strs_free(&cells);
	}
	if (good && t->columns == 0)
		csv_error(&t->csv, t->csv.line, "there is no header row");
	return t->csv.errors->count == 0;
}

static void
table_parse(struct table *t)
{
	struct strs cells = {0};

	if (!table_parse_header(t))
		return;
	while (t->csv.left > 0 && t->rows <= CONTACT_CSV_ROWS_MAX) {
		if (csv_read_row(&t->csv, &cells) && !csv_row_is_empty(&cells))
			table_take_row(t, &cells);
		strs_free(&cells);
	}
	if (t->rows > CONTACT_CSV_ROWS_MAX)
		csv_error(&t->csv, t->csv.row_line, "over %d rows",
		    CONTACT_CSV_ROWS_MAX);
}

int
contact_csv_parse(const void *data, size_t len, struct contact_csv_row **out,
    size_t *count, struct strs *errors, struct err *e)
{
	struct table t = {
	    .csv = {.p = data, .left = len, .line = 1, .errors = errors}};
	int bad;

	*out = NULL;
	*count = 0;
	strs_free(errors);
	if (len > CONTACT_CSV_MAX)
		csv_error(&t.csv, 1, "file over %u bytes", CONTACT_CSV_MAX);
	else if ((bad = csv_bad_utf8(data, len)) != 0)
		csv_error(&t.csv, bad, "not UTF-8");
	else {
		if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
			t.csv.p += 3;
			t.csv.left -= 3;
		}
		table_parse(&t);
		table_check_twice(&t);
	}
	if (errors->count > 0) {
		contact_csv_free(t.row, t.rows);
		return err_set(e, ERR_DATA, "%zu mistake%s: %s", errors->count,
		    errors->count == 1 ? "" : "s", errors->item[0]);
	}
	*out = t.row;
	*count = t.rows;
	return 0;
}

void
contact_csv_free(struct contact_csv_row *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		contact_free(&row[i].contact);
		strs_free(&row[i].keys);
		free(row[i].verified);
	}
	free(row);
}

static void
put_strs(struct buf *out, const struct strs *l)
{
	char *joined = strs_join(l, ";");

	csv_put(out, joined, ',');
	free(joined);
}

void
contact_csv_write_header(struct buf *out)
{
	for (size_t i = 0; i < COLUMNS; i++)
		csv_put(out, column_names[i], i + 1 < COLUMNS ? ',' : '\n');
}

void
contact_csv_write(struct buf *out, const struct contact *c)
{
	struct strs key = {0}, verified = {0};

	for (size_t i = 0; i < c->keys; i++) {
		strs_add(&key, c->key[i].fingerprint);
		strs_add(&verified, verified_name(c->key[i].verified));
	}
	csv_put(out, c->name, ',');
	put_strs(out, &c->addresses);
	csv_put(out, class_name(c->class), ',');
	csv_put(out, c->organisation == NULL ? "" : c->organisation, ',');
	put_strs(out, &key);
	put_strs(out, &verified);
	put_strs(out, &c->roles);
	put_strs(out, &c->tags);
	csv_put(out, c->language == NULL ? "" : c->language, '\n');
	strs_free(&key);
	strs_free(&verified);
}
