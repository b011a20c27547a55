#include "cases/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "config/category.h"
#include "store/restored.h"
#include "store/value.h"

#define CASE_TITLE_MAX 1024 /* bytes of a title that are kept */

void
case_free(struct case_file *c)
{
	free(c->name);
	free(c->title);
	free(c->state);
	free(c->priority);
	free(c->category);
	*c = (struct case_file){0};
}

void
case_context(char out[48], const char *what, int64_t id)
{
	(void)snprintf(out, 48, "case.%s:%lld", what, (long long)id);
}

static int
case_year(int64_t now)
{
	time_t t = (time_t)now;
	struct tm tm;

	return gmtime_r(&t, &tm) == NULL ? 1970 : tm.tm_year + 1900;
}

/* A title is cut at a whole code point. */
static size_t
case_title_len(const char *title)
{
	size_t len = strlen(title);

	if (len <= CASE_TITLE_MAX)
		return len;
	len = CASE_TITLE_MAX;
	while (len > 0 && ((unsigned char)title[len] & 0xc0) == 0x80)
		len--;
	return len;
}

int
case_create(struct db *db, struct vault *v, int64_t now,
    const struct case_new *n, struct case_file *out, struct err *e)
{
	int year = case_year(now);
	char context[48], *name = NULL;
	struct buf sealed;
	int64_t id, number, key;
	int rc = -1;

	buf_init(&sealed, 1 << 16);
	if (db_get_int(db, &number, 1, e,
		"SELECT max(COALESCE(MAX(number), 0) + 1, coalesce((SELECT"
		" CAST(value AS INTEGER) FROM meta WHERE name ="
		" 'floor_number_' || ?1), 0)) FROM cases WHERE year = ?1",
		"i", (int64_t)year) == -1 ||
	    db_get_int(db, &id, 1, e, "SELECT" RESTORED_NEXT("cases"), "") ==
		-1 ||
	    vault_key_create(v, &key, e) == -1)
		goto out;
	name = xasprintf("%s-%d-%04lld", n->prefix, year, (long long)number);
	case_context(context, "title", id);
	if (vault_seal(v, key, context, n->title, case_title_len(n->title),
		&sealed, e) == -1)
		goto out;
	if (db_run(db, e,
		"INSERT INTO cases (id, year, number, name, title_sealed,"
		" state, owner, priority, category, owed, opened_at, vault_key)"
		" VALUES (?, ?, ?, ?, ?, 'new', NULLIF(?, 0), ?, ?, ?, ?, ?)",
		"iiisbissiii", id, (int64_t)year, number, name, &sealed,
		n->owner, n->priority, n->category, (int64_t)n->owed, now,
		key) == -1)
		goto out;
	rc = case_get(db, v, id, out, e);
out:
	free(name);
	buf_free(&sealed);
	return rc;
}

/* The title; NULL where its key was destroyed. */
static int
case_title(struct vault *v, int64_t id, int64_t key, const void *sealed,
    size_t len, char **out, struct err *e)
{
	struct err why = {0};
	char context[48];
	struct buf title;

	buf_init_secret(&title, 1 << 16);
	case_context(context, "title", id);
	if (vault_unseal(v, key, context, sealed, len, &title, &why) == -1) {
		buf_free(&title);
		*out = NULL;
		if (why.code == ERR_NOINPUT)
			return 0;
		return err_set(e, why.code, "%s", why.text);
	}
	*out = xstrndup(buf_str(&title), title.len);
	buf_free(&title);
	return 0;
}

static int
case_from_row(const struct db_row *row, struct vault *v, struct case_file *c,
    struct err *e)
{
	const void *sealed;
	size_t len;

	*c = (struct case_file){.id = db_int(row, 0),
	    .name = xstrdup(db_text(row, 1)),
	    .state = xstrdup(db_text(row, 3)),
	    .owner = db_int(row, 4),
	    .priority = xstrdup(db_text(row, 5)),
	    .category = xstrdup_null(db_text(row, 6)),
	    .owed = db_int(row, 8) != 0,
	    .opened_at = db_int(row, 9),
	    .closed_at = db_int(row, 10),
	    .version = db_int(row, 11),
	    .vault_key = db_int(row, 12),
	    .apt_suspected = db_int(row, 13) != 0};
	if (db_text(row, 7) != NULL)
		c->has_label = noroshi_tlp_parse(db_text(row, 7), &c->label);
	if (v == NULL)
		return 0;
	sealed = db_blob(row, 2, &len);
	return case_title(v, c->id, c->vault_key, sealed, len, &c->title, e);
}

#define CASE_COLUMNS                                                           \
	"id, name, title_sealed, state, owner, priority, category, label,"     \
	" owed, opened_at, closed_at, version, vault_key,"                     \
	" EXISTS (SELECT 1 FROM case_tag t WHERE t.cases = cases.id"           \
	" AND t.tag = '" CASE_APT "')"

static int
case_one(struct db_row *row, struct vault *v, const char *what,
    struct case_file *out, struct err *e)
{
	int rc = db_step(row, e);

	*out = (struct case_file){0};
	if (rc == -1)
		return -1;
	if (rc == 0)
		return err_set(e, ERR_NOINPUT, "there is no case %s", what);
	rc = case_from_row(row, v, out, e);
	db_end(row);
	if (rc == -1)
		case_free(out);
	return rc;
}

