/* head.h - what a message says of itself: RFC 5322 section 3.6. */
#ifndef MESSAGE_HEAD_H
#define MESSAGE_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "message/part.h"

/*
 * Fills head from a header block; part and warnings must be set up, the rest
 * zero. False where the block has none of From, To, Cc, Subject, Message-ID
 * and Date: nothing is filled then.
 */
bool head_parse(struct head *head, const void *block, size_t len);

#endif
