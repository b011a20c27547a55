#include "cli/unseal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

#define STATUS_MAX                                                             \
	(64U << 10) /* bytes of gpg's status lines; a pipe's room              \
		     */
#define STATUS_FD 3

#ifndef GPG_PATH
#define GPG_PATH "/usr/bin/gpg"
#endif

struct unsealing {
	pid_t pid;
	int text, status; /* of pipes, -1: closed */
	struct buf lines; /* of status */
};

/* In the child: nothing is left open but the file, the pipes and stderr. */
static void
unseal_exec(int from, int text, int status)
{
	char fd[] = "--status-fd", three[] = "3", decrypt[] = "--decrypt",
	     name[] = "gpg", quiet[] = "--quiet", tidy[] = "--no-verbose";
	char *argv[] = {name, quiet, tidy, fd, three, decrypt, NULL};

	/* What gpg says is for a person: a passphrase that is asked for. */
	if (isatty(STDERR_FILENO) != 1) {
		int null = open("/dev/null", O_WRONLY);

		if (null != -1)
			(void)dup2(null, STDERR_FILENO);
	}
	if (dup2(from, STDIN_FILENO) == -1 || dup2(text, STDOUT_FILENO) == -1)
		_exit(127);
	if (status == STATUS_FD ? fcntl(status, F_SETFD, 0) == -1
				: dup2(status, STATUS_FD) == -1)
		_exit(127);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execv(GPG_PATH, argv);
	_exit(127);
}

static int
unseal_start(struct unsealing *u, const char *path, struct err *e)
{
	int from = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int text[2] = {-1, -1}, status[2] = {-1, -1};

	if (from == -1)
		return err_set(e, ERR_NOINPUT, "%s: %m", path);
	if (pipe2(text, O_CLOEXEC) == -1 || pipe2(status, O_CLOEXEC) == -1 ||
	    (u->pid = fork()) == -1) {
		err_set(e, ERR_TEMP, "%s: %m", path);
		u->pid = -1;
	} else if (u->pid == 0) {
		unseal_exec(from, text[1], status[1]);
	}
	(void)close(from);
	if (text[1] != -1)
		(void)close(text[1]);
	if (status[1] != -1)
		(void)close(status[1]);
	u->text = text[0];
	u->status = status[0];
	return u->pid == -1 ? -1 : 0;
}

static int
unseal_read(int fd,
    int (*put)(void *ctx, const void *data, size_t len, struct err *e),
    void *ctx, struct err *e)
{
	unsigned char chunk[65536];
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		rc = n == -1 ? err_set(e, ERR_TEMP, "gpg: %m")
			     : put(ctx, chunk, (size_t)n, e);
	}
	explicit_bzero(chunk, sizeof(chunk));
	return rc;
}

static int
unseal_line(void *ctx, const void *data, size_t len, struct err *e)
{
	struct unsealing *u = ctx;

	(void)e;
	buf_put(&u->lines, data, len);
	return 0;
}

static bool
unseal_said(const struct unsealing *u, const char *word)
{
	return strstr(buf_str(&u->lines), word) != NULL;
}

/* It ended well, and said so of one text that was protected. */
static int
unseal_verdict(struct unsealing *u, int status, struct err *e)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(e, ERR_SERVICE, "%s does not start", GPG_PATH);
	if (unseal_said(u, "[GNUPG:] ENC_TO ") &&
	    !unseal_said(u, "[GNUPG:] DECRYPTION_INFO "))
		return err_set(e, ERR_DENIED,
		    "gpg has no secret key that opens the backup, or no"
		    " passphrase for it; $GNUPGHOME names where it lies");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 ||
	    !unseal_said(u, "[GNUPG:] DECRYPTION_OKAY") ||
	    !unseal_said(u, "[GNUPG:] GOODMDC"))
		return err_set(e, ERR_DATA,
		    "gpg cannot open the backup: it was changed, or cut short,"
		    " or the passphrase was wrong");
	return 0;
}

int
unseal(const char *path,
    int (*put)(void *ctx, const void *data, size_t len, struct err *e),
    void *ctx, struct err *e)
{
	struct unsealing u = {.pid = -1, .text = -1, .status = -1};
	struct err late = {0};
	int status = 0, rc;

	buf_init(&u.lines, STATUS_MAX);
	rc = unseal_start(&u, path, e);
	if (rc == 0)
		rc = unseal_read(u.text, put, ctx, e);
	if (u.text != -1)
		(void)close(u.text);
	/* What gpg says of the whole comes before what its pieces were. */
	if (u.pid != -1) {
		(void)unseal_read(u.status, unseal_line, &u, NULL);
		while (waitpid(u.pid, &status, 0) == -1 && errno == EINTR)
			;
		if (unseal_verdict(&u, status, &late) == -1 &&
		    (rc == 0 || late.code == ERR_DENIED)) {
			*e = late;
			rc = -1;
		}
	}
	if (u.status != -1)
		(void)close(u.status);
	buf_free(&u.lines);
	return rc;
}
