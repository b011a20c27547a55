#include "process/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config_listen.h"

#define PASSED_FIRST 3 /* descriptor, sd_listen_fds(3) */
#define PASSED_MAX 64
#define BACKLOG 128 /* clients that may wait to be let in */
#define TAKEN_MS 5000 /* an address may be somebody else's, then we give up */
#define TAKEN_PAUSE 50 /* ms between looks at it */

/* How many descriptors the service manager passed on to this process. */
static int
passed_count(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	long n;

	if (pid == NULL || fds == NULL ||
	    strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	n = strtol(fds, NULL, 10);
	return n < 0 || n > PASSED_MAX ? 0 : (int)n;
}

static bool
is_at(int fd, const struct sockaddr_storage *want, socklen_t len)
{
	struct sockaddr_storage have = {0};
	const struct sockaddr_un *a = (const struct sockaddr_un *)want;
	const struct sockaddr_un *b = (const struct sockaddr_un *)&have;
	socklen_t n = sizeof(have);
	int listens = 0;
	socklen_t size = sizeof(listens);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == -1 ||
	    !listens || getsockname(fd, (struct sockaddr *)&have, &n) == -1 ||
	    have.ss_family != want->ss_family)
		return false;
	if (want->ss_family == AF_UNIX)
		return strncmp(a->sun_path, b->sun_path, sizeof(a->sun_path)) ==
		       0;
	return n == len && memcmp(&have, want, len) == 0;
}

/* The one at that address among those passed on, or -1. */
static int
passed_find(const struct sockaddr_storage *want, socklen_t len)
{
	for (int i = 0; i < passed_count(); i++)
		if (is_at(PASSED_FIRST + i, want, len))
			return fcntl(PASSED_FIRST + i, F_DUPFD_CLOEXEC, 0);
	return -1;
}

/* A socket that somebody listens at is not taken away: 1. */
static int
unix_clear(const struct sockaddr_storage *address, socklen_t len,
    const char *path, struct err *e)
{
	struct stat st;
	int fd, rc;

	if (lstat(path, &st) == -1)
		return errno == ENOENT
			   ? 0
			   : err_set(e, ERR_SERVICE, "%s: %m", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_SERVICE, "%s: is no socket", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_set(e, ERR_SERVICE, "%s: %m", path);
	rc = connect(fd, (const struct sockaddr *)address, len);
	if (rc == 0 || errno != ECONNREFUSED)
		rc = 1;
	else if ((rc = unlink(path)) == -1)
		(void)err_set(e, ERR_SERVICE, "%s: %m", path);
	close(fd);
	return rc;
}

static int
unix_rights(const struct config_intake *in, const char *path, struct err *e)
{
	const struct group *g = in->group == NULL ? NULL : getgrnam(in->group);

	if (in->group != NULL && g == NULL)
		return err_set(e, ERR_SERVICE, "group %s: is none", in->group);
	if (g != NULL && chown(path, (uid_t)-1, g->gr_gid) == -1)
		return err_set(
		    e, ERR_SERVICE, "%s: group %s: %m", path, in->group);
	if (chmod(path, (mode_t)config_listen_mode(in->mode)) == -1)
		return err_set(e, ERR_SERVICE, "%s: %m", path);
	return 0;
}

/* 1: somebody else listens there. */
static int
listener_bind(struct listener *l, const struct config_intake *in,
    const struct sockaddr_storage *address, socklen_t len, struct err *e)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)address;
	bool is_unix = address->ss_family == AF_UNIX;
	int yes = 1, rc = 0;

	if (is_unix)
		rc = unix_clear(address, len, un->sun_path, e);
	if (rc != 0)
		return rc;
	l->fd = socket(
	    address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd == -1)
		return err_set(e, ERR_SERVICE, "%s: %m", in->listen);
	if (!is_unix) {
		(void)setsockopt(
		    l->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
		/* Clients get it from here: a reply waits for no other. */
		(void)setsockopt(
		    l->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	}
	/* umask 077: nobody comes in before it has the rights it is to have. */
	if (bind(l->fd, (const struct sockaddr *)address, len) == -1) {
		rc = errno == EADDRINUSE
			 ? 1
			 : err_set(e, ERR_SERVICE, "%s: %m", in->listen);
		close(l->fd);
		l->fd = -1;
		return rc;
	}
	if (is_unix) {
		l->path = xstrdup(un->sun_path);
		if (unix_rights(in, l->path, e) == -1)
			return -1;
	}
	if (listen(l->fd, BACKLOG) == -1)
		return err_set(e, ERR_SERVICE, "%s: %m", in->listen);
	return 0;
}

/*
 * Where a noroshid was killed, its intake has the socket until it has died
 * too, which may be after our start.
 */
static int
listener_bind_soon(struct listener *l, const struct config_intake *in,
    const struct sockaddr_storage *address, socklen_t len, struct err *e)
{
	const struct timespec pause = {.tv_nsec = TAKEN_PAUSE * 1000000L};
	int64_t until = clock_monotonic_ms() + TAKEN_MS;
	int rc;

	while ((rc = listener_bind(l, in, address, len, e)) == 1 &&
	       clock_monotonic_ms() < until)
		(void)nanosleep(&pause, NULL);
	return rc == 1 ? err_set(e, ERR_SERVICE,
			     "%s: another process listens there", in->listen)
		       : rc;
}

static int
listener_open(struct listener *l, const struct config_intake *in, struct err *e)
{
	struct sockaddr_storage address;
	socklen_t len = config_listen_address(in->listen, &address);
	int flags;

	if (len == 0)
		return err_set(e, ERR_SERVICE, "%s: is no address", in->listen);
	l->fd = passed_find(&address, len);
	if (l->fd == -1)
		return listener_bind_soon(l, in, &address, len, e);
	flags = fcntl(l->fd, F_GETFL);
	if (flags == -1 || fcntl(l->fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return err_set(e, ERR_SERVICE, "%s: %m", in->listen);
	return 0;
}

int
listeners_open(struct listeners *l, const struct config *c, struct err *e)
{
	for (size_t i = 0; i < c->intakes; i++) {
		struct listener *item;

		if (strcmp(c->intake[i].type, "lmtp") != 0)
			continue;
		l->item = xgrow(l->item, l->count, sizeof(*l->item));
		item = &l->item[l->count++];
		*item = (struct listener){.fd = -1};
		if (listener_open(item, &c->intake[i], e) == -1)
			return err_in(e, "lmtp");
	}
	return 0;
}

void
listeners_close(struct listeners *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct listener *item = &l->item[i];

		if (item->fd != -1)
			close(item->fd);
		if (item->path != NULL && unlink(item->path) == -1 &&
		    errno != ENOENT)
			log_warning("socket stays: path=%s error=%s",
			    item->path, strerror(errno));
		free(item->path);
	}
	free(l->item);
	*l = (struct listeners){0};
}
