/*
 * imap.h - the intake of one IMAP source, in a process of its own: libetpan
 * waits for each answer, and so would everybody else.
 */
#ifndef INTAKE_IMAP_H
#define INTAKE_IMAP_H

#include "process/role.h"

/*
 * Reads the mailboxes of IMAP source start->number until the supervisor says
 * IPC_STOP; with --once, each to its end. Returns the exit code.
 */
int imap_run(struct role_start *start);

#endif
