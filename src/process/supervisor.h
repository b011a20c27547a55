/*
 * supervisor.h - starts the roles and their agents, joins them in pairs, and
 * starts again what ended. It touches no mail.
 *
 * A worker and its parser are one unit: when one ends, the other is ended and
 * both start anew. It wakes up for signals, frames and due starts only.
 */
#ifndef PROCESS_SUPERVISOR_H
#define PROCESS_SUPERVISOR_H

#include <stdbool.h>

#include "config/config.h"
#include "process/logpipe.h"

struct supervisor_options {
	bool terminal; /* SIGHUP ends it, as the terminal went away */
	struct logpipe *log; /* the roles' errors; NULL: our standard error */
	int ready_fd; /* gets one zero byte once all are ready; -1: none */
};

/*
 * Runs until SIGTERM or SIGINT, or with config->once until nothing waits.
 * Returns the exit code: 0, or what made it give up (said in the log). No
 * process that it started is left then.
 */
int supervisor_run(
    const struct config *config, const struct supervisor_options *options);

#endif