int
case_get(struct db *db, struct vault *v, int64_t id, struct case_file *out,
    struct err *e)
{
	struct db_row *row;
	char what[24];

	(void)snprintf(what, sizeof(what), "%lld", (long long)id);
	if (db_query(db, &row, e,
		"SELECT " CASE_COLUMNS " FROM cases WHERE id = ?", "i",
		id) == -1)
		return -1;
	return case_one(row, v, what, out, e);
}

int
case_find(struct db *db, struct vault *v, const char *name,
    struct case_file *out, struct err *e)
{
	struct db_row *row;

	if (db_query(db, &row, e,
		"SELECT " CASE_COLUMNS " FROM cases"
		" WHERE name = UPPER(?1) OR CAST(id AS TEXT) = ?1",
		"s", name) == -1)
		return -1;
	return case_one(row, v, name, out, e);
}

int
case_list(struct db *db, const char *state, int64_t **id, size_t *count,
    struct err *e)
{
	return db_get_ids(db, id, count, e,
	    "SELECT id FROM cases WHERE ?1 IS NULL OR state = ?1"
	    " ORDER BY id",
	    "s", state);
}

int
case_version(struct db *db, int64_t id, int64_t *version, struct err *e)
{
	return db_get_int(db, version, 0, e,
	    "SELECT version FROM cases WHERE id = ?", "i", id);
}

int
case_update(struct db *db, const struct case_file *c, struct err *e)
{
	return db_run(db, e,
	    "UPDATE cases SET state = ?, owner = NULLIF(?, 0), priority = ?,"
	    " category = ?, owed = ?, closed_at = NULLIF(?, 0),"
	    " version = version + 1 WHERE id = ?",
	    "sissiii", c->state, c->owner, c->priority, c->category,
	    (int64_t)c->owed, c->closed_at, c->id);
}

int
case_titled_by(struct db *db, int64_t cases, int64_t *message, struct err *e)
{
	return db_get_int(db, message, 0, e,
	    "SELECT message FROM audit WHERE cases = ? AND message IS NOT NULL"
	    " AND event IN ('case.opened', 'case.split') ORDER BY id LIMIT 1",
	    "i", cases);
}

int
case_set_title(struct db *db, struct vault *v, const struct case_file *c,
    const char *title, struct err *e)
{
	struct buf sealed;
	char context[48];
	int rc;

	buf_init(&sealed, 1 << 16);
	case_context(context, "title", c->id);
	rc = vault_seal(
	    v, c->vault_key, context, title, case_title_len(title), &sealed, e);
	if (rc == 0)
		rc = db_run(db, e,
		    "UPDATE cases SET title_sealed = ?, version = version + 1"
		    " WHERE id = ?",
		    "bi", &sealed, c->id);
	buf_free(&sealed);
	return rc;
}

/* Who takes part decides what others may read. */
int
case_changed(struct db *db, int64_t id, struct err *e)
{
	return db_run(db, e,
	    "UPDATE cases SET version = version + 1 WHERE id = ?", "i", id);
}

bool
case_is_apt(const struct case_file *c)
{
	return c->apt_suspected ||
	       (c->category != NULL && strcmp(c->category, "apt") == 0);
}

void
case_floor(struct case_file *c)
{
	enum noroshi_tlp floor = NOROSHI_TLP_CLEAR;
	bool has = c->category != NULL && category_floor(c->category, &floor);

	if (c->apt_suspected && category_floor("apt", &floor))
		has = true;
	if (!has || (c->has_label && c->label >= floor))
		return;
	c->has_label = true;
	c->label = floor;
}

int
case_set_label(struct db *db, int64_t id, enum noroshi_tlp label, struct err *e)
{
	return db_run(db, e,
	    "UPDATE cases SET label = ?, version = version + 1 WHERE id = ?",
	    "si", noroshi_tlp_name(label), id);
}

int
case_note_add(struct db *db, struct vault *v, int64_t now, int64_t id,
    int64_t author, const char *text, struct err *e)
{
	struct buf sealed;
	int64_t key, note;
	char context[48];
	int rc = -1;

	buf_init(&sealed, 1 << 22);
	if (db_get_int(db, &key, 0, e,
		"SELECT vault_key FROM cases WHERE id = ?", "i", id) == -1 ||
	    db_get_int(db, &note, 1, e,
		"SELECT COALESCE(MAX(id), 0) + 1 FROM case_note", "") == -1)
		goto out;
	case_context(context, "note", note);
	if (vault_seal(v, key, context, text, strlen(text), &sealed, e) == -1)
		goto out;
	rc = db_run(db, e,
	    "INSERT INTO case_note (id, cases, author, at, text_sealed)"
	    " VALUES (?, ?, NULLIF(?, 0), ?, ?)",
	    "iiiib", note, id, author, now, &sealed);
out:
	buf_free(&sealed);
	return rc;
}

int
case_tag_add(struct db *db, int64_t id, const char *tag, struct err *e)
{
	return db_run(db, e,
	    "INSERT INTO case_tag (cases, tag) VALUES (?, ?)"
	    " ON CONFLICT (cases, tag) DO NOTHING",
	    "is", id, tag);
}

int
case_tag_remove(struct db *db, int64_t id, const char *tag, struct err *e)
{
	return db_run(db, e, "DELETE FROM case_tag WHERE cases = ? AND tag = ?",
	    "is", id, tag);
}
