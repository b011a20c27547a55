/* verify.h - one check of signatures by gpg. */
#ifndef PGP_VERIFY_H
#define PGP_VERIFY_H

#include "pgp/signature.h"

/*
 * Checks a detached binary signature over text, byte for byte, and appends what
 * was found, at least one. Returns 0, or -1 with ERR_TEMP where gpg is not at
 * work, ERR_DATA where it ran over its processor time or its deadline.
 */
int verify_detached(struct keyring *k, const void *signature,
    size_t signature_len, const void *text, size_t text_len, int64_t now,
    struct signatures *out, struct err *e);

/*
 * Checks a binary message that holds its own text. plain gets what gpg says is
 * signed; nothing where there is no signature at all. Errors as above, and
 * ERR_DATA where plain's limit is passed.
 */
int verify_inline(struct keyring *k, const void *data, size_t len, int64_t now,
    struct buf *plain, struct signatures *out, struct err *e);

#endif
