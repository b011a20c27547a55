#include "pgp/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"

#define OPEN_FOLDERS 8 /* descriptors that nftw may hold */

/* Import keeps a key's own signatures alone: CVE-2019-13050. */
static const char gpg_conf[] = "batch\n"
			       "no-tty\n"
			       "no-greeting\n"
			       "no-verbose\n"
			       "log-file /dev/null\n"
			       "no-autostart\n"
			       "disable-dirmngr\n"
			       "no-auto-key-retrieve\n"
			       "no-auto-key-import\n"
			       "no-auto-key-locate\n"
			       "no-auto-check-trustdb\n"
			       "no-random-seed-file\n"
			       "lock-never\n"
			       "trust-model always\n"
			       "pinentry-mode error\n"
			       "no-emit-version\n"
			       "no-comments\n"
			       "no-encrypt-to\n"
			       "cipher-algo AES256\n"
			       "digest-algo SHA512\n"
			       "cert-digest-algo SHA512\n"
			       "compress-algo none\n"
			       "import-options import-minimal,self-sigs-only\n"
			       "export-options export-minimal\n";

static int
write_all(int fd, const struct buf *text)
{
	size_t at = 0;

	while (at < text->len) {
		ssize_t n = write(fd, text->data + at, text->len - at);

		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0)
			at += (size_t)n;
	}
	return 0;
}

int
folder_write(
    const char *folder, const char *name, const struct buf *text, struct err *e)
{
	char *path = xasprintf("%s/%s", folder, name);
	char *new = xasprintf("%s/%s.new", folder, name);
	int fd = open(
	    new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc = -1;

	if (fd == -1 || write_all(fd, text) == -1) {
		err_set(e, ERR_TEMP, "%s: %m", new);
		goto out;
	}
	if (rename(new, path) == -1) {
		err_set(e, ERR_TEMP, "%s: %m", path);
		goto out;
	}
	rc = 0;
out:
	if (fd != -1)
		close(fd);
	free(path);
	free(new);
	return rc;
}

int
folder_read(
    const char *folder, const char *name, struct buf *out, struct err *e)
{
	char *path = xasprintf("%s/%s", folder, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char piece[16384];
	ssize_t n = 0;
	int rc = -1;

	if (fd == -1) {
		err_set(e, ERR_TEMP, "%s: %m", path);
		goto out;
	}
	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			err_set(e, ERR_TEMP, "%s: %m", path);
			goto out;
		}
		buf_put(out, piece, (size_t)n);
	}
	if (out->over) {
		err_set(e, ERR_DATA, "%s: over %zu bytes", path, out->max);
		goto out;
	}
	rc = 0;
out:
	if (fd != -1)
		close(fd);
	free(path);
	return rc;
}

int
folder_prepare(const char *folder, const char *agent_socket, struct err *e)
{
	struct buf text;
	int rc = 0;

	buf_init(&text, sizeof(gpg_conf) + 4096);
	buf_puts(&text, gpg_conf);
	rc = folder_write(folder, "gpg.conf", &text, e);
	buf_clear(&text);
	if (rc == 0 && agent_socket != NULL) {
		buf_putf(&text, "%%Assuan%%\nsocket=%s\n", agent_socket);
		rc = folder_write(folder, "S.gpg-agent", &text, e);
	}
	buf_free(&text);
	return rc;
}

static int
remove_entry(
    const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	if (remove(path) == -1)
		log_warning("file stays: path=%s", path);
	return 0;
}

void
folder_remove(const char *folder)
{
	nftw(folder, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}
