/* day.h - what waits for somebody today, put together from all that owns it. */
#ifndef CLI_DAY_H
#define CLI_DAY_H

#include "cli/session.h"

#define DAY_RECENT (7LL * 86400) /* seconds that what went wrong is news */

/*
 * The object of `noroshi day --json`, noroshi(1) section JSON; the caller's.
 * now: seconds since the epoch. The database is open; the vault is opened where
 * there are cases to name.
 */
int day_json(struct session *s, int64_t now, json_t **out, struct err *e);

#endif
