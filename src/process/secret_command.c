#include "process/secret_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "process/child.h"
#include "process/secret.h"

#define SHELL "/bin/sh"

/* In the child: only calls that are safe after fork. */
static _Noreturn void
command_exec(
    const char *path, char *const argv[], char **env, int out, pid_t parent)
{
	int null = child_settle(parent);

	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDERR_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1)
		_exit(126);
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	execve(path, argv, env);
	_exit(127);
}

static int
command_start(struct secret_command *s, const char *path, char *const argv[],
    int timeout, struct err *e)
{
	char **env = child_environment();
	pid_t parent = getpid();
	int fd[2] = {-1, -1};
	int rc = -1;

	*s = (struct secret_command){.fd = -1};
	buf_init_secret(&s->text, SECRET_TOKEN_MAX + 2);
	if (pipe2(fd, O_CLOEXEC) == -1 ||
	    fcntl(fd[0], F_SETFL, O_NONBLOCK) == -1) {
		err_set(e, ERR_TEMP, "pipe: %m");
		goto out;
	}
	s->pid = fork();
	if (s->pid == -1) {
		s->pid = 0;
		err_set(e, ERR_TEMP, "fork: %m");
		goto out;
	}
	if (s->pid == 0)
		command_exec(path, argv, env, fd[1], parent);
	/* Both do it: neither knows who comes first. */
	(void)setpgid(s->pid, s->pid);
	s->fd = fd[0];
	fd[0] = -1;
	s->until = clock_monotonic_ms() + timeout;
	rc = 0;
out:
	for (int i = 0; i < 2; i++)
		if (fd[i] != -1)
			close(fd[i]);
	child_environment_free(env);
	return rc;
}

int
secret_command_start(
    struct secret_command *s, const char *command, int timeout, struct err *e)
{
	char *argv[] = {xstrdup("sh"), xstrdup("-c"), xstrdup(command), NULL};
	int rc = command_start(s, SHELL, argv, timeout, e);

	for (size_t i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	return rc;
}

int
secret_command_start_words(
    struct secret_command *s, char *const argv[], int timeout, struct err *e)
{
	return command_start(s, argv[0], argv, timeout, e);
}

static void
command_close(struct secret_command *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

/* More than a token can be is read, and left out. */
static void
command_read(struct secret_command *s)
{
	char bytes[4096];
	ssize_t n;

	while (s->fd != -1) {
		n = read(s->fd, bytes, sizeof(bytes));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			break;
		if (n <= 0)
			command_close(s);
		else
			buf_put(&s->text, bytes, (size_t)n);
	}
	explicit_bzero(bytes, sizeof(bytes));
}

/* What became of it; -1 where it did not end well. */
static int
command_status(int status, struct err *e)
{
	if (!WIFEXITED(status))
		return err_set(e, ERR_TEMP, "the command ended by signal %d",
		    WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(e, ERR_TEMP, "the command ended with %d",
		    WEXITSTATUS(status));
	return 0;
}

static int
command_secret(struct secret_command *s, char **out, struct err *e)
{
	char *text;
	int rc;

	if (s->text.over)
		return err_set(e, ERR_TEMP,
		    "the command printed more than %d bytes", SECRET_TOKEN_MAX);
	text = xstrndup(buf_str(&s->text), s->text.len);
	rc =
	    secret_line(text, strlen(text), SECRET_TOKEN_MAX, "the command", e);
	if (rc == -1)
		secret_free(text);
	else
		*out = text;
	return rc == -1 ? -1 : 1;
}

/* 1: it ended well, and what it printed is there; 0: it runs; -1: not. */
static int
command_look(struct secret_command *s, struct err *e)
{
	siginfo_t info = {0};
	int status = 0;

	command_read(s);
	if (waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
		0 &&
	    info.si_pid == 0)
		return clock_monotonic_ms() < s->until
			   ? 0
			   : err_set(e, ERR_TEMP, "the command took too long");
	command_read(s);
	/* What it left behind goes first: its number is still that group's. */
	(void)kill(-s->pid, SIGKILL);
	while (waitpid(s->pid, &status, 0) == -1 && errno == EINTR)
		;
	s->pid = 0;
	return command_status(status, e) == -1 ? -1 : 1;
}

int
secret_command_look(struct secret_command *s, char **out, struct err *e)
{
	int rc;

	*out = NULL;
	rc = command_look(s, e);
	if (rc == 1)
		rc = command_secret(s, out, e);
	if (rc != 0)
		secret_command_stop(s);
	return rc;
}

int
secret_command_ended(struct secret_command *s, struct err *e)
{
	int rc = command_look(s, e);

	if (rc != 0)
		secret_command_stop(s);
	return rc;
}

void
secret_command_stop(struct secret_command *s)
{
	if (s->pid != 0) {
		(void)kill(-s->pid, SIGKILL);
		(void)kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) == -1 && errno == EINTR)
			;
		s->pid = 0;
	}
	if (s->text.max != 0) {
		command_close(s);
		buf_free(&s->text);
	}
}
