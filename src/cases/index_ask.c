#include "cases/index_inside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"

static void
set_put(struct index_set *s, int64_t message)
{
	int64_t i = message % INDEX_PART;

	s->bit[i / 8] |= (unsigned char)(1U << (i % 8));
}

bool
index_set_has(const struct index_set *s, int64_t message)
{
	int64_t i = message % INDEX_PART;

	return (s->bit[i / 8] >> (i % 8) & 1) != 0;
}

int
index_parts(
    struct index *x, bool cases, int64_t **part, size_t *count, struct err *e)
{
	const int64_t first = INDEX_CASES / INDEX_PART;

	return db_get_ids(x->db, part, count, e,
	    "SELECT CAST(substr(name, 6) AS INTEGER) FROM sqlite_master"
	    " WHERE name GLOB 'part_*' AND sql LIKE 'CREATE VIRTUAL TABLE%'"
	    " AND (CAST(substr(name, 6) AS INTEGER) >= ?) = ?"
	    " ORDER BY 1 DESC",
	    "ii", first, (int64_t)cases);
}

/* Numbers of entries, the first column of a walk; old ones are told apart. */
static int
set_walk(struct index_set *out, struct db_row *row, struct err *e)
{
	int rc;

	while ((rc = db_step(row, e)) == 1)
		set_put(out, db_int(row, 0) / INDEX_VERSIONS);
	return rc;
}

static int64_t
part_first(int64_t part)
{
	return index_entry_id(part * INDEX_PART, 0);
}

int
index_between(struct index *x, int64_t part, int64_t from, int64_t until,
    struct index_set *out, struct err *e)
{
	struct db_row *row;

	memset(out, 0, sizeof(*out));
	if (db_query(x->db, &row, e,
		"SELECT id FROM entry WHERE id >= ? AND id < ? AND at >= ?"
		" AND at < ?",
		"iiii", part_first(part), part_first(part + 1), from,
		until) == -1)
		return -1;
	return set_walk(out, row, e);
}

int
index_all(struct index *x, int64_t part, struct index_set *out, struct err *e)
{
	return index_between(x, part, INT64_MIN, INT64_MAX, out, e);
}

/* "{a b} : "run"", where a run may hold the quote, which is doubled then. */
static void
match_words(unsigned columns, const struct buf *run, struct buf *out)
{
	buf_puts(out, "{");
	for (int i = 0; i < INDEX_COLUMNS; i++)
		if ((columns >> i & 1) != 0)
			buf_putf(out, " %s", index_column_name(i));
	buf_puts(out, "} : \"");
	for (size_t i = 0; i < run->len; i++) {
		if (run->data[i] == '"')
			buf_putc(out, '"');
		buf_putc(out, run->data[i]);
	}
	buf_puts(out, "\"");
}

static int
match_start(struct index *x, struct db_row **row, int64_t part,
    unsigned columns, const struct buf *run, struct err *e)
{
	char *sql = xasprintf("SELECT rowid FROM part_%lld WHERE part_%lld"
			      " MATCH ? AND rowid NOT IN (SELECT id FROM old)",
	    (long long)part, (long long)part);
	struct buf words;
	int rc;

	buf_init(&words, 2 * run->len + 128);
	match_words(columns, run, &words);
	rc = db_query(x->db, row, e, sql, "s", buf_str(&words));
	free(sql);
	buf_free(&words);
	return rc;
}

int
index_match(struct index *x, int64_t part, unsigned columns,
    const struct buf *run, struct index_set *out, struct err *e)
{
	struct db_row *row;

	memset(out, 0, sizeof(*out));
	if (run->len == 0)
		return 0;
	if (match_start(x, &row, part, columns, run, e) == -1)
		return -1;
	return set_walk(out, row, e);
}

int
index_size(struct index *x, int64_t *messages, int64_t *bytes, struct err *e)
{
	if (db_get_int(x->db, messages, 0, e,
		"SELECT (SELECT count(*) FROM entry WHERE id < ?1) -"
		" (SELECT count(*) FROM old WHERE id < ?1)",
		"i", index_entry_id(INDEX_CASES, 0)) == -1)
		return -1;
	return db_get_int(x->db, bytes, 0, e,
	    "SELECT page_count * page_size FROM pragma_page_count,"
	    " pragma_page_size",
	    "");
}
