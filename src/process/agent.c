#include "process/agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#ifndef GPG_AGENT_PATH
#define GPG_AGENT_PATH "/usr/bin/gpg-agent"
#endif

#define AGENT_BACKLOG 64
#define AGENT_GREETING_MS 10000 /* from its start to its first words */
#define AGENT_END_MS 3000 /* from SIGTERM to SIGKILL */
#define LISTEN_FD 3 /* where sd_listen_fds(3) starts to count */

struct agent {
	char *home; /* our short folder */
	int lock; /* on home, while we live: agent_sweep leaves it alone */
	char *socket; /* home/S.gpg-agent */
	pid_t pid; /* 0: none runs */
};

static void
agent_pause(void)
{
	const struct timespec t = {0, 5 * 1000 * 1000};

	nanosleep(&t, NULL);
}

/* Makes the folder below base; NULL where base is no place for it. */
static char *
agent_home(const char *base)
{
	char *home = xasprintf("%s/noroshi.XXXXXX", base);

	if (strlen(home) + sizeof("/S.gpg-agent") <=
		sizeof(((struct sockaddr_un *)0)->sun_path) &&
	    mkdtemp(home) != NULL)
		return home;
	free(home);
	return NULL;
}

static int
agent_folder(struct agent *a, const char *gnupg, struct err *e)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char path[PATH_MAX];
	char *keys = NULL;
	char *link = NULL;
	int rc = -1;

	if (realpath(gnupg, path) == NULL)
		return err_set(e, ERR_CONFIG, "%s: %m", gnupg);
	if (runtime != NULL && runtime[0] == '/')
		a->home = agent_home(runtime);
	if (a->home == NULL)
		a->home = agent_home("/tmp");
	if (a->home == NULL)
		return err_set(e, ERR_TEMP, "a folder in /tmp: %m");
	/* Before the link, by which others know whose folder it is. */
	a->lock = open(a->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->lock == -1 || flock(a->lock, LOCK_EX | LOCK_NB) == -1)
		return err_set(e, ERR_TEMP, "%s: %m", a->home);
	a->socket = xasprintf("%s/S.gpg-agent", a->home);
	keys = xasprintf("%s/private-keys-v1.d", path);
	link = xasprintf("%s/private-keys-v1.d", a->home);
	if (mkdir(keys, 0700) == -1 && errno != EEXIST) {
		err_set(e, ERR_TEMP, "%s: %m", keys);
		goto out;
	}
	if (symlink(keys, link) == -1) {
		err_set(e, ERR_TEMP, "%s: %m", link);
		goto out;
	}
	rc = 0;
out:
	free(keys);
	free(link);
	return rc;
}

/* Returns a listening socket at a->socket, or -1. */
static int
agent_listen(const struct agent *a, struct err *e)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return err_set(e, ERR_TEMP, "socket: %m");
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", a->socket);
	if (unlink(a->socket) == -1 && errno != ENOENT) {
		err_set(e, ERR_TEMP, "%s: %m", a->socket);
		goto fail;
	}
	if (bind(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    chmod(a->socket, 0600) == -1 || listen(fd, AGENT_BACKLOG) == -1) {
		err_set(e, ERR_TEMP, "%s: %m", a->socket);
		goto fail;
	}
	return fd;
fail:
	close(fd);
	return -1;
}

/*
 * In the child. A pinentry that cannot run makes a locked key fail at once
 * instead of waiting for somebody to type (--batch will not do: with it, agent
 * 2.2.40 fails an assertion). Only calls that are safe after fork.
 */
