#include "store/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "store/envelope.h"
#include "store/spool_file.h"
#include "store/spool_folder.h"
#include "store/spool_inside.h"

#define SPOOL_CHUNK 65536 /* bytes read at a time */

void
spool_sha(const void *data, size_t len, char sha[SPOOL_SHA])
{
	unsigned char hash[SHA256_BYTES];

	sha256(data, len, hash);
	hex_encode(hash, sizeof(hash), sha);
}

/* No name reaches the file system that could be more than a name. */
static int
spool_check_sha(const char *sha, struct err *e)
{
	if (spool_folder_is_name(sha, SPOOL_SHA - 1))
		return 0;
	return err_set(e, ERR_DATA, "spool: \"%.80s\" is no SHA-256", sha);
}

static int
spool_check_out(const char *name, struct err *e)
{
	if (spool_folder_is_name(name, 1))
		return 0;
	return err_set(e, ERR_DATA, "spool: \"%.80s\" is no name", name);
}

const char *
spool_env_name(const char *sha, char name[SPOOL_ENV])
{
	(void)snprintf(name, SPOOL_ENV, "%.64s.env", sha);
	return name;
}

int
spool_open(struct spool **out, const char *path, struct err *e)
{
	struct spool *s = xmalloc(sizeof(*s));

	*out = NULL;
	*s = (struct spool){-1, -1, -1, -1, -1, -1, -1};
	if (mkdir(path, 0700) == -1 && errno != EEXIST) {
		err_set(e, ERR_TEMP, "%s: %m", path);
		goto fail;
	}
	s->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->root == -1) {
		err_set(e, ERR_TEMP, "%s: %m", path);
		goto fail;
	}
	if (spool_folder_open(s->root, "tmp", &s->tmp, e) == -1 ||
	    spool_folder_open(s->root, "new", &s->new, e) == -1 ||
	    spool_folder_open(s->root, "store", &s->store, e) == -1 ||
	    spool_folder_open(s->root, "out", &s->out, e) == -1 ||
	    spool_folder_open(s->root, "blob", &s->blob, e) == -1)
		goto fail;
	s->lock = openat(
	    s->root, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock == -1) {
		err_set(e, ERR_TEMP, "spool: lock: %m");
		goto fail;
	}
	if (spool_sync(s->root, e) == -1)
		goto fail;
	*out = s;
	return 0;
fail:
	spool_close(s);
	return -1;
}

void
spool_close(struct spool *s)
{
	int fd[7];

	if (s == NULL)
		return;
	memcpy(fd,
	    (int[]){
		s->root, s->tmp, s->new, s->store, s->out, s->blob, s->lock},
	    sizeof(fd));
	for (size_t i = 0; i < 7; i++)
		if (fd[i] != -1)
			(void)close(fd[i]);
	free(s);
}

int
spool_lock(struct spool *s, struct err *e)
{
	while (flock(s->lock, LOCK_EX) == -1)
		if (errno != EINTR)
			return err_set(e, ERR_TEMP, "spool: lock: %m");
	return 0;
}

void
spool_unlock(struct spool *s)
{
	(void)flock(s->lock, LOCK_UN);
}

int
spool_envelopes(struct spool *s, const char *sha, struct envelope **out,
    size_t *count, struct err *e)
{
	char name[SPOOL_ENV];
	struct buf b;
	int rc = -1;

	*out = NULL;
	*count = 0;
	if (spool_check_sha(sha, e) == -1)
		return -1;
	buf_init(&b, ENVELOPE_FILE_MAX);
	if (spool_folder_read(s->new, spool_env_name(sha, name), &b, e) == 0) {
		rc = envelope_read(b.data, b.len, out, count, e);
		if (rc == -1)
			err_in(e, "spool: new/%s", name);
	}
	buf_free(&b);
	return rc;
}

static bool
spool_has_envelope(
    const struct envelope *have, size_t count, const struct envelope *env)
{
	for (size_t i = 0; i < count; i++)
		if (envelope_same(&have[i], env))
			return true;
	return false;
}

int
spool_join_envelopes(struct spool *s, const char *sha,
    const struct envelope *env, struct buf *out, struct err *e)
{
	struct envelope *have = NULL;
	struct err why = {0};
	size_t count = 0;
	bool known;
	int rc = -1;

	if (spool_envelopes(s, sha, &have, &count, &why) == -1 &&
	    why.code != ERR_NOINPUT)
		/* we wrote it: a damaged one is our disk's, not the sender's */
		return err_set(e, ERR_TEMP, "%s", why.text);
	known = spool_has_envelope(have, count, env);
	rc = envelope_write(out, have, count, known ? NULL : env, e);
	envelope_list_free(have, count);
	return rc;
}

static int
spool_add_envelope(
    struct spool *s, const char *sha, const struct envelope *env, struct err *e)
{
	char name[SPOOL_ENV];
	struct buf b;
	int rc = -1;

