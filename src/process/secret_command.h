/*
 * secret_command.h - a command of the operator's that prints a password or a
 * token, run by the supervisor for a role that may start nothing.
 *
 * /bin/sh runs it in a process group of its own, with a role's environment,
 * without input; what it says on standard error is lost, since nobody knows
 * what is in it. Its first line is the secret.
 */
#ifndef PROCESS_SECRET_COMMAND_H
#define PROCESS_SECRET_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define SECRET_TOKEN_MAX 16384 /* bytes; Microsoft's have 2,000 to 3,000 */
#define SECRET_COMMAND_MS 30000 /* then it is killed */

struct secret_command {
	pid_t pid; /* 0: none runs */
	int fd; /* its output, for poll; -1: closed */
	int64_t until; /* clock_monotonic_ms */
	struct buf text;
};

/* Starts it; it may take timeout milliseconds. ERR_TEMP: cannot be started. */
int secret_command_start(
    struct secret_command *s, const char *command, int timeout, struct err *e);

/*
 * Takes what it printed, without waiting. Returns 1 where it ended well:
 * *out is the secret, the caller's to secret_free; 0 while it runs; -1 where it
 * failed, printed nothing usable or was too slow.
 */
int secret_command_look(struct secret_command *s, char **out, struct err *e);

/*
 * The same for a command of words, argv[0] its path and NULL behind the last:
 * no shell reads it (pager.h).
 */
int secret_command_start_words(
    struct secret_command *s, char *const argv[], int timeout, struct err *e);

/* Of one whose output is nobody's: 1: it ended well, 0: it runs, -1: not. */
int secret_command_ended(struct secret_command *s, struct err *e);

/* Kills what runs of it. */
void secret_command_stop(struct secret_command *s);

#endif
