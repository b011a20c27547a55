#include "deliver/outbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/private_folder.h"

#define OUTBOX_CHUNK 65536 /* bytes read at a time */
#define OUTBOX_SUFFIX ".noroshi"

struct outbox {
	int tmp;
	int new;
	int cur;
};

static int
outbox_folder(int dir, const char *name, int *fd, struct err *e)
{
	if (private_folder_make(dir, name, e) == -1)
		return -1;
	*fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd == -1)
		return err_set(e, ERR_TEMP, "%s: %m", name);
	return 0;
}

int
outbox_open(struct outbox **out, const char *path, struct err *e)
{
	struct outbox *o = xmalloc(sizeof(*o));
	int dir = -1;
	int rc = -1;

	*out = NULL;
	*o = (struct outbox){-1, -1, -1};
	if ((mkdir(path, 0700) == -1 && errno != EEXIST) ||
	    (dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		err_set(e, ERR_TEMP, "%s: %m", path);
		goto out;
	}
	if (outbox_folder(dir, "tmp", &o->tmp, e) == -1 ||
	    outbox_folder(dir, "new", &o->new, e) == -1 ||
	    outbox_folder(dir, "cur", &o->cur, e) == -1) {
		err_in(e, "%s", path);
		goto out;
	}
	if (fsync(dir) == -1) {
		err_set(e, ERR_TEMP, "fsync %s: %m", path);
		goto out;
	}
	*out = o;
	o = NULL;
	rc = 0;
out:
	if (dir != -1)
		close(dir);
	outbox_close(o);
	return rc;
}

void
outbox_close(struct outbox *o)
{
	if (o == NULL)
		return;
	if (o->tmp != -1)
		close(o->tmp);
	if (o->new != -1)
		close(o->new);
	if (o->cur != -1)
		close(o->cur);
	free(o);
}

static bool
outbox_is_name(const char *name)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_.";
	size_t len = strlen(name);

	return len > 0 && len <= OUTBOX_NAME && name[0] != '.' &&
	       strspn(name, safe) == len;
}

static bool
outbox_is_path(const char *address)
{
	size_t len = strlen(address);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)address[i] < ' ' || address[i] == 0x7f)
			return false;
	return len <= OUTBOX_PATH;
}

/* A reader that took it from new/ put its flags behind the name. */
static int
outbox_has(struct outbox *o, const char *name, bool *has, struct err *e)
{
	size_t len = strlen(name);
	const struct dirent *entry;
	DIR *d = NULL;
	int fd;

	*has = faccessat(o->new, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (*has)
		return 0;
	fd = openat(o->cur, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1)
		d = fdopendir(fd);
	if (d == NULL) {
		err_set(e, ERR_TEMP, "cur: %m");
		if (fd != -1)
			close(fd);
		return -1;
	}
	while (!*has && (entry = readdir(d)) != NULL)
		*has =
		    strncmp(entry->d_name, name, len) == 0 &&
		    (entry->d_name[len] == ':' || entry->d_name[len] == '\0');
	closedir(d);
	return 0;
}

static int
outbox_write(int fd, const void *data, size_t len, struct err *e)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(e, ERR_TEMP, "write: %m");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Copies chunk to out without the CRs that stand before an LF. */
static size_t
outbox_lines(const char *chunk, size_t len, bool *cr, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		/* A CR waits until what follows it has come. */
		if (*cr && chunk[i] != '\n')
			out[n++] = '\r';
		*cr = chunk[i] == '\r';
		if (!*cr)
			out[n++] = chunk[i];
	}
	return n;
}

static int
outbox_copy(int to, int from, struct err *e)
{
	char *chunk = xmalloc(OUTBOX_CHUNK);
	char *out = xmalloc(2 * OUTBOX_CHUNK);
	bool cr = false;
	off_t at = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = pread(from, chunk, OUTBOX_CHUNK, at)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			rc = err_set(e, ERR_TEMP, "read: %m");
			break;
		}
		at += n;
		rc = outbox_write(
		    to, out, outbox_lines(chunk, (size_t)n, &cr, out), e);
	}
	if (rc == 0 && cr)
		rc = outbox_write(to, "\r", 1, e);
	free(chunk);
	free(out);
	return rc;
}

