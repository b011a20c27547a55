/* tree.h - bytes to the flat table of part.h, by way of the scan. */
#ifndef MESSAGE_TREE_H
#define MESSAGE_TREE_H

#include <stddef.h>

#include "base/err.h"
#include "message/part.h"
#include "message/scan.h"

#define TREE_FIELDS_MAX 500 /* fields that are kept of one header */
#define TREE_VALUE_MAX 4096 /* bytes that are kept of one field's value */

/*
 * Fills out from one buffer. ERR_DATA where a limit does not hold (scan.h).
 * A child of multipart/signed spans exactly the signed octets, RFC 3156
 * section 5: from its first header byte to before the CRLF of the boundary.
 *
 * Warnings of the table: charset words, mime-broken (libetpan reads another
 * structure from these bytes), boundary-missing, header-broken, header-8bit,
 * control-characters, fields-many (of a header more than are kept),
 * parameters-many (of a field more than PARAMS_MAX). Of a head:
 * duplicate-header, several-from, no-from, date-bad, resent, those of from.h,
 * and charset words.
 */
int tree_parse(struct part_table *out, const void *data, size_t len,
    const struct scan_limits *limits, struct err *e);

#endif
