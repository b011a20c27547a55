/*
 * command_request.h - the mail that a staff member's mail asks the gateway to
 * send: for whom, under which label and subject. It is one request, as that of
 * `noroshi send` (cases/outgoing.h), and the gate speaks on it as on any other.
 *
 * Each fills out->request. Where nothing may leave, out->kind or out->reason
 * says so; the caller frees out by command_free in any case. Nothing is
 * written. All return 0 or -1.
 */
#ifndef WORKER_COMMAND_REQUEST_H
#define WORKER_COMMAND_REQUEST_H

#include "people/community.h"
#include "worker/command.h"

/*
 * An answer to the outside party of a case: the sender of the message that m
 * answers, or the last one from outside. The text begins at byte from of the
 * mail's.
 */
int command_request_answer(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, int64_t cases,
    size_t from, struct command *out, struct err *e);

/* An advisory to the members of c; it has to bear one label. */
int command_request_advisory(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m,
    const struct community *c, struct command *out, struct err *e);

/*
 * A text, from byte from of the mail's on, or an excerpt of facts, for whom the
 * orders name, as `noroshi send` asks for it.
 */
int command_request_resend(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m,
    const struct case_file *incident, size_t from, struct command *out,
    struct err *e);

/*
 * Adds to a request what the orders say of it. Where there are orders the gate
 * is asked beforehand: a refused mail does nothing else either.
 */
int command_request_complete(
    struct worker *w, struct command *out, struct err *e);

#endif
