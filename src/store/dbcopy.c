#include "store/dbcopy.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#define DBCOPY_WAIT 30000 /* milliseconds for a database that is busy */
#define DBCOPY_PAGES 1024 /* between two calls of step */

static int
dbcopy_error(sqlite3 *sql, int rc, const char *what, struct err *e)
{
	return err_set(e, ERR_TEMP, "%s: %s", what,
	    sql == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(sql));
}

static int
dbcopy_open(sqlite3 **out, const char *path, struct err *e)
{
	int rc = sqlite3_open_v2(
	    path, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc != SQLITE_OK)
		return dbcopy_error(*out, rc, path, e);
	(void)sqlite3_busy_timeout(*out, DBCOPY_WAIT);
	return 0;
}

static int
dbcopy_run(sqlite3 *sql, const char *text, struct err *e)
{
	int rc = sqlite3_exec(sql, text, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : dbcopy_error(sql, rc, "database", e);
}

/*
 * The reader's view begins while nobody can write; it stays that one, however
 * much is written while the pages are copied.
 */
static int
dbcopy_freeze(
    const char *from, sqlite3 *reader, const struct dbcopy *c, struct err *e)
{
	sqlite3 *lock = NULL;
	int rc = -1;

	if (dbcopy_open(&lock, from, e) == 0 &&
	    dbcopy_run(lock, "BEGIN IMMEDIATE", e) == 0 &&
	    dbcopy_run(
		reader, "BEGIN; SELECT count(*) FROM sqlite_schema", e) == 0)
		rc = c->frozen == NULL ? 0 : c->frozen(c->ctx, e);
	(void)sqlite3_close(lock); /* undoes its empty transaction */
	return rc;
}

static int
dbcopy_pages(
    sqlite3 *reader, sqlite3 *out, const struct dbcopy *c, struct err *e)
{
	sqlite3_backup *b = sqlite3_backup_init(out, "main", reader, "main");
	int rc;

	if (b == NULL)
		return dbcopy_error(out, SQLITE_ERROR, "copy", e);
	do {
		rc = sqlite3_backup_step(b, DBCOPY_PAGES);
		if (c->step != NULL && (rc == SQLITE_OK || rc == SQLITE_DONE))
			c->step(c->ctx,
			    sqlite3_backup_pagecount(b) -
				sqlite3_backup_remaining(b),
			    sqlite3_backup_pagecount(b));
	} while (rc == SQLITE_OK);
	(void)sqlite3_backup_finish(b);
	return rc == SQLITE_DONE ? 0 : dbcopy_error(out, rc, "copy", e);
}

/* The file is ours before SQLite writes into it, and nobody else's to read. */
static int
dbcopy_create(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1)
		return err_set(e, ERR_DATA, "%s: %m", path);
	if (close(fd) == -1)
		return err_set(e, ERR_TEMP, "%s: %m", path);
	return 0;
}

int
dbcopy_make(
    const char *from, const char *to, const struct dbcopy *c, struct err *e)
{
	sqlite3 *reader = NULL, *out = NULL;
	int rc = -1;

	if (dbcopy_create(to, e) == -1)
		return -1;
	if (dbcopy_open(&reader, from, e) == 0 &&
	    dbcopy_freeze(from, reader, c, e) == 0 &&
	    dbcopy_open(&out, to, e) == 0)
		rc = dbcopy_pages(reader, out, c, e);
	if (sqlite3_close(out) != SQLITE_OK && rc == 0)
		rc = err_set(e, ERR_TEMP, "%s: cannot be closed", to);
	(void)sqlite3_close(reader);
	if (rc == -1)
		(void)unlink(to);
	return rc;
}
