/*
 * zone.h - time as the clocks of a place show it, from the system's table of
 * time zones.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* True for a name that the system knows: "Asia/Tokyo", "UTC". */
bool zone_is(const char *name);

/*
 * t as the place's clocks show it, in seconds since the epoch; fields out of
 * range are carried over. An hour that is skipped in spring is the one after
 * it. Changes TZ while it works, as do all of these.
 */
int64_t zone_time(struct tm *t, const char *name);

/* What the place's clocks show at that time. */
void zone_show(int64_t at, const char *name, struct tm *out);

#endif
