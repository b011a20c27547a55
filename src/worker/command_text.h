/*
 * command_text.h - what of a staff member's mail would leave: its words without
 * our summary, without who wrote them and with what program.
 */
#ifndef WORKER_COMMAND_TEXT_H
#define WORKER_COMMAND_TEXT_H

#include "worker/command.h"

/*
 * Fills the request's text, from byte from of the mail's on, and attachments;
 * kind and reason say whether that may leave at all.
 */
int command_text(struct worker *w, const struct reading *r,
    const struct judgement *j, size_t from, struct command *out, struct err *e);

#endif
