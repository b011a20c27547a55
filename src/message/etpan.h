/* etpan.h - a second opinion on where the entities of a message lie. */
#ifndef MESSAGE_ETPAN_H
#define MESSAGE_ETPAN_H

#include <stdbool.h>
#include <stddef.h>

#include "message/scan.h"

/*
 * True where libetpan reads the same entities from data, in the same order,
 * each with its end at the same byte. What two readers understand differently
 * may be made to. data was scanned and found within its limits.
 */
bool etpan_agrees(const struct scan *scan, const void *data, size_t len);

#endif
