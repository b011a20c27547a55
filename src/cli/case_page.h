/* case_page.h - a case as a page for people. */
#ifndef CLI_CASE_PAGE_H
#define CLI_CASE_PAGE_H

#include "cli/session.h"

/* Appends the page of case id. incident: the object of `case show --json`; the
 * vault is open. */
int case_page_put(
    struct session *s, int64_t id, const json_t *incident, struct err *e);

#endif
