/*
 * message_content.h - what of a message is sealed, as bytes.
 *
 * A JSON object; a long text stands behind it as it is, after a NUL, which no
 * JSON holds. To write and read five million bytes of text as a JSON string
 * took 140 instructions for each, a third of sealing them for 1,000 members.
 */
#ifndef CASES_MESSAGE_CONTENT_H
#define CASES_MESSAGE_CONTENT_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends it to out. ERR_BUG where it is no JSON object. */
int message_content_write(json_t *content, struct buf *out, struct err *e);

/* *out is the caller's. Also what was written as JSON alone. */
int message_content_read(const struct buf *bytes, json_t **out, struct err *e);

#endif
