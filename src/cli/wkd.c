#include "cli/wkd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/sha1.h"

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void
wkd_hash(const char *address, char out[WKD_HASH])
{
	/* RFC 6189 section 5.1.6 */
	static const char digits[] = "ybndrfg8ejkmcpqxot1uwisza345h769";
	unsigned char sum[SHA1_BYTES];
	struct sha1 s;

	sha1_init(&s);
	for (; *address != '\0' && *address != '@'; address++) {
		char c = lower(*address);

		sha1_put(&s, &c, 1);
	}
	sha1_end(&s, sum);
	for (size_t i = 0; i < WKD_HASH - 1; i++) {
		size_t bit = 5 * i;
		unsigned two = (unsigned)sum[bit / 8] << 8;

		if (bit / 8 + 1 < sizeof(sum))
			two |= sum[bit / 8 + 1];
		out[i] = digits[two >> (11 - bit % 8) & 31];
	}
	out[WKD_HASH - 1] = '\0';
}

static int
make_folder(const char *path, struct err *e)
{
	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		return err_set(e, ERR_NOINPUT, "%s: %m", path);
	return 0;
}

/* Whole or not at all: a web server may be reading. */
static int
write_file(const char *path, const void *data, size_t len, struct err *e)
{
	char *temporary = xasprintf("%s.new", path);
	const unsigned char *p = data;
	int fd = open(temporary,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	bool ok = fd != -1 && fchmod(fd, 0644) == 0;

	while (ok && len > 0) {
		ssize_t n = write(fd, p, len);

		ok = n > 0 || (n == -1 && errno == EINTR);
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	if (fd != -1 && close(fd) == -1)
		ok = false;
	if (!ok || rename(temporary, path) == -1)
		(void)err_set(e, ERR_TEMP, "%s: %m", path);
	else
		e = NULL;
	free(temporary);
	return e == NULL ? 0 : -1;
}

/* One method's folder: policy, and hu/ with the key. */
static int
write_method(const char *folder, const char *address, const struct buf *key,
    struct err *e)
{
	char *hu = xasprintf("%s/hu", folder);
	char *policy = xasprintf("%s/policy", folder);
	char hash[WKD_HASH], *file;
	int rc;

	wkd_hash(address, hash);
	file = xasprintf("%s/%s", hu, hash);
	rc = make_folder(folder, e);
	if (rc == 0)
		rc = make_folder(hu, e);
	if (rc == 0)
		rc = write_file(policy, "", 0, e);
	if (rc == 0)
		rc = write_file(file, key->data, key->len, e);
	free(file);
	free(policy);
	free(hu);
	return rc;
}

int
wkd_write(const char *folder, const char *address, const struct buf *key,
    bool direct, struct err *e)
{
	const char *at = strrchr(address, '@');
	char *domain;
	int rc;

	if (at == NULL || strpbrk(at + 1, "/\\") != NULL || at[1] == '.' ||
	    at[1] == '\0')
		return err_set(e, ERR_DATA, "%.100s is no address", address);
	domain = xasprintf("%s/%s", folder, at + 1);
	for (char *c = domain + strlen(folder); *c != '\0'; c++)
		*c = lower(*c);
	rc = make_folder(folder, e);
	if (rc == 0)
		rc = write_method(domain, address, key, e);
	if (rc == 0 && direct)
		rc = write_method(folder, address, key, e);
	free(domain);
	return rc;
}
