#include "pgp/children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"

#define END_MS 5000 /* from GPGME's result to the end of its gpg */
#define LIST_MAX 65536 /* bytes of the kernel's list of children */

int
children_adopt(struct err *e)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		return err_set(e, ERR_SERVICE, "subreaper: %m");
	return 0;
}

/* *out is the caller's. */
static size_t
list_children(pid_t **out)
{
	struct buf path;
	struct buf text;
	size_t count = 0;
	ssize_t n = 0;
	int fd = -1;

	*out = NULL;
	buf_init(&path, 64);
	buf_init(&text, LIST_MAX);
	buf_putf(&path, "/proc/self/task/%ld/children", (long)getpid());
	fd = open(buf_str(&path), O_RDONLY | O_CLOEXEC);
	while (fd != -1) {
		char piece[512];

		n = read(fd, piece, sizeof(piece));
		if (n == 0 || (n == -1 && errno != EINTR))
			break;
		if (n > 0)
			buf_put(&text, piece, (size_t)n);
	}
	if (fd != -1)
		close(fd);
	for (const char *p = buf_str(&text); *p != '\0';) {
		char *end = NULL;
		long pid = strtol(p, &end, 10);

		if (end == p)
			break;
		*out = xgrow(*out, count, sizeof(**out));
		(*out)[count++] = (pid_t)pid;
		p = end + strspn(end, " \n");
	}
	buf_free(&path);
	buf_free(&text);
	return count;
}

void
children_note(struct children *c)
{
	c->count = list_children(&c->before);
}

static bool
was_there(const struct children *c, pid_t pid)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->before[i] == pid)
			return true;
	return false;
}

static int64_t
milliseconds(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000 + t.tv_usec / 1000;
}

static void
add_cost(struct children_cost *cost, int status, const struct rusage *used)
{
	cost->cpu_ms +=
	    milliseconds(used->ru_utime) + milliseconds(used->ru_stime);
	if (WIFSIGNALED(status) &&
	    (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGXCPU))
		cost->cpu_over = true;
}

static void
wait_end(pid_t pid, int64_t patience_ms, struct children_cost *cost)
{
	struct rusage used;
	int status = 0;
	const struct timespec pause = {0, 500 * 1000};
	int64_t end = clock_monotonic_ms() + patience_ms;
	bool killed = false;

	for (;;) {
		pid_t got = wait4(pid, &status, killed ? 0 : WNOHANG, &used);

		if (got == pid)
			add_cost(cost, status, &used);
		if (got == pid || (got == -1 && errno != EINTR))
			return;
		if (!killed && clock_monotonic_ms() >= end) {
			kill(pid, SIGKILL);
			killed = true;
		} else if (!killed)
			nanosleep(&pause, NULL);
	}
}

void
children_end(struct children *c, bool kill_now, struct children_cost *cost)
{
	struct children_cost ended = {.cpu_ms = 0};
	bool again = true;

	while (again) {
		pid_t *now = NULL;
		size_t count = list_children(&now);

		again = false;
		for (size_t i = 0; i < count; i++) {
			if (was_there(c, now[i]))
				continue;
			wait_end(now[i], kill_now ? 0 : END_MS, &ended);
			again = true;
		}
		free(now);
	}
	if (cost != NULL)
		*cost = ended;
	free(c->before);
	memset(c, 0, sizeof(*c));
}
