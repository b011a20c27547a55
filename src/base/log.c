#include "base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"

#define LOG_LINE 4096 /* bytes; what is longer is cut */
#define LOG_PATIENCE 200 /* ms for a reader that is slow */

/* The one state that this code base keeps outside a struct. */
static const char *log_name = "noroshi";
static enum log_level log_level = LOG_LEVEL_INFO;
static bool log_journal; /* standard error is the journal's */
static bool log_hurries; /* no line is waited for long */
static bool log_socket; /* standard error is one */
static unsigned log_lost; /* lines that nobody took */

/* $JOURNAL_STREAM names the device and inode of its socket, systemd.exec(5). */
static bool
log_to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char ours[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) == -1)
		return false;
	(void)snprintf(ours, sizeof(ours), "%llu:%llu",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return strcmp(stream, ours) == 0;
}

void
log_init(const char *name, enum log_level level)
{
	log_name = name;
	log_level = level;
	log_journal = log_to_journal();
}

void
log_never_wait(void)
{
	struct stat st = {0};
	int fd;

	log_hurries = true;
	log_socket = fstat(STDERR_FILENO, &st) == 0 && S_ISSOCK(st.st_mode);
	/* One of our own, as others write to it and fill it meanwhile. */
	if (log_socket || !S_ISFIFO(st.st_mode))
		return;
	fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return;
	(void)dup2(fd, STDERR_FILENO);
	close(fd);
}

/* False: nobody takes it. A log that cannot be written cannot say so. */
static bool
log_put(char *line, size_t n)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
	struct iovec iov = {line, n};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (!log_hurries)
		return write(STDERR_FILENO, line, n) != -1;
	/* Where the last one was lost, none of the next waits as long. */
	if (poll(&p, 1, log_lost > 0 ? 0 : LOG_PATIENCE) == 0)
		return false;
	if (log_socket)
		return sendmsg(STDERR_FILENO, &msg,
			   MSG_DONTWAIT | MSG_NOSIGNAL) != -1;
	return write(STDERR_FILENO, line, n) != -1;
}

static void
log_put_line(char *line, size_t n)
{
	char said[128];

	if (log_lost > 0) {
		int rc = snprintf(said, sizeof(said),
		    "%s%s: warning: the log took no more: lines_lost=%u\n",
		    log_journal ? "<4>" : "", log_name, log_lost);

		if (rc > 0 && (size_t)rc < sizeof(said) &&
		    log_put(said, (size_t)rc))
			log_lost = 0;
	}
	if (log_lost > 0 || !log_put(line, n))
		log_lost++;
}

static void __attribute__((format(printf, 2, 0)))
log_line(enum log_level level, const char *fmt, va_list ap)
{
	static const char *const word[] = {"error", "warning", "info", "debug"};
	/* sd-daemon(3): the level of a line that the journal reads */
	static const char *const journal[] = {"<3>", "<4>", "<6>", "<7>"};
	char text[LOG_LINE], line[LOG_LINE];
	size_t n;
	int rc;

	if (level > log_level)
		return;
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		return;
	rc = snprintf(line, sizeof(line),
	    "%s%s: %s: ", log_journal ? journal[level] : "", log_name,
	    word[level]);
	if (rc < 0)
		return;
	n = (size_t)rc;
	for (const unsigned char *p = (unsigned char *)text;
	     *p != '\0' && n < sizeof(line) - 6; p++) {
		if (*p < 0x20 || *p >= 0x7f || *p == '\\')
			n += (size_t)snprintf(line + n, 5, "\\x%02x", *p);
		else
			line[n++] = (char)*p;
	}
	line[n++] = '\n';
	log_put_line(line, n);
}

#define LOG_FUNCTION(name, level)                                              \
	void name(const char *fmt, ...)                                        \
	{                                                                      \
		va_list ap;                                                    \
                                                                               \
		va_start(ap, fmt);                                             \
		log_line(level, fmt, ap);                                      \
		va_end(ap);                                                    \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
