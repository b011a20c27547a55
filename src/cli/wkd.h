/*
 * wkd.h - a key as a web key directory serves it
 * (draft-koch-openpgp-webkey-service): files for /.well-known/openpgpkey.
 */
#ifndef CLI_WKD_H
#define CLI_WKD_H

#include "base/buf.h"
#include "base/err.h"

#define WKD_HASH 33 /* bytes: 32 digits of z-base-32 and the NUL */

/* The file's name of an address: its local part, in lower case, hashed. */
void wkd_hash(const char *address, char out[WKD_HASH]);

/*
 * Writes the binary key of address below folder, which is made where it is
 * absent, with the policy file that has to be there: in DOMAIN/ (the advanced
 * method); with direct also in folder itself (the direct method). Everybody may
 * read the files. ERR_NOINPUT where a folder cannot be made.
 */
int wkd_write(const char *folder, const char *address, const struct buf *key,
    bool direct, struct err *e);

#endif
