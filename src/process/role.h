/*
 * role.h - what every process but the supervisor does first: take its place.
 *
 * A role starts with its channel to the supervisor on descriptor 3, reads the
 * configuration from it, says that it is ready and confines itself.
 */
#ifndef PROCESS_ROLE_H
#define PROCESS_ROLE_H

#include "config/config.h"
#include "base/pack.h"
#include "process/ipc.h"
#include "process/sandbox.h"

#define ROLE_CONTROL_FD 3

struct role_start {
	struct config *config; /* the caller's */
	unsigned number; /* which worker, from 0 */
	char *password; /* deliver's; for secret_free, or NULL */
	struct ipc *control; /* the caller's; its end means: exit */
	struct sandbox *sandbox; /* the caller's, after role_confine */
};

/*
 * Reads IPC_CONFIG, calls sandbox_harden, sends IPC_READY. Not so a worker: it
 * says role_ready itself, once it has opened all that a message needs. Else it
 * would be given messages, and what it dies of would be counted as theirs.
 * ERR_CONFIG where the configuration wants what this kernel cannot do.
 */
int role_start(enum role role, struct role_start *out, struct err *e);
int role_ready(const struct role_start *start, struct err *e);

/*
 * sandbox_enter for this role. Each role calls it once it has opened what it
 * keeps open, and before it reads anything that comes from outside.
 */
int role_confine(enum role role, struct role_start *start, struct err *e);

#endif
