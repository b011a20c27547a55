#include "people/schleuder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "pgp/kbx.h"
#include "store/db.h"

char *
schleuder_list(const char *folder)
{
	char *path = xstrdup(folder), *local, *domain, *list = NULL;
	size_t len = strlen(path);

	while (len > 0 && path[len - 1] == '/')
		path[--len] = '\0';
	local = strrchr(path, '/');
	if (local != NULL) {
		*local++ = '\0';
		domain = strrchr(path, '/');
		domain = domain == NULL ? path : domain + 1;
		if (*local != '\0' && *domain != '\0')
			list = xasprintf("%s@%s", local, domain);
	}
	free(path);
	return list;
}

void
schleuder_free(struct schleuder_subscription *s, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(s[i].address);
		free(s[i].fingerprint);
	}
	free(s);
}

/* In upper case; NULL where it is none. */
static char *
schleuder_fingerprint(const char *text)
{
	char *f;

	if (text == NULL || (strlen(text) != 40 && strlen(text) != 64))
		return NULL;
	f = xstrdup(text);
	for (char *p = f; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 'a' + 'A');
	if (hex_is(f, strlen(f)))
		return f;
	free(f);
	return NULL;
}

/* Rails has written truth as 1 and as 't'. */
#define IS(column) "CAST(" column " AS TEXT) IN ('1', 't')"

static int
schleuder_walk(struct db *db, const char *list,
    struct schleuder_subscription **out, size_t *count, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT s.email, s.fingerprint, " IS("s.admin") ", " IS(
		    "s.delivery_enabled") " FROM subscriptions s JOIN lists l"
					  " ON l.id = s.list_id"
					  " WHERE lower(l.email) = lower(?)"
					  " ORDER BY s.id",
		"s", list) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1) {
		if (*count >= SCHLEUDER_SUBSCRIPTIONS_MAX) {
			db_end(row);
			return err_set(e, ERR_DATA, "over %d subscriptions",
			    SCHLEUDER_SUBSCRIPTIONS_MAX);
		}
		if (db_text(row, 0) == NULL)
			continue;
		*out = xgrow(*out, *count, sizeof(**out));
		(*out)[(*count)++] = (struct schleuder_subscription){
		    .address = xstrdup(db_text(row, 0)),
		    .fingerprint = schleuder_fingerprint(db_text(row, 1)),
		    .admin = db_int(row, 2) != 0,
		    .delivery = db_int(row, 3) != 0};
	}
	return rc;
}

int
schleuder_read(const char *path, const char *list,
    struct schleuder_subscription **out, size_t *count, struct err *e)
{
	struct db *db;
	int64_t lists = 0;
	int rc;

	*out = NULL;
	*count = 0;
	if (db_open_foreign(&db, path, e) == -1)
		return -1;
	rc = db_get_int(db, &lists, 0, e,
	    "SELECT COUNT(*) FROM lists WHERE lower(email) = lower(?)", "s",
	    list);
	if (rc == 0 && lists == 0)
		rc = err_set(e, ERR_NOINPUT, "%s: no list is %s", path, list);
	else if (rc == 0)
		rc = schleuder_walk(db, list, out, count, e);
	db_close(db);
	if (rc == 0)
		return 0;
	schleuder_free(*out, *count);
	*out = NULL;
	*count = 0;
	if (e->code != ERR_NOINPUT)
		e->code = ERR_DATA;
	return -1;
}

/* 1: read; 0: there is no such file; -1: failed. */
static int
schleuder_file(
    const char *folder, const char *name, struct buf *out, struct err *e)
{
	char *path = xasprintf("%s/%s", folder, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char piece[16384];
	ssize_t n = 0;
	int rc = 1;

	if (fd == -1)
		rc = errno == ENOENT ? 0
				     : err_set(e, ERR_NOINPUT, "%s: %m", path);
	while (rc == 1 && (n = read(fd, piece, sizeof(piece))) > 0)
		buf_put(out, piece, (size_t)n);
	if (n == -1)
		rc = err_set(e, ERR_NOINPUT, "%s: %m", path);
	else if (out->over)
		rc = err_set(
		    e, ERR_DATA, "%s: over %u bytes", path, SCHLEUDER_RING_MAX);
	if (fd != -1)
		(void)close(fd);
	free(path);
	return rc;
}

/* A record that is none is left out: gpg would not use it either. */
static int
schleuder_keybox(
    const struct buf *file, struct buf **out, size_t *count, struct err *e)
{
	const unsigned char *record;
	size_t at = 0, len;
	int rc;

	while ((rc = kbx_next(file, &at, &record, &len, e)) == 1) {
		struct err why = {0};
		struct buf key;

		buf_init(&key, KEY_MATERIAL_MAX);
		if (kbx_material(record, len, &key, &why) == -1) {
			buf_free(&key);
			continue;
		}
		*out = xgrow(*out, *count, sizeof(**out));
		(*out)[(*count)++] = key;
	}
	return rc;
}

int
schleuder_keys(
    const char *folder, struct buf **out, size_t *count, struct err *e)
{
	struct buf file;
	int rc;

	*out = NULL;
	*count = 0;
	buf_init(&file, SCHLEUDER_RING_MAX);
	rc = schleuder_file(folder, "pubring.kbx", &file, e);
	if (rc == 1) {
		rc = schleuder_keybox(&file, out, count, e);
		buf_free(&file);
		return rc;
	}
	if (rc == 0)
		rc = schleuder_file(folder, "pubring.gpg", &file, e);
	if (rc == 1) {
		*out = xgrow(NULL, 0, sizeof(**out));
		(*out)[(*count)++] = file;
		return 0;
	}
	buf_free(&file);
	return rc == -1 ? -1
			: err_set(e, ERR_NOINPUT,
			      "%s: no pubring.kbx and no pubring.gpg", folder);
}