	buf_init(&b, ENVELOPE_FILE_MAX);
	if (spool_join_envelopes(s, sha, env, &b, e) == 0)
		rc = spool_file_put(
		    s->tmp, s->new, spool_env_name(sha, name), &b, e);
	buf_free(&b);
	return rc;
}

/* f holds all bytes; the envelope goes first, see the top of spool.h. */
static int
spool_accept(struct spool *s, struct spool_file *f, const char *sha,
    const struct envelope *env, struct err *e)
{
	int rc = -1;

	if (spool_file_finish(f, e) == -1 || spool_lock(s, e) == -1)
		return -1;
	if (spool_add_envelope(s, sha, env, e) == 0)
		rc = spool_file_rename(s->tmp, f, s->new, sha, e);
	spool_unlock(s);
	return rc;
}

static int
spool_copy_hashed(
    struct spool_file *f, int fd, uint64_t max, struct sha256 *s, struct err *e)
{
	unsigned char chunk[SPOOL_CHUNK];
	uint64_t total = 0;
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(e, ERR_TEMP, "reading a message: %m");
		if ((uint64_t)n > max - total)
			return err_set(e, ERR_DATA, "message over %llu bytes",
			    (unsigned long long)max);
		total += (uint64_t)n;
		sha256_add(s, chunk, (size_t)n);
		if (spool_file_write(f, chunk, (size_t)n, e) == -1)
			return -1;
	}
	return 0;
}

static int
spool_copy(struct spool_file *f, int fd, uint64_t max, char sha[SPOOL_SHA],
    struct err *e)
{
	unsigned char hash[SHA256_BYTES];
	struct sha256 s;
	int rc;

	sha256_begin(&s);
	rc = spool_copy_hashed(f, fd, max, &s, e);
	sha256_end(&s, hash);
	hex_encode(hash, sizeof(hash), sha);
	return rc;
}

int
spool_add(struct spool *s, int fd, uint64_t max, const struct envelope *env,
    char sha[SPOOL_SHA], struct err *e)
{
	struct spool_file f = {.fd = -1};
	int rc = -1;

	if (spool_file_create(s->tmp, &f, e) == 0 &&
	    spool_copy(&f, fd, max, sha, e) == 0)
		rc = spool_accept(s, &f, sha, env, e);
	spool_file_drop(s->tmp, &f);
	return rc;
}

