/*
 * unseal.h - opens a backup by the caller's own gpg: with their keys, their
 * agent, their smart card, and not with the gateway's.
 */
#ifndef CLI_UNSEAL_H
#define CLI_UNSEAL_H

#include <stddef.h>

#include "base/err.h"

/*
 * Decrypts the file at path; put gets the text as it comes, which counts only
 * where 0 is returned: gpg found it whole (MDC). ERR_DENIED where gpg has no
 * key for it, ERR_DATA where it was changed or is none.
 */
int unseal(const char *path,
    int (*put)(void *ctx, const void *data, size_t len, struct err *e),
    void *ctx, struct err *e);

#endif
