/*
 * marking.h - the label that a document carries inside: CSAF 2.0 and 2.1,
 * STIX 2.0 and 2.1, MISP, IODEF (RFC 7970), and text.
 */
#ifndef POLICY_MARKING_H
#define POLICY_MARKING_H

#include "message/leaves.h"
#include "noroshi.h"

/* {0}: no label. */
struct marking {
	bool found;
	enum noroshi_tlp label; /* the strictest, where found */
	unsigned flags; /* NOROSHI_TLP_UNKNOWN, _LEGACY, _SPELLING of text */
	bool
	    doubtful; /* not all of the document was read: it may raise alone */
	bool unshared; /* CSAF 2.1: the sharing group of the Nil UUID */
};

/* Of several labels in to and from the strictest; the rest is joined. */
void marking_join(struct marking *to, const struct marking *from);

/*
 * Of a document in JSON:
 *   CSAF  document/distribution/tlp/label; RED of 2.0 whose text says
 *         "TLP v2.0: TLP:AMBER+STRICT", for which 2.0 has no label, is that
 *   STIX  marking ids of TLP 1.0 and 2.0 in object and granular markings, and
 *         definitions of others where something refers to them, or nothing
 *         refers to any
 *   MISP  tags "tlp:..." of events, objects and attributes
 * A colour that none of them knows is RED. Linear.
 */
void marking_of_json(const struct leaves *l, struct marking *out);

/*
 * Of a text document: of its first and last lines that are not blank, those
 * with a label alone or first on them. Linear.
 */
void marking_of_text(const char *text, size_t len, struct marking *out);

/*
 * Of IODEF (data is XML): the strictest restriction attribute. Values of
 * RFC 7970 section 3.3.1 are read as: public CLEAR, partner AMBER,
 * need-to-know AMBER+STRICT, private RED; default says nothing. What is no
 * IODEF has none. Linear.
 */
void marking_of_iodef(const char *data, size_t len, struct marking *out);

#endif
