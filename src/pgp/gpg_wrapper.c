/*
 * noroshi-gpg - gpg within limits.
 *
 * GPGME starts this as its engine. Processor time, memory, file size and, by
 * an alarm, the time on the wall are bounded before gpg reads its first byte; 2
 * GB of marker packets in 14 kB end here. Alarm and interval timers survive
 * execve. The signal that ends gpg tells which limit it was.
 * The arguments go on unchanged. No libraries, and no C library either.
 */
#include <linux/signal.h>
#include <linux/resource.h>
#include <linux/time.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgp/bare_program.h"

#ifndef GPG_PATH
#define GPG_PATH "/usr/bin/gpg"
#endif

#define SECONDS_DEFAULT 60
#define SECONDS_MAX (24 * 60 * 60)
#define MEMORY_DEFAULT (1ULL << 30) /* bytes */
#define MEMORY_MIN (64ULL << 20) /* less, and gpg does not start */
#define FILE_MAX (4ULL << 30) /* bytes of one file that gpg writes */
#define NAME_MAX_LEN 32 /* bytes of a variable's name */
#define SIGNALS 8 /* bytes of a set of them, as the kernel has it */

/* As prlimit64(2) and setitimer(2) take them. */
struct wrapper_limit {
	uint64_t now, most;
};

struct wrapper_timer {
	long every_s, every_us, after_s, after_us;
};

/* The value of "NAME=value" in an environment; NULL where it is another. */
BARE_FUNCTION static const char *
value_of(const char *variable, const char *name)
{
	while (*name != '\0' && *variable == *name) {
		variable++;
		name++;
	}
	return *name == '\0' && *variable == '=' ? variable + 1 : NULL;
}

/* The number in an environment variable, or otherwise where it is none. */
BARE_FUNCTION static uint64_t
limit_from(char **env, const char *name, uint64_t otherwise)
{
	const char *s = NULL;
	uint64_t n = 0;

	for (; *env != NULL && s == NULL; env++)
		s = value_of(*env, name);
	if (s == NULL || *s == '\0')
		return otherwise;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (n > (UINT64_MAX - 9) / 10)
			return otherwise;
		n = n * 10 + (uint64_t)(*s - '0');
	}
	return *s != '\0' || n == 0 ? otherwise : n;
}

BARE_FUNCTION static void
say(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0')
		len++;
	(void)bare_call(SYS_write, 2, (long)text, (long)len, 0);
}

/* failed: -errno. */
BARE_FUNCTION static void
complain(const char *what, long failed)
{
	char digits[8];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' - failed % 10);
		failed /= 10;
	} while (failed != 0 && at > 0);
	say("noroshi-gpg: ");
	say(what);
	say(": error ");
	say(digits + at);
	say("\n");
}

BARE_FUNCTION static bool
limit_set(int what, uint64_t value, const char *name)
{
	struct wrapper_limit limit;
	long rc = bare_call(SYS_prlimit64, 0, what, 0, (long)&limit);

	if (rc < 0 || limit.most > value)
		limit.most = value;
	limit.now = limit.most;
	rc = bare_call(SYS_prlimit64, 0, what, (long)&limit, 0);
	if (rc < 0)
		complain(name, rc);
	return rc >= 0;
}

BARE_FUNCTION static bool
timer_set(int which, uint64_t ms)
{
	const struct wrapper_timer timer = {
	    0, 0, (long)(ms / 1000), (long)(ms % 1000 * 1000)};
	long rc = bare_call(SYS_setitimer, which, (long)&timer, 0, 0);

	if (rc < 0)
		complain("timer", rc);
	return rc >= 0;
}

/* What could make gpg load, show or fetch something that we did not ask for. */
BARE_FUNCTION static bool
is_unwanted(const char *variable)
{
	static const char name[][NAME_MAX_LEN] = {"NOROSHI_GPG_SECONDS",
	    "NOROSHI_GPG_CPU", "NOROSHI_GPG_MEMORY", "LD_PRELOAD",
	    "LD_LIBRARY_PATH", "LD_AUDIT", "GCONV_PATH", "LOCPATH", "NLSPATH",
	    "GNUPGHOME", "GPG_AGENT_INFO", "GPG_TTY", "DISPLAY",
	    "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PINENTRY_USER_DATA",
	    "http_proxy", "https_proxy", "all_proxy", "LANGUAGE", "LC_MESSAGES",
	    "LC_ALL", "LANG", "TERM", "MALLOC_TRACE", "GNUPG_ASSUAN_DEBUG",
	    "ASSUAN_DEBUG", "GPGME_DEBUG", "LIBGCRYPT_FORCE_FIPS_MODE"};

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (value_of(variable, name[i]) != NULL)
			return true;
	return false;
}

BARE_FUNCTION static void
clean_environment(char **env)
{
	char **kept = env;

	for (; *env != NULL; env++)
		if (!is_unwanted(*env))
			*kept++ = *env;
	*kept = NULL;
}

/* None blocked; those of the limits end gpg. */
BARE_FUNCTION static void
clean_signals(void)
{
	static const int ours[] = {SIGALRM, SIGPROF, SIGXCPU};
	/* the kernel's struct sigaction, longer than any: SIG_DFL */
	const uint64_t none[8] = {0};
	const long size = SIGNALS;

	(void)bare_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)none, 0, size);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)bare_call(SYS_rt_sigaction, ours[i], (long)none, 0, size);
}

BARE_FUNCTION int
bare_main(int argc, char **argv, char **env)
{
	uint64_t seconds =
	    limit_from(env, "NOROSHI_GPG_SECONDS", SECONDS_DEFAULT);
	uint64_t memory = limit_from(env, "NOROSHI_GPG_MEMORY", MEMORY_DEFAULT);
	uint64_t cpu = limit_from(env, "NOROSHI_GPG_CPU", UINT64_MAX);

	if (argc < 1)
		return 2;
	if (seconds > SECONDS_MAX)
		seconds = SECONDS_MAX;
	if (cpu > seconds * 1000)
		cpu = seconds * 1000;
	if (memory < MEMORY_MIN)
		memory = MEMORY_MIN;
	/* A timer, since the kernel's limit of processor time counts whole
	 * seconds; that one stands behind it. */
	if (!limit_set(RLIMIT_CORE, 0, "core size") ||
	    !timer_set(ITIMER_PROF, cpu) ||
	    !limit_set(RLIMIT_CPU, cpu / 1000 + 2, "processor time") ||
	    !limit_set(RLIMIT_AS, memory, "memory") ||
	    !limit_set(RLIMIT_FSIZE, FILE_MAX, "file size"))
		return 2;
	clean_environment(env);
	clean_signals();
	if (!timer_set(ITIMER_REAL, seconds * 1000))
		return 2;
	complain(GPG_PATH,
	    bare_call(SYS_execve, (long)GPG_PATH, (long)argv, (long)env, 0));
	return 127;
}
