/*
 * noroshi-gpg - gpg within limits.
 *
 * GPGME starts this as its engine. Processor time, memory, file size and, by
 * alarm(2), the time on the wall are bounded before gpg reads its first byte; 2
 * GB of marker packets in 14 kB end here. Alarm and interval timers survive
 * execve. The signal that ends gpg tells which limit it was.
 * The arguments go on unchanged. No libraries but the C library.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef GPG_PATH
#define GPG_PATH "/usr/bin/gpg"
#endif

#define SECONDS_DEFAULT 60
#define SECONDS_MAX (24 * 60 * 60)
#define MEMORY_DEFAULT (1ULL << 30) /* bytes */
#define MEMORY_MIN (64ULL << 20) /* less, and gpg does not start */
#define FILE_MAX (4ULL << 30) /* bytes of one file that gpg writes */

/* The number in an environment variable, or otherwise where it is none. */
static unsigned long long
limit_from(const char *name, unsigned long long otherwise)
{
	const char *s = getenv(name);
	unsigned long long n = 0;
	char *end = NULL;

	if (s == NULL || *s < '0' || *s > '9')
		return otherwise;
	errno = 0;
	n = strtoull(s, &end, 10);
	if (errno != 0 || *end != '\0' || n == 0)
		return otherwise;
	return n;
}

static int
limit_set(int what, unsigned long long value, const char *name)
{
	struct rlimit now;
	rlim_t limit = (rlim_t)value;

	if (getrlimit(what, &now) == 0 && now.rlim_max != RLIM_INFINITY &&
	    now.rlim_max < limit)
		limit = now.rlim_max;
	now.rlim_cur = limit;
	now.rlim_max = limit;
	if (setrlimit(what, &now) == -1) {
		fprintf(stderr, "noroshi-gpg: %s: %s\n", name, strerror(errno));
		return -1;
	}
	return 0;
}

/*
 * By a timer, since the kernel's own limit counts whole seconds; that one
 * stands behind it.
 */
static int
limit_cpu(unsigned long long ms)
{
	const struct itimerval timer = {
	    .it_value = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)}};

	if (setitimer(ITIMER_PROF, &timer, NULL) == -1) {
		fprintf(stderr, "noroshi-gpg: timer: %s\n", strerror(errno));
		return -1;
	}
	return limit_set(RLIMIT_CPU, ms / 1000 + 2, "processor time");
}

/* What could make gpg load, show or fetch something that we did not ask for. */
static void
clean_environment(void)
{
	static const char *const name[] = {"NOROSHI_GPG_SECONDS",
	    "NOROSHI_GPG_CPU", "NOROSHI_GPG_MEMORY", "LD_PRELOAD",
	    "LD_LIBRARY_PATH", "LD_AUDIT", "GCONV_PATH", "LOCPATH", "NLSPATH",
	    "GNUPGHOME", "GPG_AGENT_INFO", "GPG_TTY", "DISPLAY",
	    "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PINENTRY_USER_DATA",
	    "http_proxy", "https_proxy", "all_proxy", "LANGUAGE", "LC_MESSAGES",
	    "LC_ALL", "LANG", "TERM", "MALLOC_TRACE", "GNUPG_ASSUAN_DEBUG",
	    "ASSUAN_DEBUG", "GPGME_DEBUG", "LIBGCRYPT_FORCE_FIPS_MODE"};

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		unsetenv(name[i]);
}

int
main(int argc, char **argv)
{
	unsigned long long seconds =
	    limit_from("NOROSHI_GPG_SECONDS", SECONDS_DEFAULT);
	unsigned long long memory =
	    limit_from("NOROSHI_GPG_MEMORY", MEMORY_DEFAULT);
	unsigned long long cpu = limit_from("NOROSHI_GPG_CPU", seconds * 1000);
	sigset_t none;

	if (argc < 1)
		return 2;
	if (seconds > SECONDS_MAX)
		seconds = SECONDS_MAX;
	if (cpu > seconds * 1000)
		cpu = seconds * 1000;
	if (memory < MEMORY_MIN)
		memory = MEMORY_MIN;
	if (limit_set(RLIMIT_CORE, 0, "core size") == -1 ||
	    limit_cpu(cpu) == -1 ||
	    limit_set(RLIMIT_AS, memory, "memory") == -1 ||
	    limit_set(RLIMIT_FSIZE, FILE_MAX, "file size") == -1)
		return 2;
	clean_environment();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGALRM, SIG_DFL);
	signal(SIGPROF, SIG_DFL);
	signal(SIGXCPU, SIG_DFL);
	alarm((unsigned)seconds);
	execv(GPG_PATH, argv);
	fprintf(stderr, "noroshi-gpg: %s: %s\n", GPG_PATH, strerror(errno));
	return 127;
}
