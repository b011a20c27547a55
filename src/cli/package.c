#include "cli/package.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUERY "/usr/bin/dpkg-query"
#define DPKG "/usr/bin/dpkg"

/* The program's exit status, -1 where it did not run to its end. */
static int
package_run(const char *program, const char *const *argument, int out)
{
	static char *environment[] = {NULL};
	union {
		const char *const *in;
		char *const *out;
	} argv = {.in = argument};
	posix_spawn_file_actions_t actions;
	int status = -1, rc;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	rc = posix_spawn_file_actions_addopen(
	    &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (rc == 0 && out != -1)
		rc = posix_spawn_file_actions_adddup2(
		    &actions, out, STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn(
		    &pid, program, &actions, NULL, argv.out, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (rc != 0)
		return -1;
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The pipe holds far more than a version, so it is read after the end. */
static bool
package_version(const char *package, char out[PACKAGE_VERSION_MAX])
{
	const char *const argv[] = {
	    QUERY, "-W", "-f", "${Version}", "--", package, NULL};
	int fd[2];
	ssize_t n = 0;

	out[0] = '\0';
	if (pipe2(fd, O_CLOEXEC) == -1)
		return false;
	if (package_run(QUERY, argv, fd[1]) == 0) {
		(void)close(fd[1]);
		fd[1] = -1;
		n = read(fd[0], out, PACKAGE_VERSION_MAX - 1);
	}
	if (fd[1] != -1)
		(void)close(fd[1]);
	(void)close(fd[0]);
	out[n > 0 ? n : 0] = '\0';
	for (char *p = out; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			*p = '?';
	return out[0] != '\0';
}

int
package_at_least(const char *package, const char *version,
    char installed[PACKAGE_VERSION_MAX])
{
	const char *const argv[] = {
	    DPKG, "--compare-versions", installed, "ge", version, NULL};

	if (!package_version(package, installed))
		return -1;
	switch (package_run(DPKG, argv, -1)) {
	case 0:
		return 1;
	case 1:
		return 0;
	default:
		return -1;
	}
}
