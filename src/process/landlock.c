#include "process/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"

/* Newer than the kernel headers of Debian 12. */
#define FS_TRUNCATE (1ULL << 14) /* version 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* version 5 */
#define NET_BIND_TCP (1ULL << 0) /* version 4 */
#define NET_CONNECT_TCP (1ULL << 1) /* version 4 */
#define RULE_NET_PORT 2
#define SCOPE_ALL 3ULL /* version 6: abstract sockets, signals */

#define FS_FILE                                                                \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |          \
	    LANDLOCK_ACCESS_FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define FS_VERSION_2 ((1ULL << 14) - 1) /* every right of version 2 */
#define FS_CHANGE                                                              \
	(LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |      \
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |        \
	    LANDLOCK_ACCESS_FS_REFER)

/* The kernel's struct landlock_ruleset_attr as of version 6. */
struct handled {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

struct port {
	uint64_t access;
	uint64_t port;
};

struct landlock {
	int fd;
	struct handled handled;
};

int
landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

int
landlock_create(struct landlock **out, struct err *e)
{
	int version = landlock_version();
	size_t size = sizeof(uint64_t);
	struct landlock l = {.handled.fs = FS_VERSION_2};

	*out = NULL;
	if (version < LANDLOCK_LEAST)
		return err_set(e, ERR_SERVICE,
		    "Landlock: version %d, at least %d is needed", version,
		    LANDLOCK_LEAST);
	if (version >= 3)
		l.handled.fs |= FS_TRUNCATE;
	if (version >= 4) {
		l.handled.net = NET_BIND_TCP | NET_CONNECT_TCP;
		size = 2 * sizeof(uint64_t);
	}
	if (version >= 5)
		l.handled.fs |= FS_IOCTL_DEV;
	if (version >= 6) {
		l.handled.scoped = SCOPE_ALL;
		size = 3 * sizeof(uint64_t);
	}
	l.fd = (int)syscall(SYS_landlock_create_ruleset, &l.handled, size, 0);
	if (l.fd == -1)
		return err_set(e, ERR_SERVICE, "Landlock: %m");
	*out = xmalloc(sizeof(**out));
	**out = l;
	return 0;
}

void
landlock_free(struct landlock *l)
{
	if (l == NULL)
		return;
	(void)close(l->fd);
	free(l);
}

static uint64_t
rights_fs(unsigned rights)
{
	uint64_t fs = 0;

	if ((rights & (LANDLOCK_MAY_LIST | LANDLOCK_MAY_READ)) != 0)
		fs |= LANDLOCK_ACCESS_FS_READ_DIR;
	if ((rights & (LANDLOCK_MAY_READ | LANDLOCK_MAY_RUN)) != 0)
		fs |= LANDLOCK_ACCESS_FS_READ_FILE;
	if ((rights & LANDLOCK_MAY_WRITE) != 0)
		fs |= LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE;
	if ((rights & LANDLOCK_MAY_CHANGE) != 0)
		fs |= FS_CHANGE;
	if ((rights & LANDLOCK_MAY_RUN) != 0)
		fs |= LANDLOCK_ACCESS_FS_EXECUTE;
	return fs;
}

int
landlock_allow(
    struct landlock *l, const char *path, unsigned rights, struct err *e)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = rights_fs(rights) & l->handled.fs,
	    .parent_fd = open(path, O_PATH | O_CLOEXEC)};
	struct stat st;
	int rc = 0;

	if (rule.parent_fd == -1) {
		if (errno == ENOENT || errno == ENOTDIR || errno == EACCES)
			return 0;
		return err_set(e, ERR_SERVICE, "Landlock: %s: %m", path);
	}
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_FILE;
	if (rule.allowed_access != 0 &&
	    syscall(SYS_landlock_add_rule, l->fd, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) == -1)
		rc = err_set(e, ERR_SERVICE, "Landlock: %s: %m", path);
	(void)close(rule.parent_fd);
	return rc;
}

int
landlock_allow_port(struct landlock *l, uint16_t port, struct err *e)
{
	const struct port rule = {.access = NET_CONNECT_TCP, .port = port};

	if (l->handled.net != 0 && syscall(SYS_landlock_add_rule, l->fd,
				       RULE_NET_PORT, &rule, 0) == -1)
		return err_set(
		    e, ERR_SERVICE, "Landlock: port %u: %m", (unsigned)port);
	return 0;
}

int
landlock_enter(const struct landlock *l, struct err *e)
{
	if (syscall(SYS_landlock_restrict_self, l->fd, 0) == -1)
		return err_set(e, ERR_SERVICE, "Landlock: %m");
	return 0;
}
