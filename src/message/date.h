/* date.h - the date of a message, RFC 5322 section 3.3. */
#ifndef MESSAGE_DATE_H
#define MESSAGE_DATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * The seconds since the epoch, UTC, that text names, or 0 where it names no
 * date. Obsolete years and zones (section 4.3), comments, a missing zone (UTC)
 * and "JST" are understood.
 */
int64_t date_parse(const char *text, size_t len);

#endif
