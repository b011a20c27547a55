#include "store/spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"

int
spool_sync(int dir, struct err *e)
{
	if (fsync(dir) == -1)
		return err_set(e, ERR_TEMP, "spool: fsync of a folder: %m");
	return 0;
}

int
spool_file_create(int tmp, struct spool_file *f, struct err *e)
{
	unsigned char random[(SPOOL_TMP - 1) / 2];

	clock_random(NULL, random, sizeof(random));
	hex_encode(random, sizeof(random), f->name);
	f->fd = openat(tmp, f->name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (f->fd == -1)
		return err_set(e, ERR_TEMP, "spool: tmp/%s: %m", f->name);
	return 0;
}

int
spool_file_write(
    struct spool_file *f, const void *data, size_t len, struct err *e)
{
	const unsigned char *p = data;

	while (len > 0) {
		ssize_t n = write(f->fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(
			    e, ERR_TEMP, "spool: tmp/%s: %m", f->name);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Bytes first, then the name: a rename is never ahead of what it names. */
int
spool_file_finish(struct spool_file *f, struct err *e)
{
	int fd = f->fd;

	if (fsync(fd) == -1)
		return err_set(e, ERR_TEMP, "spool: fsync tmp/%s: %m", f->name);
	f->fd = -1;
	if (close(fd) == -1)
		return err_set(e, ERR_TEMP, "spool: tmp/%s: %m", f->name);
	return 0;
}

int
spool_file_move(
    int tmp, struct spool_file *f, int dir, const char *name, struct err *e)
{
	if (renameat(tmp, f->name, dir, name) == -1)
		return err_set(e, ERR_TEMP, "spool: rename %s: %m", name);
	f->name[0] = '\0';
	return 0;
}

int
spool_file_rename(
    int tmp, struct spool_file *f, int dir, const char *name, struct err *e)
{
	if (spool_file_move(tmp, f, dir, name, e) == -1)
		return -1;
	return spool_sync(dir, e);
}

void
spool_file_drop(int tmp, struct spool_file *f)
{
	if (f->fd != -1)
		(void)close(f->fd);
	if (f->name[0] != '\0')
		(void)unlinkat(tmp, f->name, 0);
	*f = (struct spool_file){.fd = -1};
}

int
spool_file_put(
    int tmp, int dir, const char *name, const struct buf *data, struct err *e)
{
	struct spool_file f = {.fd = -1};
	int rc = -1;

	if (spool_file_create(tmp, &f, e) == 0 &&
	    spool_file_write(&f, data->data, data->len, e) == 0 &&
	    spool_file_finish(&f, e) == 0)
		rc = spool_file_rename(tmp, &f, dir, name, e);
	spool_file_drop(tmp, &f);
	return rc;
}
