#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

int64_t
clock_now(const struct clock *c)
{
	struct timespec ts;

	if (c != NULL && c->fixed != 0)
		return c->fixed;
	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

int64_t
clock_monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

int64_t
clock_cpu_us(void)
{
	return clock_us(CLOCK_PROCESS_CPUTIME_ID);
}

/* splitmix64: repeatable, for tests only. */
static uint64_t
clock_repeatable(uint64_t *seed)
{
	uint64_t z = (*seed += 0x9e3779b97f4a7c15U);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

void
clock_random(struct clock *c, void *p, size_t len)
{
	unsigned char *out = p;

	while (c != NULL && c->seed != 0 && len > 0) {
		uint64_t v = clock_repeatable(&c->seed);
		size_t n = len < sizeof(v) ? len : sizeof(v);

		memcpy(out, &v, n);
		out += n;
		len -= n;
	}
	while (len > 0) {
		ssize_t n = getrandom(out, len > 256 ? 256 : len, 0);

		if (n == -1)
			continue; /* EINTR alone, on a kernel that has it */
		out += n;
		len -= (size_t)n;
	}
}

static void
clock_split(int64_t t, struct tm *tm)
{
	time_t seconds = (time_t)t;

	if (gmtime_r(&seconds, tm) == NULL)
		*tm = (struct tm){.tm_mday = 1, .tm_year = 70, .tm_wday = 4};
	if (tm->tm_year < -1900 || tm->tm_year > 9999 - 1900)
		*tm = (struct tm){.tm_mday = 1, .tm_year = 70, .tm_wday = 4};
}

char *
clock_rfc3339(int64_t t, char out[CLOCK_RFC3339])
{
	struct tm tm;

	clock_split(t, &tm);
	if (strftime(out, CLOCK_RFC3339, "%04Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
	return out;
}

char *
clock_rfc5322(int64_t t, char out[CLOCK_RFC5322])
{
	static const char day[][4] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char month[][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm;

	clock_split(t, &tm);
	(void)snprintf(out, CLOCK_RFC5322,
	    "%s, %02d %s %04d %02d:%02d:%02d +0000", day[tm.tm_wday % 7],
	    tm.tm_mday, month[tm.tm_mon % 12], tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
	return out;
}
