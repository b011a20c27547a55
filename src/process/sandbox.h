/* sandbox.h - what a process gives up before it reads its first outside byte.
 */
#ifndef PROCESS_SANDBOX_H
#define PROCESS_SANDBOX_H

#include "base/err.h"
#include "config/config.h"
#include "process/ipc.h"

/*
 * For every role: no new privileges, no core dumps, not traceable by others
 * (PR_SET_DUMPABLE 0), no files readable by others (umask 077).
 */
int sandbox_enter(enum role role, const struct config *config, struct err *e);

#endif
