#include "store/bundle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/sha256.h"
#include "store/archive.h"
#include "store/spool.h"

#define MANIFEST_MAX (64U << 20) /* bytes: half a million files */

void
bundle_init(struct bundle *b, int fd, const char *path)
{
	*b = (struct bundle){.fd = fd, .path = path};
	buf_init(&b->manifest, MANIFEST_MAX);
}

void
bundle_free(struct bundle *b)
{
	buf_free(&b->manifest);
}

static int
bundle_write(struct bundle *b, const void *data, size_t len, struct err *e)
{
	const unsigned char *p = data;

	while (len > 0) {
		ssize_t n = write(b->fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(e, ERR_TEMP, "%s: %m", b->path);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
bundle_member(struct bundle *b, const char *name, int64_t mtime,
    const void *data, size_t len, struct err *e)
{
	static const unsigned char zeros[ARCHIVE_BLOCK];
	unsigned char head[ARCHIVE_BLOCK];
	char path[ARCHIVE_NAME + 1];

	(void)snprintf(path, sizeof(path), BUNDLE_FOLDER "%s", name);
	if (!archive_name_is_good(path))
		return err_set(e, ERR_BUG, "%s: no name for a file", path);
	archive_head_write(head, path, len, mtime);
	if (bundle_write(b, head, sizeof(head), e) == -1 ||
	    bundle_write(b, data, len, e) == -1)
		return -1;
	len %= ARCHIVE_BLOCK;
	return len == 0 ? 0 : bundle_write(b, zeros, ARCHIVE_BLOCK - len, e);
}

int
bundle_put(struct bundle *b, const char *name, int64_t mtime, const void *data,
    size_t len, struct err *e)
{
	char sha[SPOOL_SHA];

	spool_sha(data, len, sha);
	buf_putf(&b->manifest, "%s  %s\n", sha, name);
	if (b->manifest.over)
		return err_set(e, ERR_DATA, "too many files");
	b->files++;
	return bundle_member(b, name, mtime, data, len, e);
}

int
bundle_finish(
    struct bundle *b, const struct buf *signature, int64_t mtime, struct err *e)
{
	static const unsigned char zeros[2 * ARCHIVE_BLOCK];

	if (bundle_member(b, ARCHIVE_MANIFEST, mtime, b->manifest.data,
		b->manifest.len, e) == -1 ||
	    bundle_member(b, BUNDLE_SIGNATURE, mtime, signature->data,
		signature->len, e) == -1 ||
	    bundle_write(b, zeros, sizeof(zeros), e) == -1)
		return -1;
	return fsync(b->fd) == -1 ? err_set(e, ERR_TEMP, "%s: %m", b->path) : 0;
}
