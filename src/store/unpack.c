#include "store/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/private_folder.h"
#include "base/sha256.h"
#include "store/archive.h"
#include "store/spool.h"

#define MANIFEST_MAX (512U << 20) /* bytes */
#define FILES_MAX 50000000

struct unpack {
	int folder;
	unsigned char block[ARCHIVE_BLOCK];
	size_t block_len;
	struct archive_head head; /* of the file that is coming */
	uint64_t left; /* bytes of it */
	uint64_t padding; /* zeros after it */
	int fd; /* of it, -1: it is the manifest, or none */
	bool in_manifest, manifest_came, ended;
	struct sha256 sum; /* of that file, where fd is not -1 */
	struct buf found; /* the manifest as it ought to be */
	struct buf manifest; /* as it came */
	int64_t files, bytes;
};

struct unpack *
unpack_create(int folder)
{
	struct unpack *u = xcalloc(1, sizeof(*u));

	u->folder = folder;
	u->fd = -1;
	buf_init(&u->found, MANIFEST_MAX);
	buf_init(&u->manifest, MANIFEST_MAX);
	return u;
}

void
unpack_free(struct unpack *u)
{
	if (u == NULL)
		return;
	if (u->fd != -1) {
		unsigned char sum[SHA256_BYTES];

		sha256_end(&u->sum, sum);
		(void)close(u->fd);
	}
	buf_free(&u->found);
	buf_free(&u->manifest);
	free(u);
}

/* Each folder above the file; one that is there is fine. */
static int
unpack_folders(struct unpack *u, const char *name, struct err *e)
{
	for (const char *p = strchr(name, '/'); p != NULL;
	     p = strchr(p + 1, '/')) {
		char *folder = xstrndup(name, (size_t)(p - name));
		int rc = private_folder_make(u->folder, folder, e);

		free(folder);
		if (rc == -1)
			return -1;
	}
	return 0;
}

static int
unpack_begin(struct unpack *u, struct err *e)
{
	const char *name = u->head.name;

	if (u->manifest_came)
		return err_set(e, ERR_DATA, "a file after the manifest");
	u->left = u->head.size;
	u->padding = (ARCHIVE_BLOCK - u->left % ARCHIVE_BLOCK) % ARCHIVE_BLOCK;
	u->in_manifest = strcmp(name, ARCHIVE_MANIFEST) == 0;
	if (u->in_manifest) {
		u->manifest_came = true;
		return 0;
	}
	if (++u->files > FILES_MAX)
		return err_set(e, ERR_DATA, "over %d files", FILES_MAX);
	if (unpack_folders(u, name, e) == -1)
		return -1;
	u->fd = openat(u->folder, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (u->fd == -1)
		return err_set(
		    e, errno == EEXIST ? ERR_DATA : ERR_TEMP, "%s: %m", name);
	sha256_begin(&u->sum);
	return 0;
}

/* The file's last byte came. It is synced with all others, at the end. */
static int
unpack_end(struct unpack *u, struct err *e)
{
	unsigned char sum[SHA256_BYTES];
	char hex[SPOOL_SHA];
	int fd = u->fd;

	u->in_manifest = false;
	u->fd = -1;
	if (fd == -1)
		return 0;
	sha256_end(&u->sum, sum);
	hex_encode(sum, sizeof(sum), hex);
	buf_putf(&u->found, "%s  %s\n", hex, u->head.name);
	if (close(fd) == -1)
		return err_set(e, ERR_TEMP, "%s: %m", u->head.name);
	return 0;
}

static int
unpack_write(
    struct unpack *u, const unsigned char *p, size_t len, struct err *e)
{
	if (u->in_manifest) {
		buf_put(&u->manifest, p, len);
		return u->manifest.over
			   ? err_set(e, ERR_DATA, "too long a manifest")
			   : 0;
	}
	sha256_add(&u->sum, p, len);
	u->bytes += (int64_t)len;
	while (len > 0) {
		ssize_t n = write(u->fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(e, ERR_TEMP, "%s: %m", u->head.name);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The zeros after a file: as many of them as are in len. */
static int
unpack_skip(
    struct unpack *u, const unsigned char *p, size_t *len, struct err *e)
{
	if (*len > u->padding)
		*len = (size_t)u->padding;
	for (size_t i = 0; i < *len; i++)
		if (p[i] != 0)
			return err_set(e, ERR_DATA, "no archive of a backup");
	u->padding -= *len;
	return 0;
}

static int
unpack_block(
    struct unpack *u, const unsigned char *p, size_t *len, struct err *e)
{
	size_t room = ARCHIVE_BLOCK - u->block_len;

	if (*len > room)
		*len = room;
	memcpy(u->block + u->block_len, p, *len);
	u->block_len += *len;
	if (u->block_len < ARCHIVE_BLOCK)
		return 0;
	u->block_len = 0;
	if (archive_head_read(u->block, &u->head, e) == -1)
		return -1;
	if (u->head.end || u->ended) {
		if (!u->manifest_came || !u->head.end)
			return err_set(e, ERR_DATA, "no archive of a backup");
		u->ended = true;
		return 0;
	}
	if (unpack_begin(u, e) == -1)
		return -1;
	return u->left == 0 ? unpack_end(u, e) : 0;
}

int
unpack_put(struct unpack *u, const void *data, size_t len, struct err *e)
{
	const unsigned char *p = data;

	while (len > 0) {
		size_t n = len;
		int rc;

		if (u->left > 0) {
			if (n > u->left)
				n = (size_t)u->left;
			rc = unpack_write(u, p, n, e);
			u->left -= n;
			if (rc == 0 && u->left == 0)
				rc = unpack_end(u, e);
		} else if (u->padding > 0) {
			rc = unpack_skip(u, p, &n, e);
		} else {
			rc = unpack_block(u, p, &n, e);
		}
		if (rc == -1)
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}

int
unpack_finish(struct unpack *u, int64_t *files, int64_t *bytes, struct err *e)
{
	if (!u->ended || u->left > 0 || u->padding > 0)
		return err_set(e, ERR_DATA, "the archive was cut short");
	if (u->found.len != u->manifest.len || u->found.over ||
	    (u->found.len > 0 &&
		memcmp(u->found.data, u->manifest.data, u->found.len) != 0))
		return err_set(
		    e, ERR_DATA, "the files are not those of the manifest");
	if (syncfs(u->folder) == -1)
		return err_set(e, ERR_TEMP, "sync: %m");
	*files = u->files;
	*bytes = u->bytes;
	return 0;
}
