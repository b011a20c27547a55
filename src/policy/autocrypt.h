/* autocrypt.h - the header field by which mail programs tell their key,
 * Autocrypt Level 1. */
#ifndef POLICY_AUTOCRYPT_H
#define POLICY_AUTOCRYPT_H

#include "base/buf.h"

#define AUTOCRYPT_MAX 10240 /* bytes of one field, Level 1 section 2.1 */

/*
 * Finds the one valid Autocrypt field of a header block whose addr is the
 * folded address, and appends its key's bytes. False where there is none, or
 * more than one. A field is not valid where it is longer than AUTOCRYPT_MAX,
 * where keydata is not last, or where it has an attribute that is unknown and
 * does not begin with "_". Gossip is not read at all. Linear in len.
 */
bool autocrypt_find(
    const void *block, size_t len, const char *address, struct buf *key);

#endif
