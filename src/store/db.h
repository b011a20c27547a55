/*
 * db.h - the one handle on the database (SQLite: WAL, synchronous FULL,
 * foreign keys on).
 *
 * SQL stands only in the file of the noun that owns the table. Values are
 * bound, never written into SQL. A busy database is waited for here (up to 30
 * seconds, then ERR_TEMP); a full disk is ERR_TEMP too; anything else that
 * SQLite says of our own SQL is ERR_BUG. A damaged database is ERR_TEMP: no
 * message is at fault, and all of it goes on once a copy is restored.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct db;
struct db_row; /* a statement that is being walked */

/*
 * For a process that forks often, before it opens any: the pages that SQLite
 * remembers lie where a child has none of them. Else each fork has to mark
 * them, and each that is written afterwards is copied. Without memory for that,
 * nothing changes.
 */
void db_pages_without_children(void);

/*
 * Opens the database and brings its schema up to date (store/schema.c);
 * create makes it where it is absent (0600), else that is ERR_NOINPUT.
 * ERR_CONFIG where it was written by a newer version.
 */
int db_open(struct db **out, const char *path, bool create, struct err *e);

/*
 * Opens another program's database, to be read alone: nothing in it is run or
 * written, whatever it holds. Errors as db_open's.
 */
int db_open_foreign(struct db **out, const char *path, struct err *e);

/* Ends all walks, undoes an open transaction; NULL is fine. */
void db_close(struct db *db);

/*
 * As db_open, of a file beside the database that can be made anew from it
 * (cases/index.h), and has tables of its own; the tokenizer of blind.h is
 * known. It is made where it is absent. A power cut may take its last commits
 * (synchronous NORMAL), until it is scrubbed or closed.
 */
int db_open_beside(struct db **out, const char *path, struct err *e);

/*
 * IMMEDIATE transactions. db_rollback is fine where none is open; a commit
 * that failed was rolled back. Write while a walk is open only inside a
 * transaction that began before the walk: elsewhere the walk's view may be
 * older than what another process wrote, and SQLite refuses (ERR_TEMP).
 */
int db_begin(struct db *db, struct err *e);
int db_commit(struct db *db, struct err *e);
void db_rollback(struct db *db);

/*
 * One view of the database for many reads, up to db_view_end: SQLite locks and
 * unlocks the file for each statement otherwise, which made a third of the
 * processor time of judging 1,000 members. To write inside fails (ERR_TEMP).
 * A transaction that is open already is the view, and stays open.
 */
struct db_view {
	struct db *db; /* NULL: another transaction is the view */
};
int db_view_begin(struct db *db, struct db_view *view, struct err *e);
void db_view_end(struct db_view *view);
bool db_in_transaction(const struct db *db);

/*
 * Empties the write-ahead log into the database, so that what was destroyed
 * or overwritten is in neither. Outside a transaction.
 */
int db_scrub(struct db *db, struct err *e);

/*
 * Keeps the write-ahead log's files, emptied, when the database is closed: a
 * process that is confined cannot remove them, and frames left in them could
 * be taken for those of a database brought back from a backup.
 */
void db_keep_log(struct db *db);

/*
 * Reads all of the database, but the order of its indexes. ERR_DATA with the
 * first complaint where it is not whole.
 */
int db_check(struct db *db, struct err *e);

/*
 * Runs statements that take no values and give no rows, once: what sets the
 * database up. For schema.c, db.c and whoever has tables that come and go.
 */
int db_script(struct db *db, const char *sql, struct err *e);

/*
 * Runs sql, a string literal that is prepared once and kept. types has one
 * letter for each value that follows and each '?' in sql: 'i' int64_t, 's'
 * const char * (NULL allowed), 'b' const struct buf * (NULL allowed).
 */
int db_run(
    struct db *db, struct err *e, const char *sql, const char *types, ...);

/* As db_run; *id is the new row's. */
int db_insert(struct db *db, int64_t *id, struct err *e, const char *sql,
    const char *types, ...);

/* How many rows the last db_run changed. */
int64_t db_changed(const struct db *db);

/*
 * Starts a walk: 'out' is to be stepped until it gives 0 or -1, or ended by
 * db_end. A walk inside a walk of the same sql is fine.
 */
int db_query(struct db *db, struct db_row **out, struct err *e, const char *sql,
    const char *types, ...);

/* 1: a row; 0: no more, -1: failed, and the walk has ended in both. */
int db_step(struct db_row *row, struct err *e);
void db_end(struct db_row *row); /* NULL is fine */

/*
 * The column, from 0, of the row that db_step gave. Text and bytes are borrowed
 * until the next step; *len is in bytes.
 */
int64_t db_int(const struct db_row *row, int column);
const char *db_text(const struct db_row *row, int column); /* NULL for NULL */
const void *db_blob(const struct db_row *row, int column, size_t *len);
bool db_is_null(const struct db_row *row, int column);

/* The one integer that sql gives, or otherwise where there is no row. */
int db_get_int(struct db *db, int64_t *value, int64_t otherwise, struct err *e,
    const char *sql, const char *types, ...);

/*
 * The integers that sql gives, in order: *id is an array of *count, the
 * caller's to free; NULL and 0 where there are none.
 */
int db_get_ids(struct db *db, int64_t **id, size_t *count, struct err *e,
    const char *sql, const char *types, ...);

#endif
