#include "process/sandbox.h"

#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "process/kernel.h"
#include "process/landlock.h"
#include "process/syscalls.h"

#ifndef GPG_PATH
#define GPG_PATH "/usr/bin/gpg"
#endif

#define PORT_DNS 53

#define ALL (~0U)
#define INTAKE (1U << ROLE_INTAKE)
#define QUEUE (1U << ROLE_QUEUE)
#define WORKER (1U << ROLE_WORKER)
#define PARSER (1U << ROLE_PARSER)
#define DELIVER (1U << ROLE_DELIVER)
#define NETWORK (1U << ROLE_COUNT) /* who speaks to a server */

#define LIST LANDLOCK_MAY_LIST
#define READ LANDLOCK_MAY_READ
#define WRITE (LANDLOCK_MAY_READ | LANDLOCK_MAY_WRITE)
#define CHANGE (WRITE | LANDLOCK_MAY_CHANGE)
#define RUN LANDLOCK_MAY_RUN

enum place_base {
	BASE_ROOT, /* path is a pattern of glob(7) */
	BASE_SPOOL, /* path is below the spool; "" is the spool itself */
	BASE_GNUPG,
	BASE_LIBEXEC,
	BASE_RING, /* the worker's own; no path */
	BASE_DATABASE, /* its folder; no path */
	BASE_MAILDIRS, /* each source; no path */
	BASE_OUTBOX, /* no path */
	BASE_TEMPLATES, /* no path */
	BASE_CA_FILE /* of the server; no path */
};

struct place {
	unsigned roles;
	unsigned may;
	enum place_base base;
	const char *path;
};

/*
 * What each role may open; nothing else. The database is open already: SQLite
 * syncs its folder, and that folder holds keys and configuration too. gpg's
 * lines are the worker's, since it runs below it.
 */
static const struct place places[] = {
    {PARSER, READ, BASE_ROOT, "/usr/lib/*/gconv"},
    {PARSER, READ, BASE_ROOT, "/usr/lib*/gconv"},

    {INTAKE, CHANGE, BASE_SPOOL, "tmp"},
    {INTAKE, CHANGE, BASE_SPOOL, "new"},
    {INTAKE, CHANGE, BASE_SPOOL, "again"},
    {INTAKE, CHANGE, BASE_MAILDIRS, ""},

    {QUEUE | WORKER, CHANGE, BASE_SPOOL, ""},
    {QUEUE | WORKER, LIST, BASE_DATABASE, ""},
    {QUEUE | WORKER, READ, BASE_ROOT, "/dev/urandom"},

    {WORKER, READ, BASE_TEMPLATES, ""},
    {WORKER, READ, BASE_GNUPG, "vault.pgp"},
    {WORKER, CHANGE, BASE_RING, ""},
    {WORKER, RUN, BASE_LIBEXEC, "noroshi-gpg"},
    {WORKER, RUN, BASE_ROOT, GPG_PATH},
    {WORKER, RUN, BASE_ROOT, "/lib*/ld-*.so.*"},
    {WORKER, READ, BASE_ROOT, "/etc/gnupg"},
    {WORKER, READ, BASE_ROOT, "/etc/gcrypt"},
    {WORKER, READ, BASE_ROOT, "/usr/share/gnupg"},
    {WORKER, READ, BASE_ROOT, "/proc"},
    {WORKER, WRITE, BASE_ROOT, "/dev/null"},
    {WORKER, READ, BASE_ROOT, "/dev/random"},

    {WORKER | NETWORK, READ, BASE_ROOT, "/usr/lib*"},
    {WORKER | NETWORK, READ, BASE_ROOT, "/lib*"},
    {WORKER | NETWORK, READ, BASE_ROOT, "/etc/ld.so.cache"},
    {WORKER | NETWORK, READ, BASE_ROOT, "/etc/localtime"},
    {WORKER | NETWORK, READ, BASE_ROOT, "/usr/share/zoneinfo"},

    {DELIVER, CHANGE, BASE_OUTBOX, ""},
    {NETWORK, READ, BASE_CA_FILE, ""},
    {NETWORK, READ, BASE_ROOT, "/etc/resolv.conf"},
    {NETWORK, READ, BASE_ROOT, "/etc/hosts"},
    {NETWORK, READ, BASE_ROOT, "/etc/host.conf"},
    {NETWORK, READ, BASE_ROOT, "/etc/nsswitch.conf"},
    {NETWORK, READ, BASE_ROOT, "/etc/gai.conf"},
    {NETWORK, READ, BASE_ROOT, "/etc/services"},
    {NETWORK, READ, BASE_ROOT, "/etc/protocols"},
    {NETWORK, READ, BASE_ROOT, "/run/systemd/resolve"},
    {NETWORK, READ, BASE_ROOT, "/etc/ssl/openssl.cnf"},
    {NETWORK, READ, BASE_ROOT, "/etc/ssl/certs"},
    {NETWORK, READ, BASE_ROOT, "/usr/share/ca-certificates"},
    {NETWORK, READ, BASE_ROOT, "/usr/local/share/ca-certificates"},
    {NETWORK, READ, BASE_ROOT, "/dev/urandom"},
    {NETWORK, READ, BASE_ROOT, "/proc/sys/crypto"},
#ifdef __SANITIZE_ADDRESS__
    /* The leak check at the end reads itself. */
    {ALL, READ, BASE_ROOT, "/proc"},
    {ALL, READ, BASE_ROOT, "/usr/lib*"},
    {ALL, READ, BASE_ROOT, "/lib*"},
    {ALL, READ, BASE_ROOT, "/etc/ld.so.cache"},
#endif
};

