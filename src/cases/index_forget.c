#include "cases/index_inside.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define FORGET_TERMS (1U << 30) /* bytes of one entry's terms */

int
index_merge(struct index *x, int64_t part, struct err *e)
{
	char *sql = xasprintf("INSERT INTO part_%lld (part_%lld) VALUES"
			      " ('optimize')",
	    (long long)part, (long long)part);
	int rc = db_run(x->db, e, sql, "");

	free(sql);
	return rc;
}

/* --- which terms an entry has, as the part itself tells it ------------------
 */

/* An entry that goes, with the run of its terms. */
struct forgetting_one {
	int64_t entry;
	enum index_column column; /* one that it has terms in */
	struct buf run;
};

struct forgetting {
	struct forgetting_one *item; /* by entry, ascending */
	size_t count;
};

static struct forgetting_one *
forget_find(struct forgetting *f, int64_t entry)
{
	size_t low = 0, high = f->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (f->item[middle].entry == entry)
			return &f->item[middle];
		if (f->item[middle].entry < entry)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/*
 * A term comes once for each of its places, next to each other. FTS5 keeps
 * count of the places in each column, and refuses to take out more than there
 * are; so all terms are said to stand in one.
 */
static void
forget_note(struct forgetting_one *f, const char *column, const void *term)
{
	struct buf *run = &f->run;

	if (run->len >= BLIND_GROUP &&
	    memcmp(run->data + run->len - BLIND_TERM, term, BLIND_TERM) == 0)
		return;
	for (int i = 0; run->len == 0 && i < INDEX_COLUMNS; i++)
		if (strcmp(column, index_column_name(i)) == 0)
			f->column = (enum index_column)i;
	blind_put_stored(run, term, run->len > 0);
}

/*
 * The walk is over all terms of the part. A key is not asked: it may be gone,
 * and with it what the terms were made of.
 */
static int
forget_read(struct index *x, struct forgetting *f, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(x->db, &row, e, "SELECT term, doc, col FROM temp.terms",
		"") == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		struct forgetting_one *one = forget_find(f, db_int(row, 1));
		const void *term;
		size_t len;

		if (one == NULL)
			continue;
		term = db_blob(row, 0, &len);
		if (len == BLIND_TERM)
			forget_note(one, db_text(row, 2), term);
	}
	return rc;
}

static int
forget_open(struct index *x, int64_t part, struct err *e)
{
	char *sql = xasprintf("DROP TABLE IF EXISTS temp.terms;"
			      "CREATE VIRTUAL TABLE temp.terms USING"
			      " fts5vocab('main', 'part_%lld', 'instance')",
	    (long long)part);
	int rc = db_script(x->db, sql, e);

	free(sql);
	return rc;
}

static int
forget_entry(struct index *x, int64_t part, const struct forgetting_one *f,
    struct err *e)
{
	char *sql;
	int rc = 0;

	if (f->run.over)
		return err_set(e, ERR_BUG, "entry %lld: too many terms",
		    (long long)f->entry);
	/* contentless: what is taken out has to be said (fts5.html, 6.2) */
	sql = xasprintf("INSERT INTO part_%lld (part_%lld, rowid, %s)"
			" VALUES ('delete', ?, ?)",
	    (long long)part, (long long)part, index_column_name(f->column));
	if (f->run.len > 0)
		rc = db_run(x->db, e, sql, "is", f->entry, buf_str(&f->run));
	free(sql);
	if (rc == 0)
		rc = db_run(
		    x->db, e, "DELETE FROM entry WHERE id = ?", "i", f->entry);
	if (rc == 0)
		rc = db_run(
		    x->db, e, "DELETE FROM old WHERE id = ?", "i", f->entry);
	return rc;
}

int
index_remove(struct index *x, int64_t part, const int64_t *entry, size_t count,
    struct err *e)
{
	struct forgetting f = {xcalloc(count, sizeof(*f.item)), count};
	int rc;

	for (size_t i = 0; i < count; i++) {
		f.item[i].entry = entry[i];
		buf_init(&f.item[i].run, FORGET_TERMS);
	}
	rc = forget_open(x, part, e);
	if (rc == 0)
		rc = forget_read(x, &f, e);
	if (rc == 0)
		rc = db_script(x->db, "DROP TABLE temp.terms", e);
	for (size_t i = 0; i < count; i++) {
		if (rc == 0)
			rc = forget_entry(x, part, &f.item[i], e);
		buf_free(&f.item[i].run);
	}
	free(f.item);
	return rc == 0 ? index_merge(x, part, e) : -1;
}

/* --- messages --------------------------------------------------------------
 */

static int
forget_compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The entries of messages that lie in part, in order; the caller's array. */
static int
forget_entries(struct index *x, int64_t part, const int64_t *message,
    size_t messages, int64_t **entry, size_t *count, struct err *e)
{
	struct db_row *row;
	int rc = 0;

	*entry = NULL;
	*count = 0;
	for (size_t i = 0; i < messages && rc == 0; i++) {
		if (index_part_of(message[i]) != part)
			continue;
		if (db_query(x->db, &row, e,
			"SELECT id FROM entry WHERE id BETWEEN ? AND ?"
			" ORDER BY id",
			"ii", index_entry_id(message[i], 0),
			index_entry_id(message[i], INDEX_VERSIONS - 1)) == -1)
			return -1;
		while ((rc = db_step(row, e)) == 1) {
			*entry = xgrow(*entry, *count, sizeof(**entry));
			(*entry)[(*count)++] = db_int(row, 0);
		}
	}
	return rc;
}

