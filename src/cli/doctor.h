/* doctor.h - what noroshi doctor looks at beyond the files of the gateway. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/session.h"
#include "config/finding.h"

/*
 * The team's key, whether its secret half answers, and the vault; operators;
 * enough readers, PoC and deputy, each with a usable verified key; contacts'
 * keys. The database is open. -1 where it cannot be read.
 */
int doctor_keys(struct session *s, struct findings *f, struct err *e);
int doctor_people(struct session *s, struct findings *f, struct err *e);

/*
 * gpg's version, space, the SMTP server's files, who reaches LMTP's sockets,
 * the kernel, the daemon.
 */
void doctor_machine(struct session *s, struct findings *f);

#endif
