/*
 * open.h - decrypts and verifies all of a message; the only reader of gpg's
 * results.
 *
 * Forms: PGP/MIME encrypted and signed (RFC 3156 sections 4 to 6.2), inline and
 * clear-signed text parts, encrypted attachments (.pgp .gpg .asc), the two-part
 * multipart/mixed that Exchange makes of PGP/MIME. Layers inside layers up to
 * limit_layers. A decryption counts only with error 0, exactly one each of
 * gpg's status lines BEGIN_DECRYPTION, DECRYPTION_OKAY, GOODMDC and PLAINTEXT,
 * and an integrity-protected packet; all is buffered until then.
 */
#ifndef PGP_OPEN_H
#define PGP_OPEN_H

#include "pgp/verdict.h"

/*
 * Opens every layer of mail; decrypted content becomes further buffers and
 * parts of it. Call it once for a mail, with the team's keys and those that
 * may have signed loaded; where v->missing names a key that is known, load it
 * too and call pgp_open_again. ERR_TEMP where the agent does not answer
 * (never a verdict); ERR_DATA where a limit was passed (then v->warnings may
 * say "bomb"). v is to be freed in every case. A layer deeper than limit_layers
 * is no error: it stays closed, with a warning.
 */
int pgp_open(struct keyring *k, struct mail *mail, int64_t now,
    struct verdict *v, struct err *e);

/*
 * Verifies again, after more keys were loaded, the layers of a mail that
 * pgp_open has opened: v is made anew, mail stays as it is.
 */
int pgp_open_again(struct keyring *k, struct mail *mail, int64_t now,
    struct verdict *v, struct err *e);

#endif
