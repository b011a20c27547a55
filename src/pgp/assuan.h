/* assuan.h - one question to the gpg-agent, past gpg. */
#ifndef PGP_ASSUAN_H
#define PGP_ASSUAN_H

#include "base/err.h"
#include "base/strs.h"

/*
 * Returns 1 where the agent at socket holds a secret key of any of the
 * keygrips, 0 where it holds none, -1 (ERR_TEMP) where it does not answer.
 */
int assuan_have_key(
    const char *socket, const struct strs *keygrips, struct err *e);

#endif
