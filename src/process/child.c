#include "process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pack.h"
#include "process/role.h"
#include "process/secret.h"

char *
child_program(const struct child *c, const struct config *config)
{
	return xasprintf("%s/noroshi-%s", config->libexec, role_name(c->role));
}

char **
child_environment(void)
{
	static const char *const name[] = {
	    "PATH",
	    "TZ",
	    "HOME",
	    "XDG_RUNTIME_DIR",
	    "JOURNAL_STREAM",
#ifdef __SANITIZE_ADDRESS__
	    "ASAN_OPTIONS",
	    "UBSAN_OPTIONS",
	    "LSAN_OPTIONS",
#endif
	};
	const size_t count = sizeof(name) / sizeof(name[0]);
	char **env = xcalloc(count + 3, sizeof(*env));
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const char *value = getenv(name[i]);

		if (value != NULL)
			env[n++] = xasprintf("%s=%s", name[i], value);
	}
	if (getenv("PATH") == NULL)
		env[n++] = xstrdup("PATH=/usr/local/bin:/usr/bin:/bin");
	env[n] = xstrdup("LANG=C.UTF-8");
	return env;
}

void
child_environment_free(char **env)
{
	for (size_t i = 0; env[i] != NULL; i++)
		free(env[i]);
	free(env);
}

int
child_settle(pid_t parent)
{
	sigset_t none;

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* In the child: only calls that are safe after fork. */
static _Noreturn void
child_exec(const char *program, char *name, char **env, int control, int log_fd,
    pid_t parent)
{
	static const char no[] = "noroshid: a role's program cannot start\n";
	char *argv[] = {name, NULL};
	int null = child_settle(parent);

	if (null == -1 || dup2(log_fd, STDERR_FILENO) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1)
		_exit(ERR_SERVICE);
	if (control == ROLE_CONTROL_FD)
		(void)fcntl(control, F_SETFD, 0);
	else if (dup2(control, ROLE_CONTROL_FD) == -1)
		_exit(ERR_SERVICE);
	(void)close_range(ROLE_CONTROL_FD + 1, ~0U, 0);
	execve(program, argv, env);
	if (write(STDERR_FILENO, no, sizeof(no) - 1) == -1)
		_exit(ERR_SERVICE);
	_exit(ERR_SERVICE);
}

static int
child_send_config(const struct child *c, const struct config *config,
    const char *password, struct err *e)
{
	struct buf packed, body;
	int rc;

	buf_init(&packed, IPC_BODY_MAX);
	buf_init_secret(&body, IPC_BODY_MAX);
	config_pack(config, &packed);
	pack_bytes(&body, packed.data, packed.len);
	pack_u64(&body, c->number);
	pack_str(&body, password);
	rc = ipc_send(c->control, IPC_CONFIG, &body, -1, e);
	buf_free(&packed);
	buf_free(&body);
	return rc;
}

int
child_start(
    struct child *c, const struct config *config, int log_fd, struct err *e)
{
	char *program = child_program(c, config);
	char *password = NULL;
	char *name = xasprintf("noroshi-%s", role_name(c->role));
	char **env = child_environment();
	pid_t parent = getpid();
	int fd[2] = {-1, -1};
	int rc = -1;

	/* Before the fork, so that its failure is the start's. */
	if (c->role == ROLE_DELIVER && config->smtp_password_file != NULL &&
	    secret_read(&password, config->smtp_password_file, e) == -1 &&
	    strcmp(config->transport, "smtp") == 0)
		goto out;
	if (ipc_pair(fd, e) == -1)
		goto out;
	c->pid = fork();
	if (c->pid == -1) {
		c->pid = 0;
		err_set(e, ERR_TEMP, "fork: %m");
		close(fd[0]);
		close(fd[1]);
		goto out;
	}
	if (c->pid == 0)
		child_exec(program, name, env, fd[1], log_fd, parent);
	/* Both do it: neither knows who comes first. */
	(void)setpgid(c->pid, c->pid);
	close(fd[1]);
	c->control = ipc_create(fd[0]);
	c->ready = c->told = false;
	c->kill_at = 0;
	c->started = clock_monotonic_ms();
	rc = child_send_config(c, config, password, e);
out:
	secret_free(password);
	child_environment_free(env);
	free(name);
	free(program);
	return rc;
}

bool
child_ended(struct child *c, int *code)
{
	siginfo_t info = {0};

	/* Left as a zombie first: its number stays that of its group. */
	if (c->pid == 0 ||
	    waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
		-1 ||
	    info.si_pid == 0)
		return false;
	(void)kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
		;
	*code =
	    info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	ipc_free(c->control);
	c->control = NULL;
	c->pid = 0;
	c->kill_at = 0;
	return true;
}

void
child_pause(struct child *c, int code, int64_t now)
{
	int64_t longest = c->ready ? CHILD_PAUSE_READY : CHILD_PAUSE_MAX;
	int64_t pause = CHILD_PAUSE_MIN;

	c->failed_starts = c->ready ? 0 : c->failed_starts + 1;
	if (now - c->started >= CHILD_SETTLED)
		c->failures = 0;
	/* A worker leaves by itself after a large mail: no failure. */
	if (code == 0 && c->ready) {
		c->start_at = now;
		return;
	}
	for (unsigned i = 0; i < c->failures && pause < longest; i++)
		pause *= 2;
	c->start_at = now + (pause < longest ? pause : longest);
	c->failures++;
}

void
child_kill(const struct child *c)
{
	if (c->pid == 0)
		return;
	(void)kill(-c->pid, SIGKILL);
	(void)kill(c->pid, SIGKILL);
}
