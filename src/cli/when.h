/* when.h - a time as a person writes it on a command line. */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include <stdint.h>

#include "base/err.h"

/*
 * "2026-12-01", "2026-12-01T09:00", with ":00" seconds, "Z" or "+09:00" behind
 * it; a space is as good as the T. Without an offset it is zone's time: a name
 * as Asia/Tokyo, or an offset; NULL: UTC. Changes TZ while it works. *out is in
 * seconds since the epoch. ERR_USAGE where it is none, or the zone unknown.
 */
int when_parse(const char *text, const char *zone, int64_t *out, struct err *e);

#endif
