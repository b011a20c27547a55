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
#include <time.h>
#include <unistd.h>

static int out = -1;
static int status = -1; /* opened before the sandbox is entered */
static pid_t owner; /* a child that was forked off reports nothing */

/* The parser may ask for no getrusage. */
static long long
used_self(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static long long
used_by_children(void)
{
	struct rusage u = {0};

	(void)getrusage(RUSAGE_CHILDREN, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* getrusage's own figure knows the shell too that ran before the role. */
static long
peak(void)
{
	static const char word[] = "\nVmHWM:";
	char text[4096];
	ssize_t n = read(status, text, sizeof(text) - 1);
	const char *at;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	at = strstr(text, word);
	return at == NULL ? 0 : strtol(at + sizeof(word) - 1, NULL, 10);
}

__attribute__((constructor)) static void
usage_begin(void)
{
	const char *path = getenv("BENCH_USAGE");

	if (path == NULL)
		return;
	out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
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
	    used_self(), used_by_children(), peak());
	close(out);
}
