#include "cli/restore_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/private_folder.h"
#include "cli/session.h"
#include "config/config_load.h"
#include "pgp/folder.h"

#define CONFIG_TEXT_MAX (4U << 20) /* bytes of one configuration file */
#define ARCHIVE_ENDING ".tar.gpg"

/* --- which backup ------------------------------------------------------------
 */

static bool
find_ends(const char *name, const char *ending)
{
	size_t len = strlen(name), n = strlen(ending);

	return len > n && strcmp(name + len - n, ending) == 0;
}

/* Whether its signed text lies beside it: it was written last. */
static bool
find_signed(const char *folder, const char *name)
{
	char *path = xasprintf("%s/%.*s.txt", folder,
	    (int)(strlen(name) - strlen(ARCHIVE_ENDING)), name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

/* Their names have the time in them: the last is the newest. One without its
 * text, as a backup leaves that was killed, counts where there is no other. */
static int
find_newest(const char *folder, char **archive, struct err *e)
{
	const struct dirent *entry;
	bool is_signed = false;
	char *newest = NULL;
	DIR *d = opendir(folder);

	if (d == NULL)
		return err_set(e, ERR_NOINPUT, "%s: %m", folder);
	while ((entry = readdir(d)) != NULL) {
		const char *name = entry->d_name;
		bool text;

		if (strncmp(name, "noroshi-", 8) != 0 ||
		    !find_ends(name, ARCHIVE_ENDING))
			continue;
		text = find_signed(folder, name);
		if (newest != NULL &&
		    (text < is_signed ||
			(text == is_signed && strcmp(name, newest) <= 0)))
			continue;
		free(newest);
		newest = xstrdup(name);
		is_signed = text;
	}
	(void)closedir(d);
	if (newest == NULL)
		return err_set(e, ERR_NOINPUT, "%s: no backup in it", folder);
	*archive = xasprintf("%s/%s", folder, newest);
	free(newest);
	return 0;
}

/* The path, or NULL where nothing is there; takes it. */
static char *
find_there(char *path)
{
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

int
restore_files_find(
    const char *from, char **archive, char **text, char **erased, struct err *e)
{
	struct stat st;
	char *slash;

	if (stat(from, &st) == -1)
		return err_set(e, ERR_NOINPUT, "%s: %m", from);
	if (!S_ISDIR(st.st_mode))
		*archive = strchr(from, '/') != NULL ? xstrdup(from)
						     : xasprintf("./%s", from);
	else if (find_newest(from, archive, e) == -1)
		return -1;
	if (find_ends(*archive, ARCHIVE_ENDING)) {
		char *stem = xstrndup(
		    *archive, strlen(*archive) - strlen(ARCHIVE_ENDING));

		*text = find_there(xasprintf("%s.txt", stem));
		free(stem);
	}
	slash = strrchr(*archive, '/');
	*erased = find_there(
	    xasprintf("%.*s/erased.txt", (int)(slash - *archive), *archive));
	return 0;
}

/* --- into which folder -------------------------------------------------------
 */

/* An empty folder is as good as none: the rename takes its place. */
static int
target_is_free(const char *to, struct err *e)
{
	const struct dirent *entry;
	bool empty = true;
	DIR *d = opendir(to);

	if (d == NULL)
		return errno == ENOENT ? 0 : err_set(e, ERR_DATA, "%s: %m", to);
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			empty = false;
	(void)closedir(d);
	return empty ? 0
		     : err_set(e, ERR_DATA,
			   "%s is not empty: a gateway wants a folder of its"
			   " own",
			   to);
}

int
restore_files_target(const char *to, char **part, struct err *e)
{
	size_t len = strlen(to);

	if (target_is_free(to, e) == -1)
		return -1;
	while (len > 1 && to[len - 1] == '/')
		len--;
	*part = xasprintf("%.*s.part", (int)len, to);
	return 0;
}

void
restore_files_drop(const char *part)
{
	folder_remove(part);
}

int
restore_files_finish(const char *part, const char *to, struct err *e)
{
	char *parent = xstrdup(part), *slash = strrchr(parent, '/');
	int dir, made = open(part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (slash == NULL) {
		free(parent);
		parent = xstrdup(".");
	} else {
		slash[slash == parent ? 1 : 0] = '\0';
	}
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (made == -1 || syncfs(made) == -1)
		rc = err_set(e, ERR_TEMP, "%s: %m", part);
	else if (rename(part, to) == -1)
		rc = err_set(e, ERR_TEMP, "%s: %m", to);
	else if (dir == -1 || fsync(dir) == -1)
		rc = err_set(e, ERR_TEMP, "%s: %m", parent);
	if (made != -1)
		(void)close(made);
	if (dir != -1)
		(void)close(dir);
	free(parent);
	return rc;
}

/* --- the configuration
 * --------------------------------------------------------- */

/* What lies where in a backup. */
static const struct moved {
	const char *name, *path;
} moved[] = {{"database", "noroshi.db"}, {"gnupg", "gnupg"}, {"spool", "spool"},
    {"outbox", "outbox"}};

#define MOVED (sizeof(moved) / sizeof(moved[0]))

/* The setting that the line gives, where it is one of those; or NULL. */
static const struct moved *
config_moves(const char *line)
{
	line += strspn(line, " \t");
	for (size_t i = 0; i < MOVED; i++) {
		size_t n = strlen(moved[i].name);
		char after = '\0';

		if (strncmp(line, moved[i].name, n) == 0)
			after = line[n + strspn(line + n, " \t")];
		if (after == '=' || after == ':')
			return &moved[i];
	}
	return NULL;
}

static void
config_rewrite(const struct buf *text, struct buf *out)
{
	const char *p = buf_str(text), *end = p + text->len;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t len =
		    lf == NULL ? (size_t)(end - p) : (size_t)(lf - p) + 1;
		char *line = xstrndup(p, len);
		const struct moved *m = config_moves(line);

		if (m == NULL)
			buf_put(out, p, len);
		else
			buf_putf(out, "%s = \"%s\";\n", m->name, m->path);
		free(line);
		p += len;
	}
}

/* path, and what ends with NULL below it; those that are there are fine. */
static int
config_folders(const char *path, const char *const *sub, struct err *e)
{
	for (size_t i = 0; sub[i] != NULL; i++) {
		char *folder = xasprintf("%s%s", path, sub[i]);
		int rc = private_folder_make(AT_FDCWD, folder, e);

		free(folder);
		if (rc == -1)
			return -1;
	}
	return 0;
}

static int
config_maildir(const char *path, struct err *e)
{
	static const char *const sub[] = {"", "/tmp", "/new", "/cur", NULL};

	return config_folders(path, sub, e);
}

/* Maildirs below the gateway's folder came with no backup, and are empty. */
static int
config_maildirs(const char *file, const char *part, struct err *e)
{
	size_t n = strlen(part);
	struct config *c;
	int rc;

	if (config_load(&c, file, NULL, e) == -1)
		return -1;
	rc = config_maildir(c->outbox, e);
	for (size_t i = 0; i < c->intakes && rc == 0; i++) {
		const char *path = c->intake[i].path;

		if (path != NULL && strncmp(path, part, n) == 0 &&
		    path[n] == '/')
			rc = config_maildir(path, e);
	}
	config_free(c);
	return rc;
}

int
restore_files_config(const char *part, struct err *e)
{
	static const char *const sub[] = {
	    "/gnupg", "/gnupg/private-keys-v1.d", "/spool", NULL};
	char *file = xasprintf("%s/noroshi.conf", part), real[PATH_MAX];
	struct buf text, changed;
	int rc;

	buf_init(&text, CONFIG_TEXT_MAX);
	buf_init(&changed, 2 * CONFIG_TEXT_MAX);
	rc = session_read_file(file, &text, e);
	if (rc == 0) {
		config_rewrite(&text, &changed);
		rc = folder_write(part, "noroshi.conf", &changed, e);
	}
	if (rc == 0)
		rc = config_folders(part, sub, e);
	if (rc == 0 && realpath(part, real) == NULL)
		rc = err_set(e, ERR_TEMP, "%s: %m", part);
	if (rc == 0)
		rc = config_maildirs(file, real, e);
	buf_free(&text);
	buf_free(&changed);
	free(file);
	return rc;
}

int
restore_files_check(const struct config *c, const char *part, struct err *e)
{
	const char *const path[MOVED] = {
	    c->database, c->gnupg, c->spool, c->outbox};
	struct stat here, there;

	for (size_t i = 0; i < MOVED; i++) {
		char *expected = xasprintf("%s/%s", part, moved[i].path);
		bool same =
		    stat(expected, &here) == 0 && stat(path[i], &there) == 0 &&
		    here.st_ino == there.st_ino && here.st_dev == there.st_dev;

		free(expected);
		if (!same)
			return err_set(e, ERR_CONFIG,
			    "%s is set in a file that noroshi.conf includes;"
			    " a restore moves it in noroshi.conf alone",
			    moved[i].name);
	}
	return 0;
}
