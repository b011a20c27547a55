/* message_json.h - a message as noroshi(1) gives it to programs. */
#ifndef CASES_MESSAGE_JSON_H
#define CASES_MESSAGE_JSON_H

#include "cases/message.h"

/*
 * The object of `noroshi message show --json`, noroshi(1) section JSON. content
 * must have been unsealed (else subject, text, attachments and indicators are
 * null or empty); with_text adds "text".
 */
int message_json(struct db *db, const struct message *m, bool with_text,
    json_t **out, struct err *e);

#endif
