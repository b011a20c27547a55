#include "cli/mailstore.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

#define MAILSTORE_PIECE (256U << 10) /* bytes that are read at a time */

void
mailstore_free(struct mailstore *m)
{
	strs_free(&m->file);
	free(m->mbox);
	free(m->entry);
	*m = (struct mailstore){0};
}

static void
mailstore_file(struct mailstore *m, const char *path, bool mbox, uint64_t size)
{
	m->mbox = xgrow(m->mbox, m->file.count, sizeof(*m->mbox));
	m->mbox[m->file.count] = mbox;
	strs_add(&m->file, path);
	m->bytes += size;
}

/* The files of a Maildir's cur or new; false where there is no such folder. */
static bool
mailstore_messages(struct mailstore *m, const char *folder, const char *sub)
{
	char *path = xasprintf("%s/%s", folder, sub);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *d;

	if (dir == NULL && fd != -1)
		(void)close(fd);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		struct stat st;
		char *name;

		if (d->d_name[0] == '.' ||
		    fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			-1 ||
		    !S_ISREG(st.st_mode))
			continue;
		name = xasprintf("%s/%s", path, d->d_name);
		mailstore_file(m, name, false, (uint64_t)st.st_size);
		free(name);
	}
	free(path);
	if (dir != NULL)
		(void)closedir(dir);
	return dir != NULL;
}

/* Folders inside one, but a Maildir's own three. */
static int
mailstore_inside(
    const char *folder, bool maildir, struct strs *todo, struct err *e)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *d;

	if (dir == NULL) {
		err_set(e, ERR_NOINPUT, "%s: %m", folder);
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	while ((d = readdir(dir)) != NULL) {
		struct stat st;
		const char *n = d->d_name;
		char *path;

		if (strcmp(n, ".") == 0 || strcmp(n, "..") == 0 ||
		    (maildir &&
			(strcmp(n, "cur") == 0 || strcmp(n, "new") == 0 ||
			    strcmp(n, "tmp") == 0)) ||
		    fstatat(dirfd(dir), n, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    !S_ISDIR(st.st_mode))
			continue;
		path = xasprintf("%s/%s", folder, n);
		strs_add(todo, path);
		free(path);
	}
	(void)closedir(dir);
	return 0;
}

static int
mailstore_folder(struct mailstore *m, const char *top, struct err *e)
{
	struct strs todo = {0};
	bool any = false;
	int rc = 0;

	strs_add(&todo, top);
	for (size_t i = 0; i < todo.count && rc == 0; i++) {
		char *path = xstrdup(todo.item[i]);
		bool cur = mailstore_messages(m, path, "cur");
		bool new = mailstore_messages(m, path, "new");

		any = any || cur || new;
		rc = mailstore_inside(path, cur || new, &todo, e);
		free(path);
		if (rc == 0 && todo.count > MAILSTORE_FOLDERS_MAX)
			rc = err_set(e, ERR_DATA, "%s: more than %d folders",
			    top, MAILSTORE_FOLDERS_MAX);
	}
	strs_free(&todo);
	if (rc == 0 && !any)
		rc = err_set(e, ERR_DATA,
		    "%s: no Maildir is in it (folders cur and new)", top);
	return rc;
}

static int
mailstore_mbox(
    struct mailstore *m, const char *path, int fd, uint64_t size, struct err *e)
{
	char first[5];
	ssize_t n = pread(fd, first, sizeof(first), 0);

	if (n == -1)
		return err_set(e, ERR_NOINPUT, "%s: %m", path);
	if (n > 0 && !mbox_is(first, (size_t)n))
		return err_set(e, ERR_DATA,
		    "%s: no mbox file, which begins with \"From \"", path);
	mailstore_file(m, path, true, size);
	return 0;
}

int
mailstore_add(struct mailstore *m, const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int rc;

	if (fd == -1 || fstat(fd, &st) == -1) {
		err_set(e, ERR_NOINPUT, "%s: %m", path);
		rc = -1;
	} else if (S_ISDIR(st.st_mode)) {
		rc = mailstore_folder(m, path, e);
	} else if (!S_ISREG(st.st_mode)) {
		rc = err_set(
		    e, ERR_DATA, "%s: neither a file nor a folder", path);
	} else {
		rc = mailstore_mbox(m, path, fd, (uint64_t)st.st_size, e);
	}
	if (fd != -1)
		(void)close(fd);
	return rc;
}

/* Where a scan is. */
struct scan {
	struct mailstore *store;
	uint32_t file;
	int64_t latest;
	int64_t last; /* the date before this one, or the file's */
};

static int
scan_put(
    struct scan *s, int64_t date, uint64_t start, uint64_t end, struct err *e)
{
	struct mailstore *m = s->store;

	if (m->count >= MAILSTORE_MAX)
		return err_set(
		    e, ERR_DATA, "more than %d messages", MAILSTORE_MAX);
	if (date != 0)
		s->last = date;
	m->entry = xgrow(m->entry, m->count, sizeof(*m->entry));
	m->entry[m->count++] = (struct mailstore_entry){
	    .date = s->last, .file = s->file, .start = start, .end = end};
	return 0;
}

static int
scan_message(void *ctx, const struct mbox_message *one, struct err *e)
{
	struct scan *s = ctx;

	return scan_put(
	    s, mbox_date(one->head, s->latest), one->start, one->end, e);
}

/* A whole file of messages; done grows by what was read of it. */
static int
scan_mbox(struct scan *s, int fd, uint64_t *done,
    void (*step)(void *ctx, uint64_t done, uint64_t all), void *ctx,
    struct err *e)
{
	struct mbox *box = mbox_create(scan_message, s);
	char *piece = xmalloc(MAILSTORE_PIECE);
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = read(fd, piece, MAILSTORE_PIECE)) != 0) {
		if (n == -1) {
			rc = err_set(e, ERR_NOINPUT, "%m");
			break;
		}
		rc = mbox_put(box, piece, (size_t)n, e);
		*done += (uint64_t)n;
		step(ctx, *done, s->store->bytes);
	}
	if (rc == 0)
		rc = mbox_end(box, e);
	free(piece);
	mbox_free(box);
	return rc;
}