static int
outbox_fill(int to, const char *from, const char *rcpt, int fd, struct err *e)
{
	struct buf top;
	int rc;

	buf_init(&top, 4 * OUTBOX_PATH);
	buf_putf(&top, "Return-Path: <%s>\nDelivered-To: %s\n", from, rcpt);
	rc = outbox_write(to, top.data, top.len, e);
	buf_free(&top);
	if (rc == 0)
		rc = outbox_copy(to, fd, e);
	if (rc == 0 && fsync(to) == -1)
		rc = err_set(e, ERR_TEMP, "fsync: %m");
	return rc;
}

/*
 * Opens tmp/name for this process alone. Where a queue died, the next one may
 * give the copy to a second deliverer while the first still writes it; what a
 * dead one left half-written has no lock any more and is written anew.
 * Returns 1 where the first one delivered it meanwhile.
 */
static int
outbox_open_tmp(struct outbox *o, const char *name, int *fd, struct err *e)
{
	struct stat here, there;
	bool has;

	*fd = openat(o->tmp, name,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (*fd == -1 || fstat(*fd, &here) == -1)
		return err_set(e, ERR_TEMP, "%m");
	if (!S_ISREG(here.st_mode))
		return err_set(e, ERR_TEMP, "not a plain file");
	while (flock(*fd, LOCK_EX) == -1)
		if (errno != EINTR)
			return err_set(e, ERR_TEMP, "lock: %m");
	if (outbox_has(o, name, &has, e) == -1)
		return -1;
	if (has)
		return 1;
	if (fstatat(o->tmp, name, &there, AT_SYMLINK_NOFOLLOW) == -1 ||
	    here.st_dev != there.st_dev || here.st_ino != there.st_ino)
		return err_set(e, ERR_TEMP, "another one had it");
	if (ftruncate(*fd, 0) == -1)
		return err_set(e, ERR_TEMP, "%m");
	return 0;
}

static int
outbox_put_new(struct outbox *o, const char *name, const char *from,
    const char *to, int fd, struct err *e)
{
	int rc, tmp;
	bool holds;

	rc = outbox_open_tmp(o, name, &tmp, e);
	holds = rc != -1;
	if (rc == 0)
		rc = outbox_fill(tmp, from, to, fd, e);
	if (rc == 0 && renameat(o->tmp, name, o->new, name) == -1)
		rc = err_set(e, ERR_TEMP, "rename: %m");
	if (rc == -1)
		err_in(e, "tmp/%s", name);
	if (rc != 0 && holds)
		(void)unlinkat(o->tmp, name, 0);
	if (tmp != -1)
		close(tmp);
	return rc == -1 ? -1 : 0;
}

int
outbox_put(struct outbox *o, const char *name, const char *from, const char *to,
    int fd, struct err *e)
{
	char file[OUTBOX_NAME + sizeof(OUTBOX_SUFFIX)];
	bool has;

	if (!outbox_is_name(name))
		return err_set(e, ERR_DATA, "\"%.64s\" is no name", name);
	if (!outbox_is_path(from) || !outbox_is_path(to) || to[0] == '\0')
		return err_set(e, ERR_DATA,
		    "an address with control characters, empty or too long");
	(void)snprintf(file, sizeof(file), "%s" OUTBOX_SUFFIX, name);
	if (outbox_has(o, file, &has, e) == -1 ||
	    (!has && outbox_put_new(o, file, from, to, fd, e) == -1))
		return err_in(e, "outbox");
	/* Also for one that was there: its sync may be what is missing. */
	if (fsync(o->new) == -1)
		return err_set(e, ERR_TEMP, "outbox: fsync new: %m");
	return 0;
}
