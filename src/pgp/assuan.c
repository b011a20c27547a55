#include "pgp/assuan.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"

#define ANSWER_MS 5000
#define ASSUAN_LINE 1000 /* bytes, Assuan's own limit */
#define KEYGRIP 40 /* hexadecimal digits */
#define KEYGRIPS_A_LINE 20

static int
agent_connect(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	int fd = -1;

	if (len >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sun.sun_path, path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 &&
	    connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/* One line that starts with OK (1) or ERR (0); comments are passed over. */
static int
read_answer(int fd)
{
	int64_t end = clock_monotonic_ms() + ANSWER_MS;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char line[ASSUAN_LINE + 2];
	size_t len = 0;

	for (;;) {
		int64_t left = end - clock_monotonic_ms();

		if (left <= 0 || len >= sizeof(line) ||
		    poll(&p, 1, (int)left) != 1 ||
		    recv(fd, line + len, 1, 0) != 1)
			return -1;
		if (line[len++] != '\n')
			continue;
		if (len >= 3 && memcmp(line, "OK", 2) == 0)
			return 1;
		if (len >= 4 && memcmp(line, "ERR", 3) == 0)
			return 0;
		len = 0;
	}
}

int
assuan_have_key(const char *socket, const struct strs *keygrips, struct err *e)
{
	int fd = agent_connect(socket);
	int have = 0;

	if (fd == -1)
		return err_set(e, ERR_TEMP, "gpg-agent at %s: %m", socket);
	if (read_answer(fd) != 1)
		have = -1;
	for (size_t i = 0; have == 0 && i < keygrips->count;) {
		struct buf line;

		buf_init(&line, ASSUAN_LINE);
		buf_puts(&line, "HAVEKEY");
		for (int n = 0; n < KEYGRIPS_A_LINE && i < keygrips->count;
		     n++, i++)
			if (hex_is(keygrips->item[i], KEYGRIP))
				buf_putf(&line, " %s", keygrips->item[i]);
		buf_putc(&line, '\n');
		if (send(fd, line.data, line.len, MSG_NOSIGNAL) !=
		    (ssize_t)line.len)
			have = -1;
		else
			have = read_answer(fd);
		buf_free(&line);
	}
	close(fd);
	if (have == -1)
		return err_set(
		    e, ERR_TEMP, "gpg-agent at %s does not answer", socket);
	return have;
}
