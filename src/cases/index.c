#include "cases/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strs.h"
#include "cases/index_inside.h"
#include "cases/terms.h"

#define INDEX_FORM 2 /* of the file and of its terms; another is made anew */
#define INDEX_EXACT_MAX 2048 /* bytes of a whole term */

/* A hash that nothing is asked by: it parts two texts of one column. */
static const unsigned char index_gap[BLIND_TERM] = "\xff\xff gap \xff\xff";

const char *
index_column_name(int column)
{
	static const char *const name[INDEX_COLUMNS] = {
	    "subject", "text", "attached", "sender", "recipient", "exact"};

	return name[column];
}

/* --- the file --------------------------------------------------------------
 */

static int
index_drop_parts(struct index *x, struct err *e)
{
	struct strs name = {0};
	struct db_row *row;
	int rc;

	if (db_query(x->db, &row, e,
		"SELECT name FROM sqlite_master WHERE name GLOB 'part_*'"
		" AND sql LIKE 'CREATE VIRTUAL TABLE%'",
		"") == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		strs_add(&name, db_text(row, 0));
	for (size_t i = 0; i < name.count && rc == 0; i++) {
		char *sql = xasprintf("DROP TABLE %s", name.item[i]);

		rc = db_script(x->db, sql, e);
		free(sql);
	}
	strs_free(&name);
	return rc;
}

/* Entries that another one of the same message came after are old. */
static const char index_tables[] =
    "DROP TABLE IF EXISTS state; DROP TABLE IF EXISTS entry;"
    "DROP TABLE IF EXISTS old; DROP TABLE IF EXISTS forgotten;"
    "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1),"
    " mark INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT;"
    "INSERT INTO state VALUES (1, 0, 0);"
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    " sum BLOB NOT NULL) STRICT;"
    "CREATE TABLE old (id INTEGER PRIMARY KEY) STRICT;"
    "CREATE TABLE forgotten (vault_key INTEGER PRIMARY KEY) STRICT;";

static int
index_make(struct index *x, struct err *e)
{
	char *form;
	int rc;

	if (index_drop_parts(x, e) == -1 ||
	    db_script(x->db, index_tables, e) == -1)
		return -1;
	form = xasprintf("PRAGMA user_version = %d", INDEX_FORM);
	rc = db_script(x->db, form, e);
	free(form);
	return rc;
}

static int
index_form(struct index *x, int64_t *form, struct err *e)
{
	return db_get_int(x->db, form, 0, e, "PRAGMA user_version", "");
}

/* Somebody else may have made it while we waited. */
static int
index_prepare(struct index *x, struct err *e)
{
	int64_t form;
	int rc;

	if (index_form(x, &form, e) == -1)
		return -1;
	if (form == INDEX_FORM)
		return 0;
	if (db_begin(x->db, e) == -1)
		return -1;
	rc = index_form(x, &form, e);
	if (rc == 0 && form != INDEX_FORM)
		rc = index_make(x, e);
	if (rc == 0)
		return db_commit(x->db, e);
	db_rollback(x->db);
	return -1;
}

int
index_open(struct index **out, const char *path, struct vault *v, struct err *e)
{
	struct index *x = xcalloc(1, sizeof(*x));
	unsigned char hash[32];

	*out = NULL;
	if (v != NULL) {
		vault_hash(v, "search", "", 0, hash);
		memcpy(x->key, hash, sizeof(x->key));
		sodium_memzero(hash, sizeof(hash));
	}
	if (db_open_beside(&x->db, path, e) == -1 ||
	    index_prepare(x, e) == -1) {
		index_close(x);
		return err_in(e, "search index");
	}
	*out = x;
	return 0;
}

void
index_close(struct index *x)
{
	if (x == NULL)
		return;
	db_close(x->db);
	sodium_memzero(x->key, sizeof(x->key));
	free(x);
}

int
index_clear(struct index *x, struct err *e)
{
	if (db_begin(x->db, e) == -1)
		return -1;
	if (index_make(x, e) == 0)
		return db_commit(x->db, e) == -1 ? -1 : db_scrub(x->db, e);
	db_rollback(x->db);
	return -1;
}

int
index_mark(struct index *x, int64_t *mark, struct err *e)
{
	return db_get_int(x->db, mark, 0, e, "SELECT mark FROM state", "");
}

int
index_set_mark(struct index *x, int64_t mark, struct err *e)
{
	return db_run(
	    x->db, e, "UPDATE state SET mark = ?, tries = 0", "i", mark);
}

int
index_try(struct index *x, int64_t *before, struct err *e)
{
	if (db_begin(x->db, e) == -1)
		return -1;
	if (db_get_int(x->db, before, 0, e, "SELECT tries FROM state", "") ==
		0 &&
	    db_run(x->db, e, "UPDATE state SET tries = tries + 1", "") == 0)
		return db_commit(x->db, e);
	db_rollback(x->db);
	return -1;
}

int
index_begin(struct index *x, struct err *e)
{
	return db_begin(x->db, e);
}

int
index_commit(struct index *x, struct err *e)
{
	return db_commit(x->db, e);
}

int
index_view_begin(struct index *x, struct db_view *view, struct err *e)
{
	return db_view_begin(x->db, view, e);
}

void
index_rollback(struct index *x)
{
	db_rollback(x->db);
}

/* --- terms as hashes --------------------------------------------------------
 */

static void
index_hash(const struct index *x, const char *term, size_t len,
    unsigned char out[crypto_shorthash_siphashx24_BYTES])
{
	(void)crypto_shorthash_siphashx24(
	    out, (const unsigned char *)term, len, x->key);
}

void
index_entry_init(struct index_entry *n, int64_t message)
{
	*n = (struct index_entry){.message = message};
	for (int i = 0; i < INDEX_COLUMNS; i++)
		buf_init(&n->column[i],
		    (size_t)2 * (INDEX_POSITIONS + 1) * BLIND_GROUP);
}

void
index_entry_free(struct index_entry *n)
{
	for (int i = 0; i < INDEX_COLUMNS; i++)
		buf_free(&n->column[i]);
	*n = (struct index_entry){0};
}

/* A text whose terms are written down. */
struct index_writing {
	struct index *x;
	struct index_entry *n;
	struct buf *to;
};

static bool
index_write(void *context, const char *term, size_t len, bool same)
{
	struct index_writing *w = context;
	unsigned char hash[crypto_shorthash_siphashx24_BYTES];

	if (!same && w->n->positions >= INDEX_POSITIONS) {
		w->n->truncated = true;
		return false;
	}
	index_hash(w->x, term, len, hash);
	blind_put(w->to, hash, same);
	w->n->positions += same ? 0 : 1;
	return true;
}

void
index_entry_text(struct index *x, struct index_entry *n,
    enum index_column column, const char *text, size_t len)
{
	struct index_writing w = {x, n, &n->column[column]};

	if (w.to->len > 0)
		blind_put(w.to, index_gap, false);
	terms_walk(text, len, TERMS_STORE, index_write, &w);
}

static void
index_exact(
    struct index *x, struct buf *run, const char *name, const char *value)
{
	unsigned char hash[crypto_shorthash_siphashx24_BYTES];
	struct buf term;

	buf_init(&term, INDEX_EXACT_MAX);
	buf_puts(&term, name);
	buf_putc(&term, ':');
	for (; *value != '\0'; value++)
		buf_putc(&term, *value >= 'A' && *value <= 'Z'
				    ? *value + ('a' - 'A')
				    : (unsigned char)*value);
	index_hash(x, buf_str(&term), term.len, hash);
	blind_put(run, hash, false);
	buf_free(&term);
}

void
index_entry_exact(
    struct index *x, struct index_entry *n, const char *name, const char *value)
{
	if (n->positions >= INDEX_POSITIONS) {
		n->truncated = true;
		return;
	}
	n->positions++;
	index_exact(x, &n->column[INDEX_EXACT], name, value);
}

struct index_asking {
	struct index *x;
	struct buf *run;
};

static bool
index_ask(void *context, const char *term, size_t len, bool same)
{
	struct index_asking *a = context;
	unsigned char hash[crypto_shorthash_siphashx24_BYTES];

	index_hash(a->x, term, len, hash);
	blind_put(a->run, hash, same);
	return true;
}

void
index_ask_text(struct index *x, struct buf *run, const char *text, size_t len)
{
	struct index_asking a = {x, run};

	terms_walk(text, len, TERMS_ASK, index_ask, &a);
}

void
index_ask_exact(
    struct index *x, struct buf *run, const char *name, const char *value)
{
	index_exact(x, run, name, value);
}

/* --- writing ----------------------------------------------------------------
 */

static int
index_has_part(struct index *x, int64_t part, bool *has, struct err *e)
{
	char *name = xasprintf("part_%lld", (long long)part);
	int64_t one;
	int rc = db_get_int(x->db, &one, 0, e,
	    "SELECT 1 FROM sqlite_master WHERE name = ?", "s", name);

	free(name);
	*has = rc == 0 && one == 1;
	return rc;
}

/* When one begins, the one before it is as good as whole. */
static int
index_need_part(struct index *x, int64_t part, struct err *e)
{
	bool has, before = false;
	char *sql;
	int rc;

	if (index_has_part(x, part, &has, e) == -1 ||
	    (!has && index_has_part(x, part - 1, &before, e) == -1))
		return -1;
	if (has)
		return 0;
	if (before && index_merge(x, part - 1, e) == -1)
		return -1;
	/* Neither texts nor their lengths are kept, which nobody asks for. */
	sql = xasprintf(
	    "CREATE VIRTUAL TABLE part_%lld USING fts5(subject, text, attached,"
	    " sender, recipient, exact, content = '', columnsize = 0,"
	    " tokenize = '" BLIND_TOKENIZER "')",
	    (long long)part);
	rc = db_script(x->db, sql, e);
	free(sql);
	return rc;
}

#define INDEX_SUM 16 /* bytes */

/* Of what is found of a message: the same is left as it is. */
static void
index_sum(const struct index_entry *n, unsigned char out[INDEX_SUM])
{
	crypto_generichash_state state;
	struct buf at;

	buf_init(&at, 32);
	buf_putf(&at, "%lld", (long long)n->at);
	(void)crypto_generichash_init(&state, NULL, 0, INDEX_SUM);
	(void)crypto_generichash_update(&state, at.data, at.len);
	for (int i = 0; i < INDEX_COLUMNS; i++) {
		const struct buf *run = &n->column[i];

		/* with its NUL, which parts it from the next one */
		(void)crypto_generichash_update(
		    &state, (const unsigned char *)buf_str(run), run->len + 1);
	}
	(void)crypto_generichash_final(&state, out, INDEX_SUM);
	buf_free(&at);
}

/* The newest entry of a message, 0: it has none; whether it has that sum. */
static int
index_newest(struct index *x, int64_t message,
    const unsigned char sum[INDEX_SUM], int64_t *id, bool *same, struct err *e)
{
	struct db_row *row;
	const void *bytes;
	size_t len;
	int rc;

	*id = 0;
	*same = false;
	if (db_query(x->db, &row, e,
		"SELECT id, sum FROM entry WHERE id BETWEEN ? AND ?"
		" ORDER BY id DESC LIMIT 1",
		"ii", index_entry_id(message, 0),
		index_entry_id(message, INDEX_VERSIONS - 1)) == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	*id = db_int(row, 0);
	bytes = db_blob(row, 1, &len);
	*same = len == INDEX_SUM && memcmp(bytes, sum, len) == 0;
	db_end(row);
	return 0;
}

/* The number of the entry that is written next; older ones are marked. */
static int
index_next(struct index *x, int64_t message, int64_t newest, int64_t *id,
    struct err *e)
{
	int64_t entry[INDEX_VERSIONS];

	*id = newest == 0 ? index_entry_id(message, 0) : newest + 1;
	if (newest == 0)
		return 0;
	if (*id < index_entry_id(message, INDEX_VERSIONS))
		return db_run(
		    x->db, e, "INSERT INTO old (id) VALUES (?)", "i", newest);
	for (int i = 0; i < INDEX_VERSIONS; i++)
		entry[i] = index_entry_id(message, i);
	*id = entry[0];
	return index_remove(
	    x, index_part_of(message), entry, INDEX_VERSIONS, e);
}

static int
index_insert(struct index *x, int64_t id, const struct index_entry *n,
    const unsigned char sum[INDEX_SUM], struct err *e)
{
	const struct buf *c = n->column;
	struct buf kept;
	char *sql = xasprintf(
	    "INSERT INTO part_%lld (rowid, subject, text, attached, sender,"
	    " recipient, exact) VALUES (?, ?, ?, ?, ?, ?, ?)",
	    (long long)index_part_of(n->message));
	int rc;

	buf_init(&kept, INDEX_SUM);
	buf_put(&kept, sum, INDEX_SUM);
	rc = db_run(x->db, e, sql, "issssss", id, buf_str(&c[INDEX_SUBJECT]),
	    buf_str(&c[INDEX_TEXT]), buf_str(&c[INDEX_ATTACHED]),
	    buf_str(&c[INDEX_SENDER]), buf_str(&c[INDEX_RECIPIENT]),
	    buf_str(&c[INDEX_EXACT]));
	if (rc == 0)
		rc = db_run(x->db, e,
		    "INSERT INTO entry (id, at, sum) VALUES (?, ?, ?)", "iib",
		    id, n->at, &kept);
	free(sql);
	buf_free(&kept);
	return rc;
}

int
index_put(struct index *x, const struct index_entry *n, struct err *e)
{
	unsigned char sum[INDEX_SUM];
	int64_t newest, id;
	bool same;

	index_sum(n, sum);
	if (index_newest(x, n->message, sum, &newest, &same, e) == -1)
		return -1;
	if (same)
		return 0;
	if (index_need_part(x, index_part_of(n->message), e) == -1 ||
	    index_next(x, n->message, newest, &id, e) == -1)
		return -1;
	return index_insert(x, id, n, sum, e);
}
