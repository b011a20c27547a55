#include "intake/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

#define MAILDIR_CHUNK 65536 /* bytes that are read at once */

struct maildir {
	int dir; /* the Maildir */
	int new; /* its new/ */
	char *new_path;
	char *source;
};

void
maildir_file_free(struct maildir_file *f)
{
	free(f->name);
	*f = (struct maildir_file){0};
}

static int
maildir_folder(int dir, const char *name, struct err *e)
{
	if (mkdirat(dir, name, 0700) == -1 && errno != EEXIST)
		return err_set(e, ERR_TEMP, "%s: %m", name);
	return 0;
}

static int
maildir_folders(int dir, struct err *e)
{
	if (maildir_folder(dir, "tmp", e) == -1 ||
	    maildir_folder(dir, "new", e) == -1 ||
	    maildir_folder(dir, "cur", e) == -1)
		return -1;
	if (fsync(dir) == -1)
		return err_set(e, ERR_TEMP, "fsync: %m");
	return 0;
}

int
maildir_open(struct maildir **out, const char *path, struct err *e)
{
	struct maildir *m = xcalloc(1, sizeof(*m));
	const char *slash = strrchr(path, '/');

	*out = NULL;
	m->dir = m->new = -1;
	m->new_path = xasprintf("%s/new", path);
	m->source =
	    xasprintf("maildir:%.200s", slash == NULL ? path : slash + 1);
	if (mkdir(path, 0700) == -1 && errno != EEXIST) {
		err_set(e, ERR_TEMP, "%s: %m", path);
		goto failed;
	}
	m->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->dir == -1) {
		err_set(e, ERR_TEMP, "%s: %m", path);
		goto failed;
	}
	if (maildir_folders(m->dir, e) == -1) {
		err_in(e, "%s", path);
		goto failed;
	}
	m->new = openat(m->dir, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->new == -1) {
		err_set(e, ERR_TEMP, "%s: %m", m->new_path);
		goto failed;
	}
	*out = m;
	return 0;
failed:
	maildir_close(m);
	return -1;
}

void
maildir_close(struct maildir *m)
{
	if (m == NULL)
		return;
	if (m->new != -1)
		close(m->new);
	if (m->dir != -1)
		close(m->dir);
	free(m->new_path);
	free(m->source);
	free(m);
}

const char *
maildir_source(const struct maildir *m)
{
	return m->source;
}

const char *
maildir_new(const struct maildir *m)
{
	return m->new_path;
}

static int
maildir_by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

