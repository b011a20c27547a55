/* db_open.c - how a database file is opened, and what SQLite is told first. */
#include "store/db_inside.h"

#include <errno.h>
#include <fcntl.h>
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
open_pause(int tries)
{
	int ms = tries < DB_PAUSE_MAX_MS ? tries + 1 : DB_PAUSE_MAX_MS;
	struct timespec ts = {.tv_nsec = ms * 1000000L};

	(void)nanosleep(&ts, NULL);
}

static int
open_busy(void *arg, int tries)
{
	struct db *db = arg;

	if (tries == 0)
		db->busy_since = clock_monotonic_ms();
	if (clock_monotonic_ms() - db->busy_since > DB_BUSY_MS)
		return 0;
	open_pause(tries);
	return 1;
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
		open_pause(tries);
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
	sqlite3_busy_handler(db->sql, open_busy, db);
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
