/*
 * child.h - one role's process, as the supervisor sees it.
 *
 * It runs from a program of its own with descriptors 0 to 3 only (3: the
 * control channel), a small environment, in a process group of its own (so
 * that what it started ends with it), and dies with the supervisor.
 */
#ifndef PROCESS_CHILD_H
#define PROCESS_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/config.h"
#include "process/ipc.h"

#define CHILD_PAUSE_MIN 100 /* ms before the first new start */
#define CHILD_PAUSE_MAX 60000 /* ms, where it does not even get ready */
#define CHILD_PAUSE_READY                                                      \
	5000 /* ms, where it was ready: a stranger's mail                      \
		that kills workers must not stop them long */
#define CHILD_SETTLED 60000 /* ms of life, then the pauses start anew */

struct child {
	enum role role;
	unsigned number;
	pid_t pid; /* 0: none runs */
	struct ipc *control; /* NULL: none, or it closed its end */
	bool ready; /* this process said IPC_READY */
	bool proven; /* some process of it did */
	bool told; /* to stop */
	int64_t started; /* clock_monotonic_ms */
	int64_t start_at; /* clock_monotonic_ms of the next start */
	int64_t kill_at; /* clock_monotonic_ms; 0: not marked */
	unsigned failures; /* ends in a row, for the pause */
	unsigned failed_starts; /* in a row, none of them ready */
};

/* The role's program; the caller's. */
char *child_program(const struct child *c, const struct config *config);

/*
 * What one that we start may know of our environment, ending with NULL; the
 * caller's to child_environment_free.
 */
char **child_environment(void);
void child_environment_free(char **env);

/*
 * In a process that was just forked, before it becomes another program: in a
 * process group of its own, no signal held back or ignored, and it dies with
 * its parent, at once where that is gone already. Calls only what is safe
 * after fork. Returns a descriptor of /dev/null, or -1.
 */
int child_settle(pid_t parent);

/* Starts the program, its errors going to log_fd, and sends IPC_CONFIG. */
int child_start(
    struct child *c, const struct config *config, int log_fd, struct err *e);

/*
 * Looks whether it ended; if so, ends what is left of its process group and
 * takes it in. True: it ended, and *code is its exit code, or 128 and the
 * signal's number.
 */
bool child_ended(struct child *c, int *code);

/* Says when the next one starts, after an end with code. */
void child_pause(struct child *c, int code, int64_t now);

/* Ends it and what it started, at once; child_ended takes it in later. */
void child_kill(const struct child *c);

#endif