/* A path that has a rule, and which file it named then. */
struct found {
	char *path;
	bool there;
	uint32_t device[2];
	uint64_t inode;
	struct statx_timestamp born; /* zeros where the disk does not say */
};

struct sandbox {
	struct found *found;
	size_t count;
	int64_t entered; /* clock_monotonic_ms */
};

int
sandbox_harden(enum role role, struct err *e)
{
	const struct rlimit no_core = {0, 0};

	umask(077);
	if (setrlimit(RLIMIT_CORE, &no_core) == -1)
		return err_set(
		    e, ERR_SERVICE, "%s: core limit: %m", role_name(role));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_set(e, ERR_SERVICE, "%s: no new privileges: %m",
		    role_name(role));
	if (role != ROLE_SUPERVISOR && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return err_set(
		    e, ERR_SERVICE, "%s: not dumpable: %m", role_name(role));
	return 0;
}

static void
place_add(struct strs *out, char *path)
{
	strs_add(out, path);
	free(path);
}

static void
place_glob(struct strs *out, const char *pattern)
{
	glob_t g = {0};

	/* A plain name that is not there now may come: it is remembered. */
	if (glob(pattern, GLOB_NOMAGIC, NULL, &g) == 0)
		for (size_t i = 0; i < g.gl_pathc; i++)
			strs_add(out, g.gl_pathv[i]);
	globfree(&g);
}

static void
place_folder_of(struct strs *out, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash != NULL)
		place_add(out, slash == path
				   ? xstrdup("/")
				   : xstrndup(path, (size_t)(slash - path)));
}

/* The server that a role speaks to; host is NULL where there is none. */
struct server {
	const char *host;
	const char *ca_file;
	uint16_t port;
};

static struct server
sandbox_server(enum role role, unsigned number, const struct config *c)
{
	const struct config_intake *in =
	    role == ROLE_INTAKE ? config_imap(c, number) : NULL;

	if (in != NULL)
		return (struct server){
		    in->host, in->ca_file, (uint16_t)in->port};
	if (role == ROLE_DELIVER)
		return (struct server){
		    c->smtp_host, c->smtp_ca_file, (uint16_t)c->smtp_port};
	return (struct server){0};
}

static void
place_paths(struct strs *out, const struct place *p, enum role role,
    unsigned number, const struct config *c)
{
	switch (p->base) {
	case BASE_ROOT:
		place_glob(out, p->path);
		break;
	case BASE_SPOOL:
		place_add(out, xasprintf("%s/%s", c->spool, p->path));
		break;
	case BASE_GNUPG:
		place_add(out, xasprintf("%s/%s", c->gnupg, p->path));
		break;
	case BASE_LIBEXEC:
		place_add(out, xasprintf("%s/%s", c->libexec, p->path));
		break;
	case BASE_RING:
		place_add(out, xasprintf("%s/ring-%u", c->gnupg, number));
		break;
	case BASE_DATABASE:
		place_folder_of(out, c->database);
		break;
	case BASE_MAILDIRS:
		for (size_t i = 0; i < c->intakes && number == 0; i++)
			if (c->intake[i].path != NULL)
				strs_add(out, c->intake[i].path);
		break;
	case BASE_OUTBOX:
		strs_add(out, c->outbox);
		break;
	case BASE_TEMPLATES:
		if (c->templates != NULL)
			strs_add(out, c->templates);
		break;
	case BASE_CA_FILE:
		if (sandbox_server(role, number, c).ca_file != NULL)
			strs_add(out, sandbox_server(role, number, c).ca_file);
		break;
	}
}

