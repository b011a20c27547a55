#include "store/again.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/spool.h"

#define AGAIN_LINE 32 /* bytes of the time */

/* spool/again is a folder: "since", and a file for each source that has. */
static int
again_put(const char *spool, const char *name, const char *text, struct err *e)
{
	char *folder = xasprintf("%s/again", spool);
	int dir = -1, fd = -1, rc = -1;
	size_t len = strlen(text);

	if (mkdir(folder, 0700) == -1 && errno != EEXIST)
		goto out;
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		goto out;
	fd = openat(dir, name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd != -1 && write(fd, text, len) == (ssize_t)len &&
	    fsync(fd) == 0 && fsync(dir) == 0)
		rc = 0;
out:
	if (rc == -1)
		err_set(e, ERR_TEMP, "%s/%s: %m", folder, name);
	if (fd != -1)
		(void)close(fd);
	if (dir != -1)
		(void)close(dir);
	free(folder);
	return rc;
}

int
again_ask(const char *spool, int64_t since, struct err *e)
{
	char text[AGAIN_LINE];

	(void)snprintf(text, sizeof(text), "%lld\n", (long long)since);
	return again_put(spool, "since", text, e);
}

int
again_wanted(const char *spool, const char *source, bool *wanted,
    int64_t *since, struct err *e)
{
	char *path = xasprintf("%s/again/since", spool), sha[SPOOL_SHA];
	char text[AGAIN_LINE] = "";
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd == -1 ? 0 : read(fd, text, sizeof(text) - 1);
	int rc = 0;

	*wanted = false;
	*since = 0;
	if ((fd == -1 && errno != ENOENT) || n == -1)
		rc = err_set(e, ERR_TEMP, "%s: %m", path);
	if (fd != -1)
		(void)close(fd);
	free(path);
	if (rc == -1 || n == 0)
		return rc;
	*since = strtoll(text, NULL, 10);
	spool_sha(source, strlen(source), sha);
	path = xasprintf("%s/again/%s", spool, sha);
	*wanted = access(path, F_OK) == -1;
	free(path);
	return 0;
}

int
again_done(const char *spool, const char *source, struct err *e)
{
	char sha[SPOOL_SHA];

	spool_sha(source, strlen(source), sha);
	return again_put(spool, sha, "", e);
}
