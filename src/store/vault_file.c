#include "store/vault_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "pgp/seal.h"

static int
vault_file_write(const char *path, const struct buf *data, struct err *e)
{
	size_t done = 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1)
		return err_set(
		    e, errno == EEXIST ? ERR_DATA : ERR_TEMP, "%s: %m", path);
	while (done < data->len) {
		ssize_t n = write(fd, data->data + done, data->len - done);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		done += (size_t)n;
	}
	if (done < data->len || fsync(fd) == -1) {
		err_set(e, ERR_TEMP, "%s: %m", path);
		close(fd);
		(void)unlink(path);
		return -1;
	}
	close(fd);
	return 0;
}

int
vault_file_create(struct keyring *k, const char *fingerprint, const char *gnupg,
    struct err *e)
{
	char *path = xasprintf("%s/vault.pgp", gnupg);
	unsigned char master[VAULT_KEY];
	struct buf sealed;
	int rc;

	buf_init(&sealed, VAULT_FILE_MAX);
	clock_random(NULL, master, sizeof(master));
	rc = seal_secret(k, fingerprint, master, sizeof(master), &sealed, e);
	explicit_bzero(master, sizeof(master));
	if (rc == 0)
		rc = vault_file_write(path, &sealed, e);
	buf_free(&sealed);
	free(path);
	return rc;
}

int
vault_file_read(const char *gnupg, struct buf *out, struct err *e)
{
	char *path = xasprintf("%s/vault.pgp", gnupg);
	unsigned char chunk[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;
	int rc = 0;

	if (fd == -1)
		rc = err_set(e, ERR_CONFIG, "%s: %m", path);
	while (fd != -1 && (n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put(out, chunk, (size_t)n);
	if (rc == 0 && (n == -1 || out->over))
		rc = err_set(e, ERR_CONFIG, "%s: cannot be read", path);
	if (fd != -1)
		close(fd);
	free(path);
	return rc;
}

int
vault_file_open(struct vault **out, struct db *db, struct keyring *k,
    const char *gnupg, struct err *e)
{
	struct buf sealed, master;
	int rc;

	buf_init(&sealed, VAULT_FILE_MAX);
	buf_init_secret(&master, 4096);
	rc = vault_file_read(gnupg, &sealed, e);
	if (rc == 0)
		rc = seal_open_secret(k, sealed.data, sealed.len, &master, e);
	if (rc == 0 && master.len != VAULT_KEY)
		rc = err_set(e, ERR_CONFIG,
		    "%s/vault.pgp does not hold a master key", gnupg);
	if (rc == 0)
		rc = vault_open(out, db, master.data, e);
	buf_free(&sealed);
	buf_free(&master);
	return rc == -1 ? err_in(e, "vault") : 0;
}
