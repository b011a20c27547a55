#include "process/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

static int
secret_check(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_set(e, ERR_CONFIG, "%s: %m", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_CONFIG, "%s: not a file", path);
	if ((st.st_mode & 077) != 0)
		return err_set(e, ERR_CONFIG,
		    "%s: others may read it (mode %04o), expected 0600", path,
		    (unsigned int)(st.st_mode & 07777));
	return 0;
}

int
secret_line(char *text, size_t len, size_t max, const char *path, struct err *e)
{
	const char *end = memchr(text, '\n', len);
	size_t n = end == NULL ? len : (size_t)(end - text);

	if (n > 0 && text[n - 1] == '\r')
		n--;
	text[n] = '\0';
	if (n == 0)
		return err_set(
		    e, ERR_CONFIG, "%s: its first line is empty", path);
	if (n > max)
		return err_set(e, ERR_CONFIG,
		    "%s: its first line has more than %zu bytes", path, max);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return err_set(e, ERR_CONFIG,
			    "%s: a control character in its first line", path);
	return 0;
}

int
secret_read(char **out, const char *path, struct err *e)
{
	char text[SECRET_MAX + 4];
	size_t len = 0;
	ssize_t n;
	int rc = -1;
	int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	*out = NULL;
	if (fd == -1)
		return err_set(e, ERR_CONFIG, "%s: %m", path);
	if (secret_check(fd, path, e) == -1)
		goto out;
	while (len < sizeof(text) - 1 &&
	       (n = read(fd, text + len, sizeof(text) - 1 - len)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			err_set(e, ERR_CONFIG, "%s: %m", path);
			goto out;
		}
		len += (size_t)n;
	}
	if (secret_line(text, len, SECRET_MAX, path, e) == -1)
		goto out;
	*out = xstrdup(text);
	rc = 0;
out:
	explicit_bzero(text, sizeof(text));
	close(fd);
	return rc;
}

void
secret_free(char *secret)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret, strlen(secret));
	free(secret);
}
