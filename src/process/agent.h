/*
 * agent.h - a gpg-agent of ours: started, watched and ended by its parent.
 *
 * Its home is a short folder under $XDG_RUNTIME_DIR or /tmp (a socket path
 * over 107 bytes fails), 0700, with private-keys-v1.d linked to the gateway's
 * gnupg/. It runs in the foreground (--supervised) on a socket that we bound,
 * dies with its parent, and has no CPU limit.
 */
#ifndef PROCESS_AGENT_H
#define PROCESS_AGENT_H

#include <sys/types.h>

#include "base/err.h"

struct agent;

/* gnupg is the folder whose private-keys-v1.d it serves. */
int agent_start(struct agent **out, const char *gnupg, struct err *e);

const char *agent_socket(const struct agent *a); /* absolute path */
pid_t agent_pid(const struct agent *a);

/* Starts it again on the same socket path after it died. */
int agent_restart(struct agent *a, struct err *e);

/* Ends it (waiting for its end) and removes its folder. */
void agent_stop(struct agent *a);

/*
 * Removes what dead processes left of this gateway: agents' folders under
 * $XDG_RUNTIME_DIR and /tmp that link to gnupg and that nobody holds, and rings
 * in gnupg. Only for the one daemon, before its first worker starts.
 */
void agent_sweep(const char *gnupg);

#endif
