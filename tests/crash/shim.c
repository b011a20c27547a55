/*
 * shim.c - death or failure at the n-th durable step, for the tests 300 to 330.
 *
 * Loaded into one role by LD_PRELOAD. CRASH_AT is n, from 1. Without
 * CRASH_ERRNO the process kills itself instead of making its n-th call of
 * fsync, fdatasync, rename, renameat, link, linkat, unlink or unlinkat. With
 * it, that call fails with the error of that number, as do CRASH_FOR - 1 calls
 * after it; then writing, growing and making a file are steps as well.
 * CRASH_ONCE names a file that must be there, and is removed first, so that
 * the process started next lives. With CRASH_WIRE each write and sendmsg to a
 * socket is a step in any case: each command to a server, each frame to another
 * process.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static long left = -1; /* steps until it happens; 0: never */
static long fails; /* calls that fail now */
static int error; /* 0: death */

static void *
next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static long
number(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtol(text, NULL, 10);
}

static void
arm(void)
{
	const char *once = getenv("CRASH_ONCE");

	error = (int)number("CRASH_ERRNO", 0);
	left = once == NULL || access(once, F_OK) == -1 ? 0
							: number("CRASH_AT", 0);
}

/* True where the call that is about to be made fails, errno set. */
static bool
step(void)
{
	int (*real_unlink)(const char *);

	if (left == -1)
		arm();
	if (fails > 0) {
		fails--;
		errno = error;
		return true;
	}
	if (left == 0 || --left > 0)
		return false;
	*(void **)&real_unlink = next("unlink");
	(void)real_unlink(getenv("CRASH_ONCE"));
	if (error == 0)
		(void)kill(getpid(), SIGKILL);
	fails = number("CRASH_FOR", 1) - 1;
	errno = error;
	return true;
}

/* Writing into files is a step of failures alone, to sockets of CRASH_WIRE. */
static bool
write_step(int fd)
{
	struct stat st;

	if (left == -1)
		arm();
	if (fstat(fd, &st) == -1)
		return false;
	if (getenv("CRASH_WIRE") != NULL && S_ISSOCK(st.st_mode))
		return step();
	return error != 0 && S_ISREG(st.st_mode) && step();
}

#define STEP(name, parameters, arguments)                                      \
	int name parameters;                                                   \
	int name parameters                                                    \
	{                                                                      \
		int(*real) parameters;                                         \
                                                                               \
		if (step())                                                    \
			return -1;                                             \
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

#define WRITE(type, name, parameters, arguments)                               \
	type name parameters;                                                  \
	type name parameters                                                   \
	{                                                                      \
		type(*real) parameters;                                        \
                                                                               \
		if (write_step(fd))                                            \
			return -1;                                             \
		*(void **)&real = next(#name);                                 \
		return real arguments;                                         \
	}

WRITE(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
WRITE(ssize_t, writev, (int fd, const struct iovec *p, int n), (fd, p, n))
WRITE(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at))
WRITE(ssize_t, pwrite64, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at))
WRITE(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags),
    (fd, m, flags))
WRITE(int, ftruncate, (int fd, off_t n), (fd, n))
WRITE(int, ftruncate64, (int fd, off_t n), (fd, n))

#define OPEN(name, parameters, arguments)                                      \
	int name parameters;                                                   \
	int name parameters                                                    \
	{                                                                      \
		int(*real) parameters;                                         \
		mode_t mode = 0;                                               \
		va_list ap;                                                    \
                                                                               \
		va_start(ap, flags);                                           \
		if ((flags & O_CREAT) != 0)                                    \
			mode = va_arg(ap, mode_t);                             \
		va_end(ap);                                                    \
		if (left == -1)                                                \
			arm();                                                 \
		if (error != 0 && (flags & O_CREAT) != 0 && step())            \
			return -1;                                             \
		*(void **)&real = next(#name);                                 \
		return real arguments;                                         \
	}

OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(
    openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
OPEN(openat64, (int at, const char *path, int flags, ...),
    (at, path, flags, mode))
