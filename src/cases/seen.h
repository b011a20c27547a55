/*
 * seen.h - who has had a message, by what is recorded: its copies, who opened
 * or exported it, what has left since that quotes it, and who answered it.
 * Reads the tables of message.h, draft.h and store/audit.h.
 */
#ifndef CASES_SEEN_H
#define CASES_SEEN_H

#include <jansson.h>

#include "store/db.h"

/*
 * The object of `message seen --json`; the caller's. ERR_NOINPUT where there is
 * no such message.
 */
int seen_json(struct db *db, int64_t message, json_t **out, struct err *e);

/* Whether that actor opened it before, by the audit log. */
int seen_opened(struct db *db, int64_t message, const char *actor, bool *opened,
    struct err *e);

#endif
