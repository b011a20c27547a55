#include "cli/backup_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/session.h"
#include "pgp/folder.h"
#include "store/spool.h"

#define CONFIG_TEXT_MAX (4U << 20) /* bytes of one configuration file */

/* --- at the moment of the copy ---------------------------------------------
 */

/* One that has just gone was not needed; one may be linked already. */
static int
link_one(const char *from, const char *to, const char *name, const char *ending,
    struct err *e)
{
	char *old = xasprintf("%s/%s%s", from, name, ending);
	char *new = xasprintf("%s/%s%s", to, name, ending);
	int rc = 0;

	if (link(old, new) == -1 && errno != ENOENT && errno != EEXIST)
		rc = err_set(e, ERR_TEMP, "%s: %m", new);
	free(old);
	free(new);
	return rc;
}

/*
 * Each file of from also in to. Bytes in spool/new have their envelope, however
 * late that was made, since this walk may have passed its place (spool.h).
 */
static int
link_folder(const char *from, const char *to, struct err *e)
{
	const struct dirent *entry;
	int rc = 0;
	DIR *d;

	if (mkdir(to, 0700) == -1)
		return err_set(e, ERR_TEMP, "%s: %m", to);
	d = opendir(from);
	if (d == NULL)
		return errno == ENOENT ? 0
				       : err_set(e, ERR_TEMP, "%s: %m", from);
	while (rc == 0 && (entry = readdir(d)) != NULL) {
		const char *name = entry->d_name;

		if (name[0] == '.')
			continue;
		rc = link_one(from, to, name, "", e);
		if (rc == 0 && strlen(name) == SPOOL_SHA - 1)
			rc = link_one(from, to, name, ".env", e);
	}
	(void)closedir(d);
	return rc;
}

int
backup_files_link(const struct config *c, const char *folder, struct err *e)
{
	static const char *const name[] = {"new", "out"};
	int rc = 0;

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]) && rc == 0; i++) {
		char *from = config_spool(c, name[i]);
		char *to = xasprintf("%s/%s", folder, name[i]);

		rc = link_folder(from, to, e);
		free(from);
		free(to);
	}
	return rc;
}

void
backup_files_drop(const char *folder)
{
	folder_remove(folder);
}

/* --- the archive ------------------------------------------------------------
 */

/* Each plain file of a folder, as name/its own name; ending: of it, or "". */
static int
add_folder(struct archive *a, const char *name, const char *path,
    const char *ending, struct err *e)
{
	const struct dirent *entry;
	size_t tail = strlen(ending);
	DIR *d = opendir(path);
	int rc = 0;

	if (d == NULL)
		return errno == ENOENT ? 0
				       : err_set(e, ERR_TEMP, "%s: %m", path);
	while (rc == 0 && (entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name);
		struct err why = {0};
		char *at, *file;

		if (entry->d_name[0] == '.' || len < tail ||
		    strcmp(entry->d_name + len - tail, ending) != 0)
			continue;
		at = xasprintf("%s/%s", name, entry->d_name);
		file = xasprintf("%s/%s", path, entry->d_name);
		/* One that has gone since belongs to no row of the copy. */
		if (archive_add(a, at, file, &why) == -1 &&
		    why.code != ERR_NOINPUT && why.code != ERR_DATA)
			rc = err_set(e, why.code, "%s", why.text);
		free(at);
		free(file);
	}
	(void)closedir(d);
	return rc;
}

/* A file that a setting names: below the configuration's folder, or left. */
static int
add_named(struct archive *a, const struct config *c, const char *path,
    struct strs *left, struct err *e)
{
	size_t n = strlen(c->directory);
	struct err why = {0};

	if (path == NULL)
		return 0;
	if (strncmp(path, c->directory, n) != 0 || path[n] != '/' ||
	    !archive_name_is_good(path + n + 1)) {
		strs_add(left, path);
		return 0;
	}
	if (archive_add(a, path + n + 1, path, &why) == 0)
		return 0;
	if (why.code != ERR_NOINPUT)
		return err_set(e, why.code, "%s", why.text);
	strs_add(left, path);
	return 0;
}

