/*
 * logpipe.h - the way of our log lines once no terminal is there.
 *
 * A daemon's roles write to a pipe instead of a terminal; the supervisor hands
 * the lines on: to its own standard error while it starts, to syslog(3) later.
 * Writing never waits: what does not fit is lost, rather than a role stuck.
 */
#ifndef PROCESS_LOGPIPE_H
#define PROCESS_LOGPIPE_H

#include <stdbool.h>

#include "base/err.h"

struct logpipe;

/* Makes the pipe; *out is the caller's to logpipe_close. */
int logpipe_open(struct logpipe **out, struct err *e);
void logpipe_close(struct logpipe *l); /* NULL is fine */

int logpipe_read_fd(const struct logpipe *l); /* for poll */
int logpipe_write_fd(const struct logpipe *l); /* for standard error */

/* From now on to syslog, the caller's own standard error too. */
int logpipe_to_syslog(struct logpipe *l, struct err *e);

/* Hands on all lines that have come. */
void logpipe_forward(struct logpipe *l);

#endif
