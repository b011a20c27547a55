#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/blind.h"
#include "store/schema.h"

#define DB_BUSY_MS 30000 /* waited for a busy database before giving up */
#define DB_PAUSE_MAX_MS 50 /* between two tries */
#define DB_PAGE 4096 /* bytes, SQLite's default */
#define DB_PAGES 1024 /* twice what SQLite remembers of one database */
#define DB_BUCKETS 64 /* of the statement cache; a power of two */

/* A cached statement; what a caller walks is the statement itself. */
struct db_row {
	struct db_row *next;
	struct db *db;
	char *sql;
	sqlite3_stmt *stmt;
	bool used; /* somebody walks it now */
};

struct db {
	sqlite3 *sql;
	struct db_row *bucket[DB_BUCKETS];
	int64_t busy_since; /* ms, clock_monotonic_ms */
	int64_t changed;
};

void
db_pages_without_children(void)
{
	int head = 0;
	size_t size;
	void *p;

	if (sqlite3_config(SQLITE_CONFIG_PCACHE_HDRSZ, &head) != SQLITE_OK)
		return;
	size = (DB_PAGE + (size_t)head + 7) / 8 * 8;
	p = mmap(NULL, size * DB_PAGES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return;
	if (madvise(p, size * DB_PAGES, MADV_DONTFORK) == -1 ||
	    sqlite3_config(SQLITE_CONFIG_PAGECACHE, p, (int)size, DB_PAGES) !=
		SQLITE_OK)
		(void)munmap(p, size * DB_PAGES);
}

static void
db_pause(int tries)
{
	int ms = tries < DB_PAUSE_MAX_MS ? tries + 1 : DB_PAUSE_MAX_MS;
	struct timespec ts = {.tv_nsec = ms * 1000000L};

	(void)nanosleep(&ts, NULL);
}

static int
db_busy(void *arg, int tries)
{
	struct db *db = arg;

	if (tries == 0)
		db->busy_since = clock_monotonic_ms();
	if (clock_monotonic_ms() - db->busy_since > DB_BUSY_MS)
		return 0;
	db_pause(tries);
	return 1;
}

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

static int
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

/*
 * Going over to WAL needs the file alone, and SQLite refuses at once, without
 * asking the busy handler, where two openers would wait for each other.
 */
static int
db_use_wal(struct db *db, struct err *e)
{
	int64_t start = clock_monotonic_ms();
	int rc;

	for (int tries = 0;; tries++) {
		rc = sqlite3_exec(
		    db->sql, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if ((rc & 0xff) != SQLITE_BUSY ||
		    clock_monotonic_ms() - start > DB_BUSY_MS)
			break;
		db_pause(tries);
	}
	return rc == SQLITE_OK ? 0 : db_fail(db, rc, "journal_mode", e);
}

static int
db_configure(struct db *db, struct err *e)
{
	static const int on[] = {
	    SQLITE_DBCONFIG_DEFENSIVE, SQLITE_DBCONFIG_ENABLE_FKEY};
	static const int off[] = {SQLITE_DBCONFIG_TRUSTED_SCHEMA,
	    SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_DQS_DML};

	sqlite3_extended_result_codes(db->sql, 1);
	sqlite3_busy_handler(db->sql, db_busy, db);
	for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++)
		sqlite3_db_config(db->sql, on[i], 1, NULL);
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		sqlite3_db_config(db->sql, off[i], 0, NULL);
	if (db_script(db, "PRAGMA cell_size_check = ON", e) == -1 ||
	    db_use_wal(db, e) == -1)
		return -1;
	/* secure_delete: a destroyed key leaves no copy in a free page */
	return db_script(db,
	    "PRAGMA synchronous = FULL;"
	    "PRAGMA secure_delete = ON;"
	    "PRAGMA temp_store = MEMORY;"
	    "PRAGMA journal_size_limit = 67108864",
	    e);
}

/*
 * Makes the file with our mode; SQLite gives its log the same. A file that is
 * there is not opened here: closing it would drop this process's locks on it.
 */
static int
db_create(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1)
		return errno == EEXIST ? 0
				       : err_set(e, ERR_TEMP, "%s: %m", path);
	if (close(fd) == -1)
		return err_set(e, ERR_TEMP, "%s: %m", path);
	return 0;
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

static int
db_open_file(struct db **out, const char *path, bool create, struct err *e)
{
	struct db *db = xcalloc(1, sizeof(*db));
	int rc;

	*out = NULL;
	if (create && db_create(path, e) == -1)
		goto fail;
	rc = sqlite3_open_v2(
	    path, &db->sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK) {
		if (access(path, F_OK) == -1 && errno == ENOENT)
			err_set(e, ERR_NOINPUT, "%s: no such database", path);
		else
			err_set(
			    e, ERR_TEMP, "%s: %s", path, sqlite3_errstr(rc));
		goto fail;
	}
	if (db_configure(db, e) == -1) {
		err_in(e, "%s", path);
		goto fail;
	}
	*out = db;
	return 0;
fail:
	db_close(db);
	return -1;
}

int
db_open(struct db **out, const char *path, bool create, struct err *e)
{
	struct db *db;

	*out = NULL;
	if (db_open_file(&db, path, create, e) == -1)
		return -1;
	if (schema_migrate(db, e) == -1) {
		db_close(db);
		return err_in(e, "%s", path);
	}
	*out = db;
	return 0;
}

int
db_open_beside(struct db **out, const char *path, struct err *e)
{
	struct db *db;
	int rc;

	*out = NULL;
	if (db_open_file(&db, path, true, e) == -1)
		return -1;
	rc = blind_register(db->sql);
	if (rc != SQLITE_OK)
		(void)db_fail(db, rc, "FTS5", e);
	else
		rc = db_script(db, "PRAGMA synchronous = NORMAL", e);
	if (rc != 0) {
		db_close(db);
		return err_in(e, "%s", path);
	}
	*out = db;
	return 0;
}

int
db_open_foreign(struct db **out, const char *path, struct err *e)
{
	struct db *db = xcalloc(1, sizeof(*db));
	int rc;

	*out = NULL;
	rc = sqlite3_open_v2(
	    path, &db->sql, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK) {
		err_set(e, ERR_NOINPUT, "%s: %s", path, sqlite3_errstr(rc));
		goto fail;
	}
	(void)sqlite3_db_config(db->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(
	    db->sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(db->sql, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	if (db_script(db,
		"PRAGMA query_only = ON;"
		"PRAGMA cell_size_check = ON",
		e) == -1) {
		err_in(e, "%s", path);
		goto fail;
	}
	*out = db;
	return 0;
fail:
	db_close(db);
	return -1;
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