static _Noreturn void
agent_exec(int fd, int null, pid_t parent, const char *home)
{
	char pid[32];
	char *argv[] = {(char[]){"gpg-agent"}, (char[]){"--homedir"}, NULL,
	    (char[]){"--supervised"}, (char[]){"--no-options"},
	    (char[]){"--quiet"}, (char[]){"--disable-scdaemon"},
	    (char[]){"--no-allow-loopback-pinentry"},
	    (char[]){"--no-allow-external-cache"},
	    (char[]){"--pinentry-program"}, (char[]){"/bin/false"},
	    (char[]){"--auto-expand-secmem"}, (char[]){"0x200000"},
	    (char[]){"--log-file"}, (char[]){"/dev/null"}, NULL};
	char *envp[] = {(char[]){"PATH=/usr/bin:/bin"}, (char[]){"LC_ALL=C"},
	    (char[]){"LISTEN_FDS=1"}, (char[]){"LISTEN_FDNAMES=std"}, pid,
	    NULL};
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	sigset_t none;

	snprintf(pid, sizeof(pid), "LISTEN_PID=%ld", (long)getpid());
	snprintf(folder, sizeof(folder), "%s", home);
	argv[2] = folder;
	/* Not SIGTERM: one that is stopped would keep it waiting for good. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A terminal's ^C is its parent's to act on. */
	(void)setpgid(0, 0);
	if (getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* A gpg killed while the agent answers it must not end the agent. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	/* A copy first: dup2 to its own number would keep close-on-exec. */
	if ((null = fcntl(null, F_DUPFD, LISTEN_FD + 1)) == -1 ||
	    (fd = fcntl(fd, F_DUPFD, LISTEN_FD + 1)) == -1 ||
	    dup2(null, 0) == -1 || dup2(null, 1) == -1 || dup2(null, 2) == -1 ||
	    dup2(fd, LISTEN_FD) == -1)
		_exit(127);
	close_range(LISTEN_FD + 1, ~0U, 0);
	execve(GPG_AGENT_PATH, argv, envp);
	_exit(127);
}

static void
agent_reap(struct agent *a)
{
	int64_t end = clock_monotonic_ms() + AGENT_END_MS;

	if (a->pid == 0)
		return;
	kill(a->pid, SIGTERM);
	while (waitpid(a->pid, NULL, WNOHANG) == 0) {
		if (clock_monotonic_ms() > end) {
			kill(a->pid, SIGKILL);
			while (waitpid(a->pid, NULL, 0) == -1 && errno == EINTR)
				;
			break;
		}
		agent_pause();
	}
	a->pid = 0;
}

/* True once the agent said its "OK" on a new connection. */
static bool
agent_greets(const struct agent *a)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct pollfd p = {.events = POLLIN};
	char word[2];
	bool greets = false;

	p.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p.fd == -1)
		return false;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", a->socket);
	greets =
	    connect(p.fd, (const struct sockaddr *)&sun, sizeof(sun)) == 0 &&
	    poll(&p, 1, AGENT_GREETING_MS) == 1 &&
	    recv(p.fd, word, sizeof(word), 0) == (ssize_t)sizeof(word) &&
	    memcmp(word, "OK", sizeof(word)) == 0;
	close(p.fd);
	return greets;
}

static int
agent_run(struct agent *a, struct err *e)
{
	pid_t parent = getpid();
	int null = -1;
	int fd = agent_listen(a, e);
	int rc = -1;

	if (fd == -1)
		return -1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null == -1) {
		err_set(e, ERR_TEMP, "/dev/null: %m");
		goto out;
	}
	a->pid = fork();
	if (a->pid == -1) {
		a->pid = 0;
		err_set(e, ERR_TEMP, "fork: %m");
		goto out;
	}
	if (a->pid == 0)
		agent_exec(fd, null, parent, a->home);
	/* Our copy has to go: a dead agent must refuse, not let wait. */
	close(fd);
	fd = -1;
	if (!agent_greets(a)) {
		agent_reap(a);
		err_set(e, ERR_TEMP, "%s does not answer", GPG_AGENT_PATH);
		goto out;
	}
	rc = 0;
out:
	if (fd != -1)
		close(fd);
	if (null != -1)
		close(null);
	return rc;
}

int
agent_start(struct agent **out, const char *gnupg, struct err *e)
{
	struct agent *a = xcalloc(1, sizeof(*a));

	a->lock = -1;
	*out = NULL;
	if (agent_folder(a, gnupg, e) == -1 || agent_run(a, e) == -1) {
		err_in(e, "gpg-agent");
		agent_stop(a);
		return -1;
	}
	*out = a;
	return 0;
}

const char *
agent_socket(const struct agent *a)
{
	return a->socket;
}

