/* wrapped.h - PGP/MIME: the multiparts of RFC 3156. */
#ifndef PGP_WRAPPED_H
#define PGP_WRAPPED_H

#include "pgp/layers.h"

/* multipart/encrypted, RFC 3156 section 4; combined ones too, section 6.2. */
int wrapped_encrypted(struct layers *l, uint32_t part, struct err *e);

/* The multipart/mixed that Exchange makes of it, where it matches exactly. */
int wrapped_repaired(struct layers *l, uint32_t part, struct err *e);

/* multipart/signed, RFC 3156 section 5. */
int wrapped_signed(struct layers *l, uint32_t part, struct err *e);

#endif
