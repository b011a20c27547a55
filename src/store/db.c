#include "store/db_inside.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static enum err_code
db_code(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PROTOCOL:
	case SQLITE_NOMEM:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CORRUPT: /* until it is restored; no message is at fault */
	case SQLITE_NOTADB:
		return ERR_TEMP;
	default:
		return ERR_BUG;
	}
}

int
db_fail(struct db *db, int rc, const char *what, struct err *e)
{
	return err_set(e, db_code(rc), "database: %s: %s (%d)", what,
	    sqlite3_errmsg(db->sql), rc);
}

int
db_script(struct db *db, const char *sql, struct err *e)
{
	int rc = sqlite3_exec(db->sql, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_fail(db, rc, "setting up", e);
}

static unsigned
db_bucket(const char *sql)
{
	unsigned h = 2166136261U;

	for (; *sql != '\0'; sql++)
		h = (h ^ (unsigned char)*sql) * 16777619U;
	return (h ^ h >> 16) & (DB_BUCKETS - 1);
}

/* A statement that nobody walks, from the cache or prepared anew. */
static int
db_prepare(struct db *db, struct db_row **out, const char *sql, struct err *e)
{
	struct db_row **head = &db->bucket[db_bucket(sql)];
	struct db_row *row;
	sqlite3_stmt *stmt = NULL;
	const char *tail = NULL;
	int rc;

	for (row = *head; row != NULL; row = row->next) {
		if (!row->used && strcmp(row->sql, sql) == 0) {
			*out = row;
			return 0;
		}
	}
	rc = sqlite3_prepare_v3(
	    db->sql, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, &tail);
	if (rc != SQLITE_OK)
		return db_fail(db, rc, sql, e);
	if (stmt == NULL || *tail != '\0') {
		sqlite3_finalize(stmt);
		return err_set(
		    e, ERR_BUG, "database: not one statement: %s", sql);
	}
	row = xcalloc(1, sizeof(*row));
	*row = (struct db_row){
	    .next = *head, .db = db, .sql = xstrdup(sql), .stmt = stmt};
	*head = row;
	*out = row;
	return 0;
}

static int
db_bind_buf(sqlite3_stmt *stmt, int at, const struct buf *b,
    sqlite3_destructor_type life)
{
	if (b == NULL)
		return sqlite3_bind_null(stmt, at);
	if (b->len == 0)
		return sqlite3_bind_zeroblob(stmt, at, 0);
	return sqlite3_bind_blob64(stmt, at, b->data, b->len, life);
}

static int
db_bind(struct db_row *row, sqlite3_destructor_type life, const char *types,
    va_list ap, struct err *e)
{
	int count = sqlite3_bind_parameter_count(row->stmt);
	int rc = SQLITE_OK;

	if (strlen(types) != (size_t)count)
		return err_set(e, ERR_BUG, "database: %d values wanted: %s",
		    count, row->sql);
	for (int i = 0; rc == SQLITE_OK && i < count; i++) {
		switch (types[i]) {
		case 'i':
			rc = sqlite3_bind_int64(
			    row->stmt, i + 1, va_arg(ap, int64_t));
			break;
		case 's':
			rc = sqlite3_bind_text(row->stmt, i + 1,
			    va_arg(ap, const char *), -1, life);
			break;
		case 'b':
			rc = db_bind_buf(row->stmt, i + 1,
			    va_arg(ap, const struct buf *), life);
			break;
		default:
			rc = SQLITE_MISUSE;
		}
	}
	return rc == SQLITE_OK ? 0 : db_fail(row->db, rc, row->sql, e);
}

void
db_end(struct db_row *row)
{
	if (row == NULL || !row->used)
		return;
	sqlite3_reset(row->stmt);
	sqlite3_clear_bindings(row->stmt);
	row->used = false;
}

static int
db_start(struct db *db, struct db_row **out, sqlite3_destructor_type life,
    struct err *e, const char *sql, const char *types, va_list ap)
{
	struct db_row *row;

	*out = NULL;
	if (db_prepare(db, &row, sql, e) == -1)
		return -1;
	row->used = true;
	if (db_bind(row, life, types, ap, e) == -1) {
		db_end(row);
		return -1;
	}
	*out = row;
	return 0;
}

int
db_step(struct db_row *row, struct err *e)
{
	int rc;

	if (!row->used)
		return err_set(
		    e, ERR_BUG, "database: walked past its end: %s", row->sql);
	rc = sqlite3_step(row->stmt);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		db_fail(row->db, rc, row->sql, e);
	db_end(row);
	return rc == SQLITE_DONE ? 0 : -1;
}

static int
db_vrun(struct db *db, struct err *e, const char *sql, const char *types,
    va_list ap)
{
	struct db_row *row;
	int rc;

	/* what is bound outlives this call, so nothing needs a copy */
	if (db_start(db, &row, SQLITE_STATIC, e, sql, types, ap) == -1)
		return -1;
	do {
		rc = db_step(row, e);
	} while (rc == 1);
	db->changed = rc == 0 ? sqlite3_changes64(db->sql) : 0;
	return rc;
}

int
db_run(struct db *db, struct err *e, const char *sql, const char *types, ...)
{
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = db_vrun(db, e, sql, types, ap);
	va_end(ap);
	return rc;
}

int
db_insert(struct db *db, int64_t *id, struct err *e, const char *sql,
    const char *types, ...)
{
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = db_vrun(db, e, sql, types, ap);
	va_end(ap);
	if (rc == 0)
		*id = sqlite3_last_insert_rowid(db->sql);
	return rc;
}

int64_t
db_changed(const struct db *db)
{
	return db->changed;
}

int
db_query(struct db *db, struct db_row **out, struct err *e, const char *sql,
    const char *types, ...)
{
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = db_start(db, out, SQLITE_TRANSIENT, e, sql, types, ap);
	va_end(ap);
	return rc;
}

int64_t
db_int(const struct db_row *row, int column)
{
	return sqlite3_column_int64(row->stmt, column);
}

const char *
db_text(const struct db_row *row, int column)
{
	/* SQLite's text is bytes without a sign */
	return (const char *)sqlite3_column_text(row->stmt, column);
}

const void *
db_blob(const struct db_row *row, int column, size_t *len)
{
	const void *p = sqlite3_column_blob(row->stmt, column);

	*len = (size_t)sqlite3_column_bytes(row->stmt, column);
	return p;
}

bool
db_is_null(const struct db_row *row, int column)
{
	return sqlite3_column_type(row->stmt, column) == SQLITE_NULL;
}

int
db_get_int(struct db *db, int64_t *value, int64_t otherwise, struct err *e,
    const char *sql, const char *types, ...)
{
	struct db_row *row;
	va_list ap;
	int rc;

	va_start(ap, types);
	rc = db_start(db, &row, SQLITE_STATIC, e, sql, types, ap);
	if (rc == 0)
		rc = db_step(row, e);
	if (rc == 1 && !db_is_null(row, 0))
		otherwise = db_int(row, 0);
	db_end(row);
	va_end(ap);
	if (rc == -1)
		return -1;
	*value = otherwise;
	return 0;
}

int
db_get_ids(struct db *db, int64_t **id, size_t *count, struct err *e,
    const char *sql, const char *types, ...)
{
	struct db_row *row;
	va_list ap;
	int rc;

	*id = NULL;
	*count = 0;
	va_start(ap, types);
	rc = db_start(db, &row, SQLITE_STATIC, e, sql, types, ap);
	va_end(ap);
	if (rc == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		*id = xgrow(*id, *count, sizeof(**id));
		(*id)[(*count)++] = db_int(row, 0);
	}
	if (rc == -1) {
		free(*id);
		*id = NULL;
		*count = 0;
	}
	return rc;
}

bool
db_in_transaction(const struct db *db)
{
	return sqlite3_get_autocommit(db->sql) == 0;
}

int
db_begin(struct db *db, struct err *e)
{
	return db_run(db, e, "BEGIN IMMEDIATE", "");
}

int
db_commit(struct db *db, struct err *e)
{
	if (db_run(db, e, "COMMIT", "") == 0)
		return 0;
	db_rollback(db);
	return -1;
}

void
db_rollback(struct db *db)
{
	/* fails only where the disk does; the journal then undoes it */
	if (db_in_transaction(db))
		(void)db_run(db, NULL, "ROLLBACK", "");
}

int
db_view_begin(struct db *db, struct db_view *view, struct err *e)
{
	view->db = NULL;
	if (db_in_transaction(db))
		return 0;
	if (db_run(db, e, "PRAGMA query_only = ON", "") == -1 ||
	    db_run(db, e, "BEGIN DEFERRED", "") == -1) {
		(void)db_run(db, NULL, "PRAGMA query_only = OFF", "");
		return -1;
	}
	view->db = db;
	return 0;
}

void
db_view_end(struct db_view *view)
{
	if (view->db == NULL)
		return;
	db_rollback(view->db);
	(void)db_run(view->db, NULL, "PRAGMA query_only = OFF", "");
	view->db = NULL;
}

int
db_scrub(struct db *db, struct err *e)
{
	int rc = sqlite3_wal_checkpoint_v2(
	    db->sql, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_fail(db, rc, "emptying the log", e);
}

void
db_keep_log(struct db *db)
{
	int on = 1;

	(void)sqlite3_file_control(
	    db->sql, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
}

int
db_check(struct db *db, struct err *e)
{
	struct db_row *row;
	const char *text;
	int rc;

	if (db_query(db, &row, e, "PRAGMA quick_check(1)", "") == -1)
		return -1;
	rc = db_step(row, e);
	if (rc != 1)
		return rc;
	text = db_text(row, 0);
	if (text != NULL && strcmp(text, "ok") != 0)
		rc = err_set(e, ERR_DATA, "database: %s", text);
	db_end(row);
	return rc == -1 ? -1 : 0;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < DB_BUCKETS; i++) {
		struct db_row *row, *next;

		for (row = db->bucket[i]; row != NULL; row = next) {
			next = row->next;
			sqlite3_finalize(row->stmt);
			free(row->sql);
			free(row);
		}
	}
	sqlite3_close(db->sql);
	free(db);
}
