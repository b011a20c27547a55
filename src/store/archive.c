#include "store/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "store/spool.h"

#define OCTAL_MAX 077777777777ULL /* the largest size in octal digits */
#define MANIFEST_MAX (512U << 20) /* bytes */

/* Where the fields of a header stand (pax(1), "ustar Interchange Format"). */
enum {
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_SIZE = 124,
	AT_TIME = 136,
	AT_SUM = 148,
	AT_TYPE = 156,
	AT_MAGIC = 257
};

struct archive_file {
	char *name;
	char *path;
	uint64_t size;
};

struct archive {
	struct archive_file *file;
	size_t files;
	size_t at; /* the file whose turn it is; files: the manifest */
	int fd; /* of it, -1: not begun */
	uint64_t left; /* bytes of it */
	crypto_hash_sha256_state sum;
	unsigned char block[3 * ARCHIVE_BLOCK]; /* header, padding, end */
	size_t block_at, block_len;
	struct buf manifest;
	size_t manifest_at;
	bool ended;
};

struct archive *
archive_create(void)
{
	struct archive *a = xcalloc(1, sizeof(*a));

	a->fd = -1;
	buf_init(&a->manifest, MANIFEST_MAX);
	return a;
}

void
archive_free(struct archive *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->files; i++) {
		free(a->file[i].name);
		free(a->file[i].path);
	}
	free(a->file);
	if (a->fd != -1)
		(void)close(a->fd);
	buf_free(&a->manifest);
	free(a);
}

static bool
archive_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("._+@-", c));
}

bool
archive_name_is_good(const char *name)
{
	const char *part = name;

	if (strlen(name) > ARCHIVE_NAME)
		return false;
	for (const char *p = name;; p++) {
		if (*p == '/' || *p == '\0') {
			size_t len = (size_t)(p - part);

			if (len == 0 || (len == 1 && part[0] == '.') ||
			    (len == 2 && part[0] == '.' && part[1] == '.'))
				return false;
			part = p + 1;
			if (*p == '\0')
				return true;
		} else if (!archive_letter(*p)) {
			return false;
		}
	}
}

int
archive_add(
    struct archive *a, const char *name, const char *path, struct err *e)
{
	struct stat st;

	if (!archive_name_is_good(name))
		return err_set(
		    e, ERR_DATA, "%s: a name that no backup may have", name);
	if (stat(path, &st) == -1)
		return err_set(e, errno == ENOENT ? ERR_NOINPUT : ERR_TEMP,
		    "%s: %m", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_DATA, "%s: no plain file", path);
	a->file = xgrow(a->file, a->files, sizeof(*a->file));
	a->file[a->files++] = (struct archive_file){.name = xstrdup(name),
	    .path = xstrdup(path),
	    .size = (uint64_t)st.st_size};
	return 0;
}

size_t
archive_files(const struct archive *a)
{
	return a->files;
}

static uint64_t
archive_blocks(uint64_t size)
{
	return (size + ARCHIVE_BLOCK - 1) / ARCHIVE_BLOCK * ARCHIVE_BLOCK;
}

uint64_t
archive_size(const struct archive *a)
{
	uint64_t all = 2 * ARCHIVE_BLOCK;

	for (size_t i = 0; i < a->files; i++)
		all += ARCHIVE_BLOCK + archive_blocks(a->file[i].size);
	return all;
}

static void
archive_put_size(unsigned char *block, uint64_t size)
{
	if (size <= OCTAL_MAX) {
		(void)snprintf((char *)block + AT_SIZE, 12, "%011llo",
		    (unsigned long long)size);
		return;
	}
	block[AT_SIZE] = 0x80;
	for (int i = 11; i > 3; i--) {
		block[AT_SIZE + i] = (unsigned char)(size & 0xff);
		size >>= 8;
	}
}

static unsigned
archive_sum(const unsigned char *block)
{
	unsigned sum = 0;

	for (size_t i = 0; i < ARCHIVE_BLOCK; i++)
		sum += i >= AT_SUM && i < AT_SUM + 8 ? ' ' : block[i];
	return sum;
}

void
archive_head_write(unsigned char block[ARCHIVE_BLOCK], const char *name,
    uint64_t size, int64_t mtime)
{
	uint64_t time = mtime < 0 ? 0 : (uint64_t)mtime;

	memset(block, 0, ARCHIVE_BLOCK);
	memcpy(block, name, strlen(name));
	memcpy(block + AT_MODE, "0000600", 7);
	memcpy(block + AT_UID, "0000000", 7);
	memcpy(block + AT_GID, "0000000", 7);
	(void)snprintf((char *)block + AT_TIME, 12, "%011llo",
	    (unsigned long long)(time > OCTAL_MAX ? OCTAL_MAX : time));
	block[AT_TYPE] = '0';
	memcpy(block + AT_MAGIC, "ustar\00000", 8);
	archive_put_size(block, size);
	(void)snprintf((char *)block + AT_SUM, 8, "%06o", archive_sum(block));
	block[AT_SUM + 7] = ' ';
}

static void
archive_put_head(struct archive *a, const char *name, uint64_t size)
{
	archive_head_write(a->block, name, size, 0);
	a->block_at = 0;
	a->block_len = ARCHIVE_BLOCK;
}

