/*
 * usage_shim.c - what a process used, for tests/bench/bench.sh.
 *
 * Loaded into a role by LD_PRELOAD. When the process ends by itself, one line
 * goes to the file that BENCH_USAGE names: its program, its own processor time
 * and that of the children it waited for in microseconds, and the peak of its
 * resident memory in kB. Neither variable reaches what the process starts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int out = -1;
static pid_t owner; /* a child that was forked off reports nothing */

static long long
used(int who)
{
	struct rusage u = {0};

	(void)getrusage(who, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* getrusage's own figure knows the shell too that ran before the role. */
static long
peak(void)
{
	static const char word[] = "VmHWM:";
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long kb = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, word, sizeof(word) - 1) == 0)
			kb = strtol(line + sizeof(word) - 1, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kb;
}

__attribute__((constructor)) static void
usage_begin(void)
{
	const char *path = getenv("BENCH_USAGE");

	if (path == NULL)
		return;
	out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	owner = getpid();
	unsetenv("BENCH_USAGE");
	unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void
usage_end(void)
{
	if (out == -1 || owner != getpid())
		return;
	(void)dprintf(out, "%s %lld %lld %ld\n", program_invocation_short_name,
	    used(RUSAGE_SELF), used(RUSAGE_CHILDREN), peak());
	close(out);
}
