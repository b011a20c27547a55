#include "process/logpipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

#define LOGPIPE_LINE 8192 /* bytes kept of a line without an end */

struct logpipe {
	int fd[2];
	struct buf line;
	bool syslog;
};

int
logpipe_open(struct logpipe **out, struct err *e)
{
	struct logpipe *l = xcalloc(1, sizeof(*l));

	*out = NULL;
	if (pipe2(l->fd, O_CLOEXEC | O_NONBLOCK) == -1) {
		free(l);
		return err_set(e, ERR_TEMP, "pipe: %m");
	}
	buf_init(&l->line, LOGPIPE_LINE);
	*out = l;
	return 0;
}

void
logpipe_close(struct logpipe *l)
{
	if (l == NULL)
		return;
	logpipe_forward(l);
	close(l->fd[0]);
	close(l->fd[1]);
	buf_free(&l->line);
	free(l);
}

int
logpipe_read_fd(const struct logpipe *l)
{
	return l->fd[0];
}

int
logpipe_write_fd(const struct logpipe *l)
{
	return l->fd[1];
}

int
logpipe_to_syslog(struct logpipe *l, struct err *e)
{
	logpipe_forward(l);
	if (dup2(l->fd[1], STDERR_FILENO) == -1)
		return err_set(e, ERR_TEMP, "standard error: %m");
	openlog("noroshi", LOG_PID | LOG_NDELAY, LOG_MAIL);
	l->syslog = true;
	return 0;
}

/* "worker: error: ..." has its level as the second word (base/log.h). */
static int
logpipe_priority(const char *line)
{
	const char *colon = strchr(line, ':');

	if (colon == NULL)
		return LOG_NOTICE;
	if (strncmp(colon, ": error: ", 9) == 0)
		return LOG_ERR;
	if (strncmp(colon, ": warning: ", 11) == 0)
		return LOG_WARNING;
	if (strncmp(colon, ": debug: ", 9) == 0)
		return LOG_DEBUG;
	return LOG_INFO;
}

static void
logpipe_line(struct logpipe *l)
{
	if (l->syslog)
		syslog(logpipe_priority(buf_str(&l->line)), "%s",
		    buf_str(&l->line));
	else
		dprintf(STDERR_FILENO, "%s\n", buf_str(&l->line));
	buf_clear(&l->line);
	l->line.over = false;
}

void
logpipe_forward(struct logpipe *l)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(l->fd[0], chunk, sizeof(chunk))) > 0 ||
	       (n == -1 && errno == EINTR))
		for (ssize_t i = 0; i < n; i++)
			if (chunk[i] == '\n')
				logpipe_line(l);
			else
				buf_putc(&l->line, chunk[i]);
}
