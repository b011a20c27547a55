/*
 * sighting.h - which indicators a message is about: those of its subject and
 * text, of the texts and documents that it brings, and of mail that it passes
 * on; and what of it belongs to the constituency.
 */
#ifndef WORKER_SIGHTING_H
#define WORKER_SIGHTING_H

#include <jansson.h>

#include "policy/constituency.h"
#include "policy/kind.h"
#include "worker/documents.h"

struct sighting {
	struct indicators indicators;
	enum constituency_place *place; /* of each indicator */
	struct strs products; /* of the constituency, that it names */
	bool constituent; /* From's address is inside */
};

/*
 * Left out are a signature block (RFC 3676 section 4.3), the addresses of the
 * team and of from (folded, or NULL), and the team's key. Of what came back
 * from our own mail, or machines made, the text alone counts. out is the
 * caller's to sighting_free.
 */
void sighting_make(const struct config *c, const struct reading *r,
    const struct documents *d, enum kind kind, const char *from,
    struct sighting *out);
void sighting_free(struct sighting *s); /* its fields */

/* [{"type", "value", "constituency": true, false, or null: it has no place}];
 * the caller's. */
json_t *sighting_json(const struct sighting *s);

#endif
