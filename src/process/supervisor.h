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
#include "process/service.h"

#define SUPERVISOR_RELOAD (-1) /* no exit code: run again, otherwise */

struct supervisor_options {
	bool terminal; /* SIGHUP ends it, as the terminal went away */
	struct service *service; /* NULL: nobody listens */
	/*
	 * SIGHUP came: true where there is another configuration to run with.
	 * Where terminal is set it is not asked.
	 */
	bool (*changed)(void *arg);
	void *arg;
	struct logpipe *log; /* the roles' errors; NULL: our standard error */
	int ready_fd; /* gets one zero byte once all are ready; -1: none */
};

/*
 * Runs until SIGTERM or SIGINT, or with config->once until nothing waits.
 * Returns the exit code: 0, or what made it give up (said in the log), or
 * SUPERVISOR_RELOAD after SIGHUP: what was begun is finished as at the end,
 * and the caller runs it again with the other configuration. No process that
 * it started is left then.
 *
 * A watchdog of the service manager gets its signs of life only while the
 * queue, which all others wait for, answers.
 */
int supervisor_run(
    const struct config *config, const struct supervisor_options *options);

#endif
