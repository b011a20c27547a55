/* cases.h - a list of cases as it is shown: shared by noroshi case list, in
 * whose file it is, and noroshi case search. */
#ifndef CLI_CASES_H
#define CLI_CASES_H

#include "cli/output.h"

/* Objects of `case show --json`, as a table. */
void cases_put(struct output *o, const json_t *list);

#endif