/* What noroshi.conf includes, by libconfig's lines of its own. */
static int
add_included(struct archive *a, const struct config *c, const char *line,
    struct strs *left, struct err *e)
{
	const char *from = strchr(line, '"'), *to;
	char *name, *path;
	int rc;

	to = from == NULL ? NULL : strchr(from + 1, '"');
	if (to == NULL)
		return 0;
	name = xstrndup(from + 1, (size_t)(to - from - 1));
	path = name[0] == '/' ? xstrdup(name)
			      : xasprintf("%s/%s", c->directory, name);
	rc = add_named(a, c, path, left, e);
	free(path);
	free(name);
	return rc;
}

static int
add_config(
    struct archive *a, const struct config *c, struct strs *left, struct err *e)
{
	struct strs lines = {0};
	struct buf text;
	int rc;

	buf_init(&text, CONFIG_TEXT_MAX);
	rc = session_read_file(c->file, &text, e);
	if (rc == 0)
		strs_split(&lines, buf_str(&text), "\n");
	for (size_t i = 0; i < lines.count && rc == 0; i++) {
		const char *line = lines.item[i];

		line += strspn(line, " \t");
		if (strncmp(line, "@include", 8) == 0)
			rc = add_included(a, c, line, left, e);
	}
	strs_free(&lines);
	buf_free(&text);
	return rc == 0 ? archive_add(a, "noroshi.conf", c->file, e) : -1;
}

/* The team's own texts and lists: a folder for each language. */
static int
add_texts(struct archive *a, const struct config *c, const char *folder,
    struct strs *left, struct err *e)
{
	static const char *const language[] = {"en", "ja"};
	size_t n = strlen(c->directory);
	int rc = 0;

	if (folder == NULL)
		return 0;
	if (strncmp(folder, c->directory, n) != 0 || folder[n] != '/') {
		strs_add(left, folder);
		return 0;
	}
	for (size_t i = 0; i < 2 && rc == 0; i++) {
		char *path = xasprintf("%s/%s", folder, language[i]);

		rc = add_folder(a, path + n + 1, path, "", e);
		free(path);
	}
	return rc;
}

static int
add_gnupg(struct archive *a, const struct config *c, struct err *e)
{
	char *vault = xasprintf("%s/vault.pgp", c->gnupg);
	char *keys = xasprintf("%s/private-keys-v1.d", c->gnupg);
	char *revoke = xasprintf("%s/openpgp-revocs.d", c->gnupg);
	int rc = archive_add(a, "gnupg/vault.pgp", vault, e);

	if (rc == 0)
		rc = add_folder(a, "gnupg/private-keys-v1.d", keys, ".key", e);
	if (rc == 0)
		rc = add_folder(a, "gnupg/openpgp-revocs.d", revoke, ".rev", e);
	free(vault);
	free(keys);
	free(revoke);
	return rc;
}

static int
add_spool(struct archive *a, const struct config *c, const char *folder,
    struct err *e)
{
	static const struct {
		const char *name;
		bool linked;
	} part[] = {
	    {"new", true}, {"out", true}, {"store", false}, {"blob", false}};
	int rc = 0;

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]) && rc == 0; i++) {
		char *name = xasprintf("spool/%s", part[i].name);
		char *path = part[i].linked
				 ? xasprintf("%s/%s", folder, part[i].name)
				 : config_spool(c, part[i].name);

		rc = add_folder(a, name, path, "", e);
		free(name);
		free(path);
	}
	return rc;
}

int
backup_files_add(const struct config *c, const char *database,
    const char *folder, struct archive *a, struct strs *left, struct err *e)
{
	if (add_config(a, c, left, e) == -1 ||
	    add_named(a, c, c->smtp_password_file, left, e) == -1 ||
	    add_named(a, c, c->smtp_ca_file, left, e) == -1 ||
	    add_texts(a, c, c->templates, left, e) == -1 ||
	    add_texts(a, c, c->checklists, left, e) == -1 ||
	    archive_add(a, "noroshi.db", database, e) == -1 ||
	    add_gnupg(a, c, e) == -1)
		return -1;
	return add_spool(a, c, folder, e);
}
