/*
 * refusal.h - the reasoned answer to what the team does not handle, which
 * closes its case once it leaves. An answer like any other: the gate judges it.
 */
#ifndef WORKER_REFUSAL_H
#define WORKER_REFUSAL_H

#include "cases/outgoing.h"
#include "config/config.h"

#define REFUSAL_REASON 4000 /* bytes, ours */

/*
 * Writes subject and text of o, an answer in a case, out of the template
 * "out-of-scope", in the language of who is answered. o->then closes the case,
 * with the reason as a note. Where no label was asked for and nobody wrote one,
 * it is GREEN: it says nothing of what was reported. reason is words on a line
 * or some. The vault is open.
 */
int refusal_write(struct db *db, struct vault *v, const struct config *c,
    const char *reason, struct outgoing *o, struct err *e);

#endif
