/* attached.h - what the attachments of a message say, for whoever searches. */
#ifndef WORKER_ATTACHED_H
#define WORKER_ATTACHED_H

#include "base/buf.h"
#include "worker/reading.h"

/*
 * Appends the text of attachments that are text, by type or name, and of
 * enclosed messages, with empty lines between, up to out's limit. What is
 * longer is cut. ERR_BUG where the parser died.
 */
int attached_text(const struct reading *r, struct buf *out, struct err *e);

#endif
