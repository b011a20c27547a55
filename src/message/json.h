/* json.h - JSON from strangers to leaves.h; in the parser process alone. */
#ifndef MESSAGE_JSON_H
#define MESSAGE_JSON_H

#include <stddef.h>

#include "message/leaves.h"

#define JSON_BYTES_MAX (32U << 20) /* bytes of a document that is read */
#define JSON_DEPTH_MAX 64 /* objects and arrays inside each other */
#define JSON_NODES_MAX 1000000 /* values of a document that is read */

/*
 * Reads a document (len bytes of UTF-8, a byte order mark is passed over).
 * Over one of the limits it is partial, without a value. A key that stands
 * twice in one object makes it broken, without a value: two readers would
 * read two documents. Linear in len.
 */
void json_leaves(struct leaves *out, const void *data, size_t len);

#endif
