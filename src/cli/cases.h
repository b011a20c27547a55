/* cases.h - a list of cases as commands show it. */
#ifndef CLI_CASES_H
#define CLI_CASES_H

#include "cli/output.h"

/* Objects of `case show --json`, as a table. */
void cases_put(struct output *o, const json_t *list);

/* Whether one of the terms of such an object has passed. */
bool cases_is_overdue(const json_t *c);

#endif
