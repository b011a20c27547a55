/*
 * case_link.h - what a case has to do with others. Owns the table case_link.
 */
#ifndef CASES_CASE_LINK_H
#define CASES_CASE_LINK_H

#include <jansson.h>

#include "store/db.h"

/* Two cases have to do with each other: kind is "split" or "named" (message
 * named the other without a right to). Twice is fine. */
int case_link_add(struct db *db, int64_t now, int64_t cases, int64_t other,
    const char *kind, int64_t message, struct err *e);

/*
 * An array of {case, kind, message, at}: merged-into, merged (cases.merged_into
 * tells those), split-from, split-into, named, named-by. The caller's.
 */
int case_link_list(struct db *db, int64_t cases, json_t **out, struct err *e);

#endif