pid_t
agent_pid(const struct agent *a)
{
	return a->pid;
}

int
agent_restart(struct agent *a, struct err *e)
{
	agent_reap(a);
	if (agent_run(a, e) == -1) {
		err_in(e, "gpg-agent");
		return -1;
	}
	return 0;
}

/* Names in our own folder alone; the link to the keys goes, not the keys. */
static void
agent_remove(const char *home)
{
	DIR *d = opendir(home);
	const struct dirent *entry;

	if (d != NULL) {
		while ((entry = readdir(d)) != NULL)
			if (strcmp(entry->d_name, ".") != 0 &&
			    strcmp(entry->d_name, "..") != 0 &&
			    unlinkat(dirfd(d), entry->d_name, 0) == -1)
				(void)unlinkat(
				    dirfd(d), entry->d_name, AT_REMOVEDIR);
		closedir(d);
	}
	if (rmdir(home) == -1)
		log_warning("folder stays: path=%s", home);
}

void
agent_stop(struct agent *a)
{
	if (a == NULL)
		return;
	agent_reap(a);
	if (a->home != NULL)
		agent_remove(a->home);
	if (a->lock != -1)
		close(a->lock);
	free(a->home);
	free(a->socket);
	free(a);
}

/* A folder of ours whose owner is no more: its lock went with it. */
static bool
agent_is_left(const char *home, const char *keys)
{
	char *link = xasprintf("%s/private-keys-v1.d", home);
	char target[PATH_MAX];
	ssize_t n = readlink(link, target, sizeof(target) - 1);
	struct stat st;
	bool left = false;
	int fd = -1;

	free(link);
	if (n == -1 || lstat(home, &st) == -1 || !S_ISDIR(st.st_mode) ||
	    st.st_uid != geteuid())
		return false;
	target[n] = '\0';
	if (strcmp(target, keys) != 0)
		return false;
	fd = open(home, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return false;
	left = flock(fd, LOCK_EX | LOCK_NB) == 0;
	close(fd);
	return left;
}

static void
agent_sweep_homes(const char *base, const char *keys)
{
	DIR *d = opendir(base);
	const struct dirent *entry;

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL) {
		char *home;

		if (strncmp(entry->d_name, "noroshi.", 8) != 0)
			continue;
		home = xasprintf("%s/%s", base, entry->d_name);
		if (agent_is_left(home, keys)) {
			log_info(
			    "a dead agent's folder removed: path=%s", home);
			agent_remove(home);
		}
		free(home);
	}
	closedir(d);
}

/* "ring-3" was a worker's, and none lives; "ring-cli-123" names a process. */
static bool
agent_is_old_ring(const char *name)
{
	static const char digits[] = "0123456789";
	const char *number = name + 5;
	bool cli = strncmp(name, "ring-cli-", 9) == 0;
	long pid;

	if (strncmp(name, "ring-", 5) != 0)
		return false;
	if (cli)
		number += 4;
	if (*number == '\0' || number[strspn(number, digits)] != '\0' ||
	    strlen(number) > 9)
		return false;
	if (!cli)
		return true;
	pid = strtol(number, NULL, 10);
	return pid > 0 && kill((pid_t)pid, 0) == -1 && errno == ESRCH;
}

static void
agent_sweep_rings(const char *gnupg)
{
	DIR *d = opendir(gnupg);
	const struct dirent *entry;

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL) {
		struct stat st;
		char *ring;

		if (!agent_is_old_ring(entry->d_name) ||
		    fstatat(dirfd(d), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == -1 ||
		    !S_ISDIR(st.st_mode))
			continue;
		ring = xasprintf("%s/%s", gnupg, entry->d_name);
		agent_remove(ring);
		free(ring);
	}
	closedir(d);
}

void
agent_sweep(const char *gnupg)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char path[PATH_MAX];
	char *keys;

	if (realpath(gnupg, path) == NULL)
		return;
	keys = xasprintf("%s/private-keys-v1.d", path);
	if (runtime != NULL && runtime[0] == '/')
		agent_sweep_homes(runtime, keys);
	agent_sweep_homes("/tmp", keys);
	agent_sweep_rings(path);
	free(keys);
}
