/* clock.h - time and randomness, which a test can set. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
	int64_t fixed; /* seconds since the epoch, UTC; 0: the system's time */
	uint64_t seed; /* 0: the system's randomness; else a repeatable one */
};

#define CLOCK_RFC3339 21 /* bytes: "2026-11-22T01:02:03Z" and the NUL */
#define CLOCK_RFC5322 48 /* bytes: "Sun, 22 Nov 2026 01:02:03 +0000", NUL */

/* Seconds since the epoch, UTC. A NULL clock is the system's. */
int64_t clock_now(const struct clock *c);

/* Milliseconds of a clock that never jumps, for time-outs only. */
int64_t clock_monotonic_ms(void);

/* Microseconds of the same clock, to tell how long something took. */
int64_t clock_monotonic_us(void);

/* Microseconds of processor time that this process has used. */
int64_t clock_cpu_us(void);

/* Fills p with len random bytes. */
void clock_random(struct clock *c, void *p, size_t len);

/* Writes t as RFC 3339 section 5.6 in UTC; returns out. */
char *clock_rfc3339(int64_t t, char out[CLOCK_RFC3339]);

/* Writes t as RFC 5322 section 3.3 in UTC; returns out. */
char *clock_rfc5322(int64_t t, char out[CLOCK_RFC5322]);

#endif
