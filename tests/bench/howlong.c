/*
 * howlong RUNS COMMAND ARGUMENT... - how long a command takes from its start to
 * its end: the median of that many runs in ms, and the shortest, which tells
 * more where other work is on the machine. What it prints is thrown away.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

extern char **environ;

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Microseconds of one run, or -1 where it failed. */
static int64_t
one_run(char **argv, const posix_spawn_file_actions_t *quiet)
{
	int64_t since = clock_monotonic_us();
	int status = -1;
	pid_t pid;
	int error = posix_spawnp(&pid, argv[0], quiet, NULL, argv, environ);

	if (error != 0) {
		(void)fprintf(
		    stderr, "howlong: %s: %s\n", argv[0], strerror(error));
		return -1;
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return status == 0 ? clock_monotonic_us() - since : -1;
}

int
main(int argc, char **argv)
{
	size_t runs = argc < 3 ? 0 : (size_t)strtoul(argv[1], NULL, 10);
	posix_spawn_file_actions_t quiet;
	int64_t *us;

	if (runs == 0) {
		(void)fprintf(
		    stderr, "usage: howlong RUNS COMMAND [ARGUMENT...]\n");
		return 64;
	}
	us = xcalloc(runs, sizeof(*us));
	(void)posix_spawn_file_actions_init(&quiet);
	(void)posix_spawn_file_actions_addopen(
	    &quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	for (size_t i = 0; i < runs; i++)
		if ((us[i] = one_run(argv + 2, &quiet)) == -1)
			return 1;
	qsort(us, runs, sizeof(*us), compare);
	(void)printf(
	    "%.1f (%.1f)\n", (double)us[runs / 2] / 1000, (double)us[0] / 1000);
	(void)posix_spawn_file_actions_destroy(&quiet);
	free(us);
	return 0;
}
