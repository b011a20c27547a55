/* timeline.h - all that happened in a case, in order, a line each. */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include "cli/session.h"

/* What proves the sender, for a narrow column: sig, dkim, addr; NULL: nothing.
 * evidence is a word of the JSON. */
const char *timeline_proof(const char *evidence);

/*
 * Appends the messages and notes of a case to what the command says. incident:
 * the object of `case show --json`; the vault is open.
 */
int timeline_put(struct session *s, const json_t *incident, struct err *e);

#endif
