/* What somebody's tar holds: read, compared, and never written anywhere. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "store/archive.h"
#include "store/bundle.h"
#include "store/spool.h"

#define CHUNK 65536 /* bytes */
#define MANIFEST_MAX (64U << 20) /* bytes */
#define AUDIT_MAX (512U << 20) /* bytes */
#define SIGNATURE_MAX (64U << 10) /* bytes */

/* What comes next in the file, in this order. */
enum stage { FILES, MANIFEST_CAME, SIGNATURE_CAME, ENDED };

struct check {
	int fd;
	struct bundle_facts *out;
	struct buf found; /* the manifest as it ought to be */
	enum stage stage;
	struct archive_head head; /* of the file that is coming */
	char last[ARCHIVE_NAME + 1]; /* name of the one before it */
	unsigned char *chunk;
};

void
bundle_facts_free(struct bundle_facts *f)
{
	buf_free(&f->manifest);
	buf_free(&f->signature);
	buf_free(&f->audit);
}

/* All len bytes. */
static int
check_read(struct check *c, void *data, size_t len, struct err *e)
{
	unsigned char *p = data;

	while (len > 0) {
		ssize_t n = read(c->fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(e, ERR_TEMP, "%m");
		if (n == 0)
			return err_set(e, ERR_DATA, "was cut short");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The file's bytes: summed up, and kept where keep is not NULL. */
static int
check_bytes(
    struct check *c, struct buf *keep, char sha[SPOOL_SHA], struct err *e)
{
	unsigned char sum[SHA256_BYTES];
	uint64_t left = c->head.size;
	struct sha256 hash;
	int rc = 0;

	sha256_begin(&hash);
	while (left > 0 && rc == 0) {
		size_t n = left > CHUNK ? CHUNK : (size_t)left;

		rc = check_read(c, c->chunk, n, e);
		if (rc == 0) {
			sha256_add(&hash, c->chunk, n);
			left -= n;
		}
		if (rc == 0 && keep != NULL) {
			buf_put(keep, c->chunk, n);
			if (keep->over)
				rc = err_set(e, ERR_DATA, "%s is too long",
				    c->head.name);
		}
	}
	sha256_end(&hash, sum);
	hex_encode(sum, sizeof(sum), sha);
	return rc;
}

static int
check_padding(struct check *c, struct err *e)
{
	size_t len = (size_t)(c->head.size % ARCHIVE_BLOCK);

	if (len == 0)
		return 0;
	len = ARCHIVE_BLOCK - len;
	if (check_read(c, c->chunk, len, e) == -1)
		return -1;
	for (size_t i = 0; i < len; i++)
		if (c->chunk[i] != 0)
			return err_set(
			    e, ERR_DATA, "bytes behind %s", c->head.name);
	return 0;
}

/* Where the file's bytes are kept; the order of the files is fixed. */
static int
check_place(struct check *c, const char *name, struct buf **keep, struct err *e)
{
	enum stage need = FILES;

	*keep = NULL;
	if (strcmp(name, ARCHIVE_MANIFEST) == 0) {
		*keep = &c->out->manifest;
		c->stage++;
		need = MANIFEST_CAME;
	} else if (strcmp(name, BUNDLE_SIGNATURE) == 0) {
		*keep = &c->out->signature;
		c->stage++;
		need = SIGNATURE_CAME;
	} else if (strcmp(name, BUNDLE_AUDIT) == 0) {
		*keep = &c->out->audit;
	}
	if (c->stage != need)
		return err_set(e, ERR_DATA, "%s stands where it may not", name);
	return 0;
}

static int
check_file(struct check *c, struct err *e)
{
	static const char folder[] = BUNDLE_FOLDER;
	const char *name = c->head.name + sizeof(folder) - 1;
	char sha[SPOOL_SHA];
	struct buf *keep;

	if (strncmp(c->head.name, folder, sizeof(folder) - 1) != 0)
		return err_set(e, ERR_DATA, "%s is not below " BUNDLE_FOLDER,
		    c->head.name);
	if (check_place(c, name, &keep, e) == -1 ||
	    check_bytes(c, keep, sha, e) == -1 || check_padding(c, e) == -1)
		return -1;
	if (c->stage != FILES)
		return 0;
	/* tar(1) would write a second one of that name over the first */
	if (strcmp(name, c->last) <= 0)
		return err_set(e, ERR_DATA, "%s is not in its order", name);
	memcpy(c->last, name, strlen(name) + 1);
	buf_putf(&c->found, "%s  %s\n", sha, name);
	c->out->files++;
	c->out->bytes += c->head.size;
	return c->found.over ? err_set(e, ERR_DATA, "has too many files") : 0;
}

/* The first line in which the manifests differ names the file. */
static int
check_manifest(const struct check *c, struct err *e)
{
	const struct buf *said = &c->out->manifest;
	const char *p = buf_str(&c->found), *q = buf_str(said);
	size_t at = 0, line = 0, len;

	while (at < c->found.len && at < said->len && p[at] == q[at])
		if (p[at++] == '\n')
			line = at;
	if (at == c->found.len && at == said->len)
		return 0;
	len = strcspn(p + line, "\n");
	if (len <= SPOOL_SHA)
		return err_set(
		    e, ERR_DATA, "files of the manifest are missing");
	return err_set(e, ERR_DATA, "%.*s is not as the manifest says",
	    (int)(len - SPOOL_SHA - 1), p + line + SPOOL_SHA + 1);
}

static int
check_end(struct check *c, struct err *e)
{
	unsigned char more;

	if (check_read(c, c->chunk, ARCHIVE_BLOCK, e) == -1)
		return -1;
	for (size_t i = 0; i < ARCHIVE_BLOCK; i++)
		if (c->chunk[i] != 0)
			return err_set(e, ERR_DATA, "has something at its end");
	if (c->stage != SIGNATURE_CAME)
		return err_set(e, ERR_DATA, "has no signed manifest");
	if (read(c->fd, &more, 1) != 0)
		return err_set(e, ERR_DATA, "has something behind its end");
	c->stage = ENDED;
	return check_manifest(c, e);
}

int
bundle_check(int fd, struct bundle_facts *out, struct err *e)
{
	struct check c = {.fd = fd, .out = out, .chunk = xmalloc(CHUNK)};
	unsigned char block[ARCHIVE_BLOCK];
	int rc = 0;

	*out = (struct bundle_facts){.files = 0};
	buf_init(&out->manifest, MANIFEST_MAX);
	buf_init(&out->signature, SIGNATURE_MAX);
	buf_init(&out->audit, AUDIT_MAX);
	buf_init(&c.found, MANIFEST_MAX);
	while (rc == 0 && c.stage != ENDED) {
		rc = check_read(&c, block, sizeof(block), e);
		if (rc == 0 && archive_head_read(block, &c.head, NULL) == -1)
			rc = err_set(e, ERR_DATA, "is no export of a case");
		if (rc == 0)
			rc = c.head.end ? check_end(&c, e) : check_file(&c, e);
	}
	buf_free(&c.found);
	free(c.chunk);
	return rc;
}
