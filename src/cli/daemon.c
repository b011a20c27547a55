#include "cli/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The daemon writes its number after it has the lock, and takes it away before
 * it gives it up; so the lock is tried only where a killed one may have left
 * its number, and no daemon that starts ever meets us.
 */
bool
daemon_runs(const struct config *c)
{
	char *path = config_spool(c, "noroshid.pid");
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool runs = false;

	if (fd != -1 && fstat(fd, &st) == 0 && st.st_size > 0)
		runs =
		    flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
	if (fd != -1)
		(void)close(fd);
	free(path);
	return runs;
}