static int
forget_part(struct index *x, int64_t part, const int64_t *message,
    size_t messages, struct err *e)
{
	int64_t *entry;
	size_t count;
	int rc = forget_entries(x, part, message, messages, &entry, &count, e);

	if (rc == 0 && count > 0)
		rc = index_remove(x, part, entry, count, e);
	free(entry);
	return rc;
}

static int
forget_messages(
    struct index *x, const int64_t *message, size_t count, struct err *e)
{
	int64_t *sorted, last = -1;
	int rc = 0;

	if (count == 0)
		return 0;
	sorted = xmemdup(message, count * sizeof(*message));
	qsort(sorted, count, sizeof(*sorted), forget_compare);
	for (size_t i = 0; i < count && rc == 0; i++) {
		int64_t part = index_part_of(sorted[i]);

		if (part == last)
			continue;
		rc = forget_part(x, part, sorted, count, e);
		last = part;
	}
	free(sorted);
	return rc;
}

/* --- messages of keys that were destroyed -----------------------------------
 */

struct forget_list {
	int64_t *item;
	size_t count;
};

static void
forget_add(struct forget_list *l, int64_t id)
{
	l->item = xgrow(l->item, l->count, sizeof(*l->item));
	l->item[l->count++] = id;
}

/* Keys whose end the index has not heard of. */
static int
forget_new_keys(struct index *x, const int64_t *key, size_t count,
    struct forget_list *fresh, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		int64_t known;

		if (db_get_int(x->db, &known, 0, e,
			"SELECT 1 FROM forgotten WHERE vault_key = ?", "i",
			key[i]) == -1)
			return -1;
		if (known == 0)
			forget_add(fresh, key[i]);
	}
	return 0;
}

static int
forget_messages_of(struct db *db, const struct forget_list *key,
    struct forget_list *message, struct err *e)
{
	struct db_row *row;
	int rc = 0;

	for (size_t i = 0; i < key->count && rc == 0; i++) {
		if (db_query(db, &row, e,
			"SELECT id FROM message WHERE vault_key = ?1"
			" UNION ALL SELECT id + ?2 FROM cases"
			" WHERE vault_key = ?1",
			"ii", key->item[i], INDEX_CASES) == -1)
			return -1;
		while ((rc = db_step(row, e)) == 1)
			forget_add(message, db_int(row, 0));
	}
	return rc;
}

/* Older entries of cases: a note may have gone to another case since then, and
 * has that one's key. */
static int
forget_old_cases(struct index *x, struct err *e)
{
	struct forget_list old = {0};
	struct db_row *row;
	int rc;

	if (db_query(x->db, &row, e,
		"SELECT id FROM old WHERE id >= ?"
		" ORDER BY id",
		"i", index_entry_id(INDEX_CASES, 0)) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		forget_add(&old, db_int(row, 0));
	for (size_t i = 0, n; i < old.count && rc == 0; i += n) {
		int64_t part = index_part_of(old.item[i] / INDEX_VERSIONS);

		for (n = 1;
		     i + n < old.count &&
		     index_part_of(old.item[i + n] / INDEX_VERSIONS) == part;)
			n++;
		rc = index_remove(x, part, old.item + i, n, e);
	}
	free(old.item);
	return rc;
}

static int
forget_write(struct index *x, const struct forget_list *key,
    const struct forget_list *message, struct err *e)
{
	int rc;

	if (db_begin(x->db, e) == -1)
		return -1;
	rc = forget_messages(x, message->item, message->count, e);
	if (rc == 0)
		rc = forget_old_cases(x, e);
	for (size_t i = 0; i < key->count && rc == 0; i++)
		rc = db_run(x->db, e,
		    "INSERT OR IGNORE INTO forgotten (vault_key) VALUES (?)",
		    "i", key->item[i]);
	if (rc == 0)
		return db_commit(x->db, e) == -1 ? -1 : db_scrub(x->db, e);
	db_rollback(x->db);
	return err_in(e, "search index");
}

int
index_forget_destroyed(
    struct index *x, struct db *db, size_t *count, struct err *e)
{
	struct forget_list key = {0}, message = {0};
	int64_t *destroyed;
	size_t many;
	int rc;

	*count = 0;
	if (vault_keys_destroyed(db, &destroyed, &many, e) == -1)
		return -1;
	rc = forget_new_keys(x, destroyed, many, &key, e);
	if (rc == 0 && key.count > 0) {
		rc = forget_messages_of(db, &key, &message, e);
		if (rc == 0)
			rc = forget_write(x, &key, &message, e);
		*count = rc == 0 ? message.count : 0;
	}
	free(destroyed);
	free(key.item);
	free(message.item);
	return rc;
}

int
index_after_erase(const char *path, struct db *db, struct err *e)
{
	struct index *x;
	size_t count;
	int rc;

	if (access(path, F_OK) == -1)
		return 0;
	if (index_open(&x, path, NULL, e) == -1)
		return -1;
	rc = index_forget_destroyed(x, db, &count, e);
	index_close(x);
	return rc;
}