/* One message: its header alone is read. */
static int
scan_one(struct scan *s, int fd, uint64_t size, struct err *e)
{
	struct buf head;
	unsigned char *at;
	ssize_t n;
	int rc;

	if (size == 0)
		return 0;
	buf_init(&head, MBOX_HEAD);
	at = buf_reserve(&head, MBOX_HEAD);
	n = pread(fd, at, MBOX_HEAD, 0);
	if (n == -1) {
		rc = err_set(e, ERR_NOINPUT, "%m");
	} else {
		head.len = (size_t)n;
		rc = scan_put(s, mbox_date(&head, s->latest), 0, size, e);
	}
	buf_free(&head);
	return rc;
}

static int
mailstore_order(const void *a, const void *b)
{
	const struct mailstore_entry *x = a, *y = b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

int
mailstore_scan(struct mailstore *m, int64_t latest,
    void (*step)(void *ctx, uint64_t done, uint64_t all), void *ctx,
    struct err *e)
{
	struct scan s = {.store = m, .latest = latest};
	uint64_t done = 0;
	int rc = 0;

	for (size_t i = 0; i < m->file.count && rc == 0; i++) {
		const char *path = m->file.item[i];
		int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		struct stat st;

		s.file = (uint32_t)i;
		if (fd == -1 || fstat(fd, &st) == -1) {
			rc = err_set(e, ERR_NOINPUT, "%m");
		} else {
			s.last = (int64_t)st.st_mtime;
			rc = m->mbox[i] != 0
				 ? scan_mbox(&s, fd, &done, step, ctx, e)
				 : scan_one(&s, fd, (uint64_t)st.st_size, e);
		}
		if (m->mbox[i] == 0 && rc == 0)
			step(ctx, done += (uint64_t)st.st_size, m->bytes);
		if (fd != -1)
			(void)close(fd);
		if (rc == -1)
			err_in(e, "%s", path);
	}
	if (rc == 0 && m->count > 0)
		qsort(m->entry, m->count, sizeof(*m->entry), mailstore_order);
	return rc;
}

int
mailstore_read(const struct mailstore *m, const struct mailstore_entry *one,
    enum mbox_kind kind, struct buf *out, struct err *e)
{
	const char *path = m->file.item[one->file];
	uint64_t len = one->end - one->start, done = 0;
	unsigned char *at;
	int fd;

	at = len > out->max ? NULL : buf_reserve(out, (size_t)len);
	if (at == NULL)
		return err_set(e, ERR_DATA,
		    "%s: byte %llu: %llu bytes, expected at most %zu", path,
		    (unsigned long long)one->start, (unsigned long long)len,
		    out->max);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	while (fd != -1 && done < len) {
		ssize_t n = pread(fd, at + done, (size_t)(len - done),
		    (off_t)(one->start + done));

		if (n <= 0)
			break;
		done += (uint64_t)n;
	}
	if (fd != -1)
		(void)close(fd);
	if (done < len)
		return err_set(
		    e, ERR_NOINPUT, "%s: it changed while it was read", path);
	if (m->mbox[one->file] != 0)
		mbox_unquote(out, kind);
	return 0;
}
