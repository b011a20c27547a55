#include "store/spool_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/spool.h"

#define SPOOL_CHUNK 65536 /* bytes read at a time */

bool
spool_folder_is_name(const char *name, size_t least)
{
	size_t len = strspn(name, "0123456789abcdef");

	return len >= least && len < SPOOL_SHA && name[len] == '\0';
}

int
spool_folder_open(int root, const char *name, int *fd, struct err *e)
{
	if (mkdirat(root, name, 0700) == -1 && errno != EEXIST)
		return err_set(e, ERR_TEMP, "spool: %s: %m", name);
	*fd =
	    openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd == -1)
		return err_set(e, ERR_TEMP, "spool: %s: %m", name);
	return 0;
}

static int
spool_slurp(int fd, const char *name, struct buf *out, struct err *e)
{
	unsigned char chunk[SPOOL_CHUNK];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == 0 && st.st_size > 0)
		buf_expect(out, (size_t)st.st_size);
	do {
		n = read(fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_put(out, chunk, (size_t)n);
	} while ((n > 0 && !out->over) || (n == -1 && errno == EINTR));
	if (n == -1)
		return err_set(e, ERR_TEMP, "spool: %s: %m", name);
	if (out->over)
		return err_set(
		    e, ERR_DATA, "spool: %s: over %zu bytes", name, out->max);
	return 0;
}

int
spool_folder_open_file(int dir, const char *name, int *fd, struct err *e)
{
	*fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd == -1)
		return err_set(e, errno == ENOENT ? ERR_NOINPUT : ERR_TEMP,
		    "spool: %s: %m", name);
	return 0;
}

int
spool_folder_read(int dir, const char *name, struct buf *out, struct err *e)
{
	int fd, rc;

	if (spool_folder_open_file(dir, name, &fd, e) == -1)
		return -1;
	rc = spool_slurp(fd, name, out, e);
	(void)close(fd);
	return rc;
}

int
spool_folder_unlink(int dir, const char *name, struct err *e)
{
	if (unlinkat(dir, name, 0) == -1 && errno != ENOENT)
		return err_set(e, ERR_TEMP, "spool: remove %s: %m", name);
	return 0;
}

struct spool_entry {
	struct timespec at;
	char name[SPOOL_SHA];
};

static int
spool_entry_cmp(const void *a, const void *b)
{
	const struct spool_entry *x = a, *y = b;

	if (x->at.tv_sec != y->at.tv_sec)
		return x->at.tv_sec < y->at.tv_sec ? -1 : 1;
	if (x->at.tv_nsec != y->at.tv_nsec)
		return x->at.tv_nsec < y->at.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

int
spool_folder_walk(int dir, DIR **out, struct err *e)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*out = fd == -1 ? NULL : fdopendir(fd);
	if (*out != NULL)
		return 0;
	err_set(e, ERR_TEMP, "spool: reading a folder: %m");
	if (fd != -1)
		(void)close(fd);
	return -1;
}

int
spool_folder_list(int dir, size_t least, struct strs *names, struct err *e)
{
	struct spool_entry *entry = NULL;
	struct dirent *d;
	struct stat st;
	size_t count = 0;
	DIR *walk;

	if (spool_folder_walk(dir, &walk, e) == -1)
		return -1;
	while ((d = readdir(walk)) != NULL) {
		if (!spool_folder_is_name(d->d_name, least) ||
		    fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    !S_ISREG(st.st_mode))
			continue;
		entry = xgrow(entry, count, sizeof(*entry));
		entry[count].at = st.st_mtim;
		(void)snprintf(
		    entry[count++].name, SPOOL_SHA, "%.64s", d->d_name);
	}
	(void)closedir(walk);
	if (count > 0)
		qsort(entry, count, sizeof(*entry), spool_entry_cmp);
	for (size_t i = 0; i < count; i++)
		strs_add(names, entry[i].name);
	free(entry);
	return 0;
}

int
spool_folder_bytes(int dir, uint64_t *bytes, struct err *e)
{
	struct dirent *d;
	struct stat st;
	DIR *walk;

	*bytes = 0;
	if (spool_folder_walk(dir, &walk, e) == -1)
		return -1;
	while ((d = readdir(walk)) != NULL)
		if (fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			*bytes += (uint64_t)st.st_size;
	(void)closedir(walk);
	return 0;
}