/* What fills the last block of size bytes, and the end after all of them. */
static void
archive_put_zeros(struct archive *a, size_t len)
{
	memset(a->block, 0, sizeof(a->block));
	a->block_at = 0;
	a->block_len = len;
}

static int
archive_begin(struct archive *a, struct err *e)
{
	const struct archive_file *f = &a->file[a->at];
	struct stat st;

	a->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (a->fd == -1 || fstat(a->fd, &st) == -1)
		return err_set(e, ERR_TEMP, "%s: %m", f->path);
	if ((uint64_t)st.st_size < f->size)
		return err_set(e, ERR_TEMP, "%s: has become shorter", f->path);
	crypto_hash_sha256_init(&a->sum);
	a->left = f->size;
	archive_put_head(a, f->name, f->size);
	return 0;
}

static void
archive_finish(struct archive *a)
{
	const struct archive_file *f = &a->file[a->at];
	unsigned char sum[crypto_hash_sha256_BYTES];
	char hex[SPOOL_SHA];

	crypto_hash_sha256_final(&a->sum, sum);
	hex_encode(sum, sizeof(sum), hex);
	buf_putf(&a->manifest, "%s  %s\n", hex, f->name);
	(void)close(a->fd);
	a->fd = -1;
	a->at++;
	archive_put_zeros(a, (size_t)(archive_blocks(f->size) - f->size));
}

static ssize_t
archive_read_file(struct archive *a, void *data, size_t len, struct err *e)
{
	ssize_t n;

	if (len > a->left)
		len = (size_t)a->left;
	do
		n = read(a->fd, data, len);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return err_set(e, ERR_TEMP, "%s: %m", a->file[a->at].path);
	if (n == 0)
		return err_set(
		    e, ERR_TEMP, "%s: has become shorter", a->file[a->at].path);
	crypto_hash_sha256_update(&a->sum, data, (size_t)n);
	a->left -= (uint64_t)n;
	return n;
}

/* The manifest and the two blocks after it; fd is -1 all the time. */
static ssize_t
archive_read_manifest(struct archive *a, void *data, size_t len)
{
	size_t rest = a->manifest.len - a->manifest_at;

	if (len > rest)
		len = rest;
	memcpy(data, a->manifest.data + a->manifest_at, len);
	a->manifest_at += len;
	return (ssize_t)len;
}

/* What comes after the block that was given out. 1: go on; 0: the end. */
static int
archive_next(struct archive *a, struct err *e)
{
	if (a->fd != -1) {
		archive_finish(a);
		return 1;
	}
	if (a->at < a->files)
		return archive_begin(a, e) == -1 ? -1 : 1;
	if (a->at == a->files) {
		if (a->manifest.over)
			return err_set(e, ERR_DATA, "too many files");
		archive_put_head(a, ARCHIVE_MANIFEST, a->manifest.len);
		a->at++;
		return 1;
	}
	if (a->ended)
		return 0;
	a->ended = true;
	archive_put_zeros(
	    a, (size_t)(archive_blocks(a->manifest.len) - a->manifest.len) +
		   2 * ARCHIVE_BLOCK);
	return 1;
}

ssize_t
archive_read(struct archive *a, void *data, size_t len, struct err *e)
{
	for (;;) {
		int rc;

		if (a->block_at < a->block_len) {
			size_t n = a->block_len - a->block_at;

			if (n > len)
				n = len;
			memcpy(data, a->block + a->block_at, n);
			a->block_at += n;
			return (ssize_t)n;
		}
		if (a->fd != -1 && a->left > 0)
			return archive_read_file(a, data, len, e);
		if (a->at > a->files && a->manifest_at < a->manifest.len)
			return archive_read_manifest(a, data, len);
		rc = archive_next(a, e);
		if (rc != 1)
			return rc;
	}
}

/* --- one header ----------------------------------------------------------- */

static bool
archive_octal(const unsigned char *p, size_t len, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '7')
			return false;
		*out = *out * 8 + (uint64_t)(p[i] - '0');
	}
	return true;
}

static bool
archive_size_read(const unsigned char *block, uint64_t *size)
{
	const unsigned char *p = block + AT_SIZE;

	if (p[0] != 0x80)
		return archive_octal(p, 11, size);
	*size = 0;
	for (int i = 4; i < 12; i++)
		*size = *size << 8 | p[i];
	return p[1] == 0 && p[2] == 0 && p[3] == 0 && *size <= INT64_MAX;
}

int
archive_head_read(const unsigned char block[ARCHIVE_BLOCK],
    struct archive_head *out, struct err *e)
{
	uint64_t sum;
	size_t zeros = 0;

	*out = (struct archive_head){.size = 0};
	while (zeros < ARCHIVE_BLOCK && block[zeros] == 0)
		zeros++;
	out->end = zeros == ARCHIVE_BLOCK;
	if (out->end)
		return 0;
	memcpy(out->name, block, ARCHIVE_NAME);
	if (memcmp(block + AT_MAGIC, "ustar", 5) != 0 ||
	    !archive_octal(block + AT_SUM, 6, &sum) ||
	    sum != archive_sum(block) || block[AT_TYPE] != '0' ||
	    !archive_size_read(block, &out->size) ||
	    !archive_name_is_good(out->name))
		return err_set(e, ERR_DATA, "no archive of a backup");
	return 0;
}
