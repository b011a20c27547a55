/* keeper.h - a worker's gpg-agent, started again whenever it ended. */
#ifndef PROCESS_KEEPER_H
#define PROCESS_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "process/agent.h"

#define KEEPER_PAUSE_MIN 100 /* ms before the first new start */
#define KEEPER_PAUSE_MAX 6400 /* ms: without it mail can only wait */

struct keeper {
	struct agent *agent; /* NULL: never started */
	int64_t start_at; /* clock_monotonic_ms of the next start; 0: runs */
	int64_t started; /* clock_monotonic_ms */
	unsigned failures; /* in a row */
};

/* Starts the agent for the first time, or again on the same socket. */
int keeper_start(struct keeper *k, const char *gnupg, struct err *e);

/* True where the agent was seen to have ended: start_at says what next. */
bool keeper_ended(struct keeper *k);

#endif
