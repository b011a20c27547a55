/*
 * sandbox.h - what a process gives up before it reads its first outside byte.
 *
 * The table in sandbox.c says for each role what it may open, run and connect
 * to; syscalls.h what the kernel may be asked for. What a role holds open by
 * then, a database, a folder's descriptor, stays usable.
 */
#ifndef PROCESS_SANDBOX_H
#define PROCESS_SANDBOX_H

#include <stdbool.h>

#include "base/err.h"
#include "config/config.h"
#include "process/ipc.h"

/*
 * For every role, whatever the configuration says: no new privileges, no core
 * dumps, no files readable by others (umask 077), and, for all but the
 * supervisor, not traceable by others (PR_SET_DUMPABLE 0).
 */
int sandbox_harden(enum role role, struct err *e);

struct sandbox; /* what the role may open, as it was found at entry */

/*
 * Confines the process by Landlock and seccomp, after sandbox_harden. number
 * is the worker's. *out is the caller's to sandbox_free; NULL where nothing is
 * confined ("off").
 *
 * "try" takes what the kernel has; supervisor_run says in one line what it has
 * not. "required" fails with ERR_CONFIG where anything is missing.
 */
int sandbox_enter(struct sandbox **out, enum role role, unsigned number,
    const struct config *config, struct err *e);
void sandbox_free(struct sandbox *s); /* NULL is fine; nothing opens again */

/*
 * True where a path of the table names another file now than at entry: gpg was
 * upgraded, a Maildir made anew, resolv.conf replaced. The rules are for the
 * old one; the role then ends with 0 between two pieces of work, and the
 * supervisor starts it again. Never in the first SANDBOX_SETTLED
 * milliseconds, so that this cannot spin. NULL never is.
 */
bool sandbox_is_stale(const struct sandbox *s);

#define SANDBOX_SETTLED 2000 /* ms */

#endif
