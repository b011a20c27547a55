/*
 * syscalls.h - the system calls that a role gives up, by seccomp(2).
 *
 * A refused call returns EPERM to whoever made it; nobody is killed. The
 * parser has a list of what it may, and all else is refused. The other roles
 * have a list of what is refused by name: what changes or looks into other
 * processes, keys, mounts or the kernel itself, and sockets of families that
 * the role has no use for. gpg below a worker is under the worker's list.
 */
#ifndef PROCESS_SYSCALLS_H
#define PROCESS_SYSCALLS_H

#include <stdbool.h>

#include "base/err.h"
#include "process/ipc.h"

/*
 * From here role's list holds, for this process and all that it starts. It
 * must have no new privileges. network: its sockets may be IPv4 and IPv6 too;
 * else there are only AF_UNIX ones, and for the parser none.
 */
int syscalls_confine(enum role role, bool network, struct err *e);

#endif
