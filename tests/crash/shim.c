/*
 * shim.c - dies at the n-th durable step, for tests/t/300-steps.t.
 *
 * Loaded into one role by LD_PRELOAD. CRASH_AT is n, from 1: the process kills
 * itself instead of making its n-th call of fsync, fdatasync, rename, renameat,
 * link, linkat, unlink or unlinkat. CRASH_ONCE names a file that must be there,
 * and is removed first, so that the process started next lives.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long left = -1; /* steps until death; 0: never */

static void *
next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static long
arm(void)
{
	const char *at = getenv("CRASH_AT"), *once = getenv("CRASH_ONCE");

	return at == NULL || once == NULL || access(once, F_OK) == -1
		   ? 0
		   : strtol(at, NULL, 10);
}

static void
step(void)
{
	int (*real_unlink)(const char *);

	if (left == -1)
		left = arm();
	if (left == 0 || --left > 0)
		return;
	*(void **)&real_unlink = next("unlink");
	(void)real_unlink(getenv("CRASH_ONCE"));
	(void)kill(getpid(), SIGKILL);
}

#define STEP(name, parameters, arguments)                                      \
	int name parameters;                                                   \
	int name parameters                                                    \
	{                                                                      \
		int(*real) parameters;                                         \
                                                                               \
		step();                                                        \
		*(void **)&real = next(#name);                                 \
		return real arguments;                                         \
	}

STEP(fsync, (int fd), (fd))
STEP(fdatasync, (int fd), (fd))
STEP(rename, (const char *a, const char *b), (a, b))
STEP(renameat, (int i, const char *a, int j, const char *b), (i, a, j, b))
STEP(link, (const char *a, const char *b), (a, b))
STEP(linkat, (int i, const char *a, int j, const char *b, int flags),
    (i, a, j, b, flags))
STEP(unlink, (const char *a), (a))
STEP(unlinkat, (int i, const char *a, int flags), (i, a, flags))
