/* query_date.h - days and spans of time as people ask for them (query.h). */
#ifndef CASES_QUERY_DATE_H
#define CASES_QUERY_DATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "2026", "2026-10", "2026-10-05", "2026-10-05T09:30", "today", "yesterday",
 * "7d" (also w, m, y: so long before now); "A..B" from the beginning of A to
 * the end of B, where either may be missing. UTC. [*from, *until) in seconds
 * since the epoch.
 */
bool query_date_parse(
    const char *text, int64_t now, int64_t *from, int64_t *until);

#endif
