/* address.h - address lists and message ids, RFC 5322 sections 3.4, 3.6.4. */
#ifndef MESSAGE_ADDRESS_H
#define MESSAGE_ADDRESS_H

#include <stddef.h>

#include "base/strs.h"
#include "message/part.h"

#define ADDRESS_LIST_MAX 100000 /* mailboxes that are kept of one field */
#define ADDRESS_IDS_MAX 1000 /* message ids that are kept of one field */

/*
 * Adds the mailboxes of text: a field's body as header_line gives it, encoded
 * words still encoded. Groups, comments, quoted local parts and obsolete
 * routes (section 4.4) are understood; what is illegal but clear
 * ("foo..bar.@docomo.ne.jp", bare dots in names) is taken as meant. A word
 * without '@' stands for itself.
 */
void address_parse(
    struct mailboxes *out, const char *text, size_t len, struct strs *warnings);

/* Adds each <id> in text with its brackets, white space inside taken out. */
void address_ids(struct strs *out, const char *text, size_t len);

#endif
