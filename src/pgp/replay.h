/* replay.h - a name for a signature over a content, however it travels. */
#ifndef PGP_REPLAY_H
#define PGP_REPLAY_H

#include <stddef.h>

#include "pgp/signature.h"

/*
 * Sets facts.replay (verdict.h) of those from index first on whose signer is
 * known and whose content is what was signed.
 */
void replay_name(
    struct signatures *l, size_t first, const void *content, size_t len);

#endif
