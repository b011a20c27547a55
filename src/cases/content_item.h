/*
 * content_item.h - a message as an item of content: what the gate's table asks
 * of it, from its facts and its text.
 */
#ifndef CASES_CONTENT_ITEM_H
#define CASES_CONTENT_ITEM_H

#include "cases/message.h"
#include "cases/recipient.h"

/*
 * What m says as an item of content: label, whose it is, how it came. Its
 * content is looked at where it was unsealed (a label that it only quotes is a
 * third party's).
 */
void content_item_read(const struct message *m, struct content_item *out);

/* All of m, or a part of it, came encrypted. */
bool content_item_encrypted(const struct message *m);

#endif