int
maildir_list(const struct maildir *m, struct strs *names, struct err *e)
{
	int fd = openat(m->new, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t n = 0;
	int rc = 0;

	if (d == NULL) {
		err_set(e, ERR_TEMP, "%s: %m", m->new_path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	for (;;) {
		errno = 0;
		entry = readdir(d);
		if (entry == NULL || n == MAILDIR_NAMES)
			break;
		if (entry->d_name[0] == '.')
			continue;
		strs_add(names, entry->d_name);
		n++;
	}
	if (entry == NULL && errno != 0)
		rc = err_set(e, ERR_TEMP, "%s: %m", m->new_path);
	closedir(d);
	if (names->count > 1)
		qsort(names->item, names->count, sizeof(*names->item),
		    maildir_by_name);
	return rc;
}

/* One address without its angle brackets; false where it is none. */
static bool
maildir_address(const char *p, size_t len, struct buf *out)
{
	while (len > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		len--;
	}
	while (len > 0 && strchr(" \t\r", p[len - 1]) != NULL)
		len--;
	if (len >= 2 && p[0] == '<' && p[len - 1] == '>') {
		p++;
		len -= 2;
	}
	buf_clear(out);
	if (len > MAILDIR_ADDRESS)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)p[i] <= ' ' || p[i] == 0x7f)
			return false;
	buf_put(out, p, len);
	return true;
}

static bool
maildir_field(const char *line, size_t len, const char *name, size_t *skip)
{
	size_t n = strlen(name);

	if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
		return false;
	*skip = n + 1;
	return true;
}

void
maildir_envelope(const char *text, size_t len, struct envelope *env)
{
	struct buf address;
	size_t at = 0, skip;

	buf_init(&address, MAILDIR_ADDRESS + 1);
	if (len > MAILDIR_ENVELOPE)
		len = MAILDIR_ENVELOPE;
	while (at < len) {
		const char *line = text + at;
		const char *end = memchr(line, '\n', len - at);
		size_t n;

		/* A line that was cut is no line. */
		if (end == NULL)
			break;
		n = (size_t)(end - line);
		at += n + 1;
		if (maildir_field(line, n, "Return-Path", &skip)) {
			if (env->sender == NULL &&
			    maildir_address(line + skip, n - skip, &address))
				env->sender = xstrdup(buf_str(&address));
		} else if (maildir_field(line, n, "Delivered-To", &skip) ||
			   maildir_field(line, n, "X-Original-To", &skip)) {
			if (env->recipients.count < MAILDIR_RECIPIENTS &&
			    maildir_address(line + skip, n - skip, &address) &&
			    address.len > 0)
				strs_add_once(
				    &env->recipients, buf_str(&address));
		} else {
			break;
		}
	}
	buf_free(&address);
}

static int
maildir_read_envelope(int fd, struct envelope *env, struct err *e)
{
	char *text = xmalloc(MAILDIR_ENVELOPE);
	size_t len = 0;
	ssize_t n = 0;

	while (len < MAILDIR_ENVELOPE) {
		n = pread(fd, text + len, MAILDIR_ENVELOPE - len, (off_t)len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (n == -1)
		err_set(e, ERR_TEMP, "reading: %m");
	else
		maildir_envelope(text, len, env);
	free(text);
	return n == -1 ? -1 : 0;
}

/*
 * A read lease is given only while nobody has the file open for writing. Where
 * leases are not to be had (another's file, a network file system) the answer
 * is no, and maildir_remove sees a change.
 */
static bool
maildir_is_written(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == -1)
		return errno == EAGAIN;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

static int
maildir_open_file(const struct maildir *m, const char *name, int *fd,
    struct maildir_file *f, struct err *e)
{
	struct stat st;

	/* Looked at first: opening a FIFO or a device is an act already. */
	if (fstatat(m->new, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return err_set(e, errno == ENOENT ? ERR_NOINPUT : ERR_TEMP,
		    "%s/%s: %m", m->new_path, name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_DENIED, "%s/%s: not a plain file",
		    m->new_path, name);
	*fd = openat(m->new, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd == -1 && errno == ENOENT)
		return err_set(e, ERR_NOINPUT, "%s/%s: %m", m->new_path, name);
	if (*fd == -1)
		return err_set(e,
		    errno == EMFILE || errno == ENFILE || errno == ENOMEM
			? ERR_TEMP
			: ERR_DENIED,
		    "%s/%s: %m", m->new_path, name);
	if (fstat(*fd, &st) == -1 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_DENIED, "%s/%s: not a plain file",
		    m->new_path, name);
	if (maildir_is_written(*fd))
		return err_set(e, ERR_SERVICE, "%s/%s: is being written",
		    m->new_path, name);
	*f = (struct maildir_file){.name = xstrdup(name),
	    .dev = st.st_dev,
	    .ino = st.st_ino,
	    .size = st.st_size,
	    .mtime = st.st_mtim};
	return 0;
}

static int
maildir_copy(int fd, uint64_t max, struct spool_batch *batch, struct err *e)
{
	unsigned char chunk[MAILDIR_CHUNK];
	uint64_t total = 0;
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(e, ERR_TEMP, "reading: %m");
		if ((uint64_t)n > max - total)
			return err_set(e, ERR_DATA, "over %llu bytes",
			    (unsigned long long)max);
		total += (uint64_t)n;
		if (spool_batch_put(batch, chunk, (size_t)n, e) == -1)
			return -1;
	}
	return 0;
}

int
maildir_take(const struct maildir *m, const char *name, uint64_t max,
    int64_t now, struct spool_batch *batch, struct maildir_file *f,
    char sha[SPOOL_SHA], struct err *e)
{
	struct envelope env = {.received_at = now};
	int fd = -1;
	int rc = -1;

	*f = (struct maildir_file){0};
	if (maildir_open_file(m, name, &fd, f, e) == -1)
		goto out;
	if ((uint64_t)f->size > max) {
		err_set(e, ERR_DATA, "%s/%s: over %llu bytes", m->new_path,
		    name, (unsigned long long)max);
		goto out;
	}
	env.source = xstrdup(m->source);
	if (maildir_read_envelope(fd, &env, e) == -1 ||
	    spool_batch_begin(batch, e) == -1) {
		err_in(e, "%s/%s", m->new_path, name);
		goto out;
	}
	rc = maildir_copy(fd, max, batch, e);
	if (rc == -1) {
		spool_batch_undo(batch);
		err_in(e, "%s/%s", m->new_path, name);
	} else {
		spool_batch_end(batch, &env, sha);
	}
out:
	if (fd != -1)
		close(fd);
	envelope_free(&env);
	if (rc == -1)
		maildir_file_free(f);
	return rc;
}

int
maildir_remove(
    const struct maildir *m, const struct maildir_file *f, struct err *e)
{
	struct stat st;

	if (fstatat(m->new, f->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0
				       : err_set(e, ERR_TEMP, "%s/%s: %m",
					     m->new_path, f->name);
	if (st.st_dev != f->dev || st.st_ino != f->ino ||
	    st.st_size != f->size || st.st_mtim.tv_sec != f->mtime.tv_sec ||
	    st.st_mtim.tv_nsec != f->mtime.tv_nsec)
		return err_set(e, ERR_DATA, "%s/%s: changed while it was read",
		    m->new_path, f->name);
	if (unlinkat(m->new, f->name, 0) == -1 && errno != ENOENT)
		return err_set(e, ERR_TEMP, "%s/%s: %m", m->new_path, f->name);
	return 0;
}

int
maildir_sync(const struct maildir *m, struct err *e)
{
	if (fsync(m->new) == -1)
		return err_set(e, ERR_TEMP, "fsync %s: %m", m->new_path);
	return 0;
}

int
maildir_refuse(const struct maildir *m, const char *name, struct err *e)
{
	int dir = -1, to = -1;
	int rc = -1;

	if (maildir_folder(m->dir, ".refused", e) == -1)
		goto out;
	dir = openat(m->dir, ".refused",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir == -1) {
		err_set(e, ERR_TEMP, ".refused: %m");
		goto out;
	}
	if (maildir_folders(dir, e) == -1)
		goto out;
	to = openat(dir, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to == -1 ||
	    renameat2(m->new, name, to, name, RENAME_NOREPLACE) == -1 ||
	    fsync(to) == -1 || fsync(m->new) == -1) {
		err_set(e, ERR_TEMP, ".refused/new/%s: %m", name);
		goto out;
	}
	rc = 0;
out:
	if (to != -1)
		close(to);
	if (dir != -1)
		close(dir);
	return rc;
}
