/* suggestions.h - other cases that a case may have to do with, as the caller
 * may know of them. */
#ifndef CLI_SUGGESTIONS_H
#define CLI_SUGGESTIONS_H

#include "cli/session.h"

/* As suggest_json (cases/suggest.h), for who calls; the vault is open. */
int suggestions_json(
    struct session *s, int64_t cases, json_t **out, struct err *e);

/* A line for each. */
void suggestions_put(struct output *o, const json_t *list);

#endif
