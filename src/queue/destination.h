/*
 * destination.h - how much mail may go to whom at a time: to the server that
 * takes it all, and by it to each domain.
 *
 * Nothing of it is kept over a start of the queue.
 */
#ifndef QUEUE_DESTINATION_H
#define QUEUE_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "config/config.h"

#define DESTINATION_PAUSE_MIN 5000 /* ms after the server was not reached */
#define DESTINATION_PAUSE_MAX 300000 /* ms */

/* One domain that has, or had of late, a copy. */
struct destination {
	char *domain; /* in lower case */
	int64_t busy; /* copies under way */
	int64_t next; /* ms of clock_monotonic_ms: the next one may leave */
};

struct destinations {
	const struct config *config; /* smtp.rate, smtp.domain_... */
	struct destination *of;
	size_t count;
	int64_t busy; /* copies under way, to all of them */
	int64_t next; /* ms, as above, for all */
	unsigned failures; /* in a row, in which the server was not reached */
	int64_t until; /* ms: not tried before; with failures */
};

void destination_free(struct destinations *d); /* its fields */

/*
 * Whether a copy for recipient may leave at now (clock_monotonic_ms); asked:
 * somebody wants it to be tried, though the server is away. Where it may not,
 * *when (0: a copy that is under way comes first) is brought forward
 * to the time when it may.
 */
bool destination_may(const struct destinations *d, const char *recipient,
    bool asked, int64_t now, int64_t *when);

/* A copy for recipient leaves. */
void destination_begin(
    struct destinations *d, const char *recipient, int64_t now);

/* It came to an end; nothing is known of the server by that. */
void destination_end(struct destinations *d, const char *recipient);

/*
 * The server was reached, or not: then all wait, longer each time and with some
 * chance in it, and one copy alone is tried at the end of that. Not with
 * --once, where each copy is tried.
 */
void destination_reached(
    struct destinations *d, struct clock *clock, int64_t now, bool reached);

#endif