static struct found
found_now(const char *path)
{
	struct found f = {.path = xstrdup(path)};
	struct statx st;

	f.there = statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &st) == 0;
	if (!f.there)
		return f;
	f.device[0] = st.stx_dev_major;
	f.device[1] = st.stx_dev_minor;
	f.inode = st.stx_ino;
	/* A folder that was removed gives its number to the next. */
	if ((st.stx_mask & STATX_BTIME) != 0)
		f.born = st.stx_btime;
	return f;
}

static bool
found_is_same(const struct found *a, const struct found *b)
{
	return a->there == b->there && a->device[0] == b->device[0] &&
	       a->device[1] == b->device[1] && a->inode == b->inode &&
	       a->born.tv_sec == b->born.tv_sec &&
	       a->born.tv_nsec == b->born.tv_nsec;
}

/* Of one that is absent also the folders where its role could make it. */
static void
sandbox_remember(struct sandbox *s, const char *path)
{
	char *p = xstrdup(path);
	char *slash;

	do {
		s->found = xgrow(s->found, s->count, sizeof(*s->found));
		s->found[s->count++] = found_now(p);
		slash = strrchr(p, '/');
		if (slash != NULL)
			*slash = '\0';
	} while (!s->found[s->count - 1].there && slash != NULL && slash != p);
	free(p);
}

static int
sandbox_allow(struct sandbox *s, struct landlock *l, const struct place *p,
    enum role role, unsigned number, const struct config *c, struct err *e)
{
	struct strs paths = {0};
	int rc = 0;

	place_paths(&paths, p, role, number, c);
	for (size_t i = 0; i < paths.count && rc == 0; i++) {
		/* Looked at first: a change between the two is seen later. */
		sandbox_remember(s, paths.item[i]);
		rc = landlock_allow(l, paths.item[i], p->may, e);
	}
	strs_free(&paths);
	return rc;
}

static int
sandbox_landlock(struct sandbox *s, enum role role, unsigned number,
    const struct config *c, struct err *e)
{
	unsigned roles = 1U << role;
	struct server server = sandbox_server(role, number, c);
	struct landlock *l = NULL;
	int rc = landlock_create(&l, e);

	if (server.host != NULL)
		roles |= NETWORK;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (rc == 0 && (places[i].roles & roles) != 0)
			rc =
			    sandbox_allow(s, l, &places[i], role, number, c, e);
	if (rc == 0 && server.host != NULL) {
		rc = landlock_allow_port(l, PORT_DNS, e);
		if (rc == 0)
			rc = landlock_allow_port(l, server.port, e);
	}
	if (rc == 0)
		rc = landlock_enter(l, e);
	landlock_free(l);
	return rc;
}

/* 0 where it goes on without; the kernel's own lack was said for all. */
static int
sandbox_without(enum role role, bool required, const struct err *why)
{
	if (required)
		return -1;
	if (kernel_confines(NULL) == 0)
		log_warning("not confined: role=%s error=%s", role_name(role),
		    why->text);
	return 0;
}

int
sandbox_enter(struct sandbox **out, enum role role, unsigned number,
    const struct config *config, struct err *e)
{
	bool required = strcmp(config->sandbox, "required") == 0;
	struct err why = {0};
	struct sandbox *s;

	*out = NULL;
	if (strcmp(config->sandbox, "off") == 0)
		return 0;
	s = xcalloc(1, sizeof(*s));
	/* The supervisor starts all the others: no rules on files for it. */
	if (role != ROLE_SUPERVISOR &&
	    sandbox_landlock(s, role, number, config, &why) == -1 &&
	    sandbox_without(role, required, &why) == -1)
		goto failed;
	if (syscalls_confine(role,
		sandbox_server(role, number, config).host != NULL,
		&why) == -1 &&
	    sandbox_without(role, required, &why) == -1)
		goto failed;
	s->entered = clock_monotonic_ms();
	*out = s;
	return 0;
failed:
	sandbox_free(s);
	return err_set(e, ERR_CONFIG,
	    "%s: cannot be confined, and sandbox is \"required\": %s",
	    role_name(role), why.text);
}

void
sandbox_free(struct sandbox *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->found[i].path);
	free(s->found);
	free(s);
}

bool
sandbox_is_stale(const struct sandbox *s)
{
	bool stale = false;

	if (s == NULL || clock_monotonic_ms() - s->entered < SANDBOX_SETTLED)
		return false;
	for (size_t i = 0; i < s->count && !stale; i++) {
		struct found now = found_now(s->found[i].path);

		stale = !found_is_same(&now, &s->found[i]);
		if (stale)
			log_info("a path has another file now, so this "
				 "process starts anew: path=%s",
			    now.path);
		free(now.path);
	}
	return stale;
}