bool
spool_has_new(struct spool *s, const char *sha)
{
	return spool_check_sha(sha, NULL) == 0 &&
	       faccessat(s->new, sha, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int
spool_size_new(struct spool *s, const char *sha, uint64_t *bytes, struct err *e)
{
	struct stat st;

	if (spool_check_sha(sha, e) == -1)
		return -1;
	if (fstatat(s->new, sha, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return err_set(e, errno == ENOENT ? ERR_NOINPUT : ERR_TEMP,
		    "spool: %s: %m", sha);
	*bytes = (uint64_t)st.st_size;
	return 0;
}

bool
spool_has_store(struct spool *s, const char *sha)
{
	return spool_check_sha(sha, NULL) == 0 &&
	       faccessat(s->store, sha, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int
spool_read_new(struct spool *s, const char *sha, struct buf *out, struct err *e)
{
	if (spool_check_sha(sha, e) == -1)
		return -1;
	return spool_folder_read(s->new, sha, out, e);
}

/* Synced between: raw bytes must never be left without their envelope. */
int
spool_remove_new(struct spool *s, const char *sha, struct err *e)
{
	char name[SPOOL_ENV];
	int rc = -1;

	if (spool_check_sha(sha, e) == -1 || spool_lock(s, e) == -1)
		return -1;
	if (spool_folder_unlink(s->new, sha, e) == 0 &&
	    spool_sync(s->new, e) == 0)
		rc = spool_folder_unlink(s->new, spool_env_name(sha, name), e);
	spool_unlock(s);
	return rc;
}

int
spool_put_store(
    struct spool *s, const char *sha, const struct buf *sealed, struct err *e)
{
	if (spool_check_sha(sha, e) == -1)
		return -1;
	return spool_file_put(s->tmp, s->store, sha, sealed, e);
}

int
spool_read_store(
    struct spool *s, const char *sha, struct buf *out, struct err *e)
{
	if (spool_check_sha(sha, e) == -1)
		return -1;
	return spool_folder_read(s->store, sha, out, e);
}

int
spool_remove_store(struct spool *s, const char *sha, struct err *e)
{
	if (spool_check_sha(sha, e) == -1)
		return -1;
	return spool_folder_unlink(s->store, sha, e);
}

int
spool_put_out(
    struct spool *s, const char *name, const struct buf *data, struct err *e)
{
	if (spool_check_out(name, e) == -1)
		return -1;
	return spool_file_put(s->tmp, s->out, name, data, e);
}

int
spool_make_out(struct spool *s, const char *name,
    int (*make)(void *ctx, struct spool_file *f, struct err *e), void *ctx,
    struct err *e)
{
	struct spool_file f = {.fd = -1};
	int rc = -1;

	if (spool_check_out(name, e) == -1)
		return -1;
	if (spool_file_create(s->tmp, &f, e) == 0 && make(ctx, &f, e) == 0 &&
	    spool_file_finish(&f, e) == 0)
		rc = spool_file_rename(s->tmp, &f, s->out, name, e);
	spool_file_drop(s->tmp, &f);
	return rc;
}

int
spool_open_out(struct spool *s, const char *name, int *fd, struct err *e)
{
	*fd = -1;
	if (spool_check_out(name, e) == -1)
		return -1;
	return spool_folder_open_file(s->out, name, fd, e);
}

int
spool_remove_out(struct spool *s, const char *name, struct err *e)
{
	if (spool_check_out(name, e) == -1)
		return -1;
	return spool_folder_unlink(s->out, name, e);
}

int
spool_list_new(struct spool *s, struct strs *sha, struct err *e)
{
	return spool_folder_list(s->new, SPOOL_SHA - 1, sha, e);
}

int
spool_list_out(struct spool *s, struct strs *name, struct err *e)
{
	return spool_folder_list(s->out, 1, name, e);
}

static bool
spool_is_old(int dir, const char *name, int64_t before)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && st.st_mtim.tv_sec <= before;
}

int
spool_put_blob(
    struct spool *s, const char *name, const struct buf *data, struct err *e)
{
	if (spool_check_sha(name, e) == -1)
		return -1;
	return spool_file_put(s->tmp, s->blob, name, data, e);
}

int
spool_read_blob(
    struct spool *s, const char *name, struct buf *out, struct err *e)
{
	if (spool_check_sha(name, e) == -1)
		return -1;
	return spool_folder_read(s->blob, name, out, e);
}

bool
spool_has_blob(struct spool *s, const char *name)
{
	return spool_check_sha(name, NULL) == 0 &&
	       faccessat(s->blob, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int
spool_remove_blob(struct spool *s, const char *name, struct err *e)
{
	if (spool_check_sha(name, e) == -1)
		return -1;
	return spool_folder_unlink(s->blob, name, e);
}

int
spool_list_blob(
    struct spool *s, int64_t before, struct strs *name, struct err *e)
{
	struct strs all = {0};

	if (spool_folder_list(s->blob, SPOOL_SHA - 1, &all, e) == -1)
		return -1;
	for (size_t i = 0; i < all.count; i++)
		if (spool_is_old(s->blob, all.item[i], before))
			strs_add(name, all.item[i]);
	strs_free(&all);
	return 0;
}

/* An envelope whose raw bytes are not there; sha is filled where it is one. */
static bool
spool_is_lone(struct spool *s, const char *name, char sha[SPOOL_SHA])
{
	char env[SPOOL_ENV];

	(void)snprintf(sha, SPOOL_SHA, "%.64s", name);
	return spool_check_sha(sha, NULL) == 0 &&
	       strcmp(name, spool_env_name(sha, env)) == 0 &&
	       !spool_has_new(s, sha);
}

static int
spool_sweep_dir(struct spool *s, int dir, int64_t before, struct err *e)
{
	char sha[SPOOL_SHA];
	struct dirent *d;
	int rc = 0;
	DIR *walk;

	if (spool_folder_walk(dir, &walk, e) == -1)
		return -1;
	while (rc == 0 && (d = readdir(walk)) != NULL) {
		if (!spool_is_old(dir, d->d_name, before))
			continue;
		if (dir == s->tmp || spool_is_lone(s, d->d_name, sha))
			rc = spool_folder_unlink(dir, d->d_name, e);
	}
	(void)closedir(walk);
	return rc;
}

int
spool_sweep(struct spool *s, int64_t age, struct err *e)
{
	int64_t before = clock_now(NULL) - age;
	int rc;

	/* the lock: an envelope is alone while its raw bytes are renamed */
	if (spool_lock(s, e) == -1)
		return -1;
	rc = spool_sweep_dir(s, s->tmp, before, e);
	if (rc == 0)
		rc = spool_sweep_dir(s, s->new, before, e);
	spool_unlock(s);
	return rc;
}

int
spool_wake(struct spool *s, struct err *e)
{
	int fd = openat(s->root, "wake",
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	int rc = 0;

	if (fd == -1)
		return err_set(e, ERR_TEMP, "spool: wake: %m");
	if (futimens(fd, NULL) == -1)
		rc = err_set(e, ERR_TEMP, "spool: wake: %m");
	(void)close(fd);
	return rc;
}

int
spool_free_bytes(struct spool *s, uint64_t *bytes, struct err *e)
{
	struct statvfs vfs;

	if (fstatvfs(s->root, &vfs) == -1)
		return err_set(e, ERR_TEMP, "spool: %m");
	*bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	return 0;
}

int
spool_new_bytes(struct spool *s, uint64_t *bytes, struct err *e)
{
	return spool_folder_bytes(s->new, bytes, e);
}
