#include "cli/gateway_files.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "policy/classify.h"

#define LEFT_SECONDS 86400 /* after which the queue sweeps spool/tmp */
#define RING "ring-cli-" /* and a process number: a command's ring */

static void
check_path(struct findings *f, const char *name, const char *path, bool folder,
    bool alone)
{
	struct stat st;

	if (stat(path, &st) == -1)
		findings_add(f, SEVERITY_ERROR, path,
		    folder ? "expected a folder as noroshi init makes it"
			   : "expected a file as noroshi init makes it",
		    "%s: %s", name, strerror(errno));
	else if (folder != (S_ISDIR(st.st_mode) != 0))
		findings_add(f, SEVERITY_ERROR, path,
		    folder ? "expected a folder" : "expected a file",
		    "%s: is none", name);
	else if (alone && (st.st_mode & 077) != 0)
		findings_add(f, SEVERITY_ERROR, path,
		    "expected chmod go= on it",
		    "%s: others may reach it (mode %04o)", name,
		    (unsigned)(st.st_mode & 07777));
}

static void
check_maildir(struct findings *f, const char *name, const char *path)
{
	static const char *const folders[] = {"tmp", "new", "cur"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char *sub = xasprintf("%s/%s", path, folders[i]);

		check_path(f, name, sub, true, false);
		free(sub);
	}
}

static void
check_program(struct findings *f, const struct config *c, const char *name)
{
	char *path = xasprintf("%s/%s", c->libexec, name);

	if (access(path, X_OK) == -1)
		findings_add(f, SEVERITY_ERROR, path,
		    "expected a program of Noroshi's; $NOROSHI_LIBEXEC names "
		    "its folder",
		    "%s", strerror(errno));
	free(path);
}

static void
check_rules(struct findings *f, const struct config *c)
{
	struct rules *rules = NULL;
	struct err e = {0};

	if (rules_compile(&rules, c, &e) == -1)
		findings_add(f, SEVERITY_ERROR, c->file,
		    "correct the rule; noroshi.conf(5) says what it may hold",
		    "%s", e.text);
	rules_free(rules);
}

void
gateway_files_check(const struct config *c, struct findings *f)
{
	char *vault = xasprintf("%s/vault.pgp", c->gnupg);
	char *keys = xasprintf("%s/private-keys-v1.d", c->gnupg);

	check_rules(f, c);
	check_path(f, "gnupg", c->gnupg, true, true);
	check_path(f, "gnupg", keys, true, true);
	check_path(f, "gnupg", vault, false, true);
	check_path(f, "database", c->database, false, true);
	check_path(f, "spool", c->spool, true, true);
	if (strcmp(c->transport, "file") == 0)
		check_maildir(f, "outbox", c->outbox);
	for (size_t i = 0; i < c->intakes; i++)
		if (strcmp(c->intake[i].type, "maildir") == 0)
			check_maildir(f, "intake", c->intake[i].path);
	if (c->team_key == NULL)
		findings_add(f, SEVERITY_ERROR, c->file,
		    "expected the fingerprint of the team's key",
		    "team.key: is not set");
	check_program(f, c, "noroshi-gpg");
	free(vault);
	free(keys);
}

/* A folder's entries; what see is told of each. */
struct walk {
	const struct config *config;
	struct findings *findings;
	const char *folder;
	size_t count; /* how many see took for its own */
};

static void
walk(struct walk *w, const char *folder,
    void (*see)(struct walk *w, const char *name, const char *path))
{
	const struct dirent *entry;
	DIR *d = opendir(folder);

	w->folder = folder;
	w->count = 0;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		char *path;

		if (entry->d_name[0] == '.')
			continue;
		path = xasprintf("%s/%s", folder, entry->d_name);
		see(w, entry->d_name, path);
		free(path);
	}
	if (d != NULL)
		(void)closedir(d);
}

static void
see_secret(struct walk *w, const char *name, const char *path)
{
	(void)name;
	check_path(w->findings, "private key", path, false, true);
}

static void
see_revocation(struct walk *w, const char *name, const char *path)
{
	size_t len = strlen(name);

	if (len > 4 && strcmp(name + len - 4, ".rev") == 0)
		findings_add(w->findings, SEVERITY_WARNING, path,
		    "move it to a medium that is kept offline",
		    "a revocation certificate lies beside the key: who has it "
		    "can end the key");
}

static void
check_owner(struct findings *f, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && st.st_uid != geteuid())
		findings_add(f, SEVERITY_ERROR, path,
		    "chown it to the gateway's user, and call noroshi as that "
		    "user",
		    "belongs to user %lu, and this is user %lu",
		    (unsigned long)st.st_uid, (unsigned long)geteuid());
}

void
gateway_files_secrets(const struct config *c, struct findings *f)
{
	struct walk w = {.config = c, .findings = f};
	char *keys = xasprintf("%s/private-keys-v1.d", c->gnupg);
	char *vault = xasprintf("%s/vault.pgp", c->gnupg);
	char *revoke = xasprintf("%s/openpgp-revocs.d", c->gnupg);

	walk(&w, keys, see_secret);
	check_owner(f, c->gnupg);
	check_owner(f, keys);
	check_owner(f, vault);
	check_owner(f, c->database);
	check_owner(f, c->spool);
	walk(&w, revoke, see_revocation);
	free(keys);
	free(vault);
	free(revoke);
}

static void
see_half_written(struct walk *w, const char *name, const char *path)
{
	struct stat st;

	(void)name;
	if (lstat(path, &st) == 0 &&
	    st.st_mtime < clock_now(NULL) - LEFT_SECONDS)
		w->count++;
}

/* A command that was killed leaves its ring; its number says whether it is. */
static void
see_ring(struct walk *w, const char *name, const char *path)
{
	long pid;

	if (strncmp(name, RING, strlen(RING)) != 0)
		return;
	pid = strtol(name + strlen(RING), NULL, 10);
	if (pid > 0 && kill((pid_t)pid, 0) == -1 && errno == ESRCH)
		findings_add(w->findings, SEVERITY_WARNING, path, "remove it",
		    "a command that was killed left its key ring");
}

static void
check_writable(struct findings *f, const struct config *c, const char *name)
{
	char *path = config_spool(c, name);

	if (access(path, W_OK | X_OK) == -1 && errno != ENOENT)
		findings_add(f, SEVERITY_ERROR, path,
		    "chmod u=rwx,go= on it, as its owner",
		    "cannot be written to: %s", strerror(errno));
	free(path);
}

void
gateway_files_leftovers(const struct config *c, struct findings *f)
{
	static const char *const folders[] = {"tmp", "new", "store", "out"};
	struct walk w = {.config = c, .findings = f};
	char *tmp = config_spool(c, "tmp");

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		check_writable(f, c, folders[i]);
	walk(&w, tmp, see_half_written);
	if (w.count > 0)
		findings_add(f, SEVERITY_WARNING, tmp,
		    "start noroshid, which sweeps them",
		    "%zu half-written file%s of over a day", w.count,
		    w.count == 1 ? "" : "s");
	walk(&w, c->gnupg, see_ring);
	free(tmp);
}
