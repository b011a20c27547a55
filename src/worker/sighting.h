/*
 * sighting.h - which indicators a message is about: those of its subject and
 * text, of the texts and documents that it brings, and of mail that it passes
 * on.
 */
#ifndef WORKER_SIGHTING_H
#define WORKER_SIGHTING_H

#include "policy/kind.h"
#include "worker/documents.h"

/*
 * Adds them to out. Left out are a signature block (RFC 3676 section 4.3), the
 * addresses of the team and of from (folded, or NULL), and the team's key. Of
 * what came back from our own mail, or machines made, the text alone counts.
 */
void sighting_find(const struct config *c, const struct reading *r,
    const struct documents *d, enum kind kind, const char *from,
    struct indicators *out);

#endif
