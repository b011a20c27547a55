/*
 * restriction.h - words by which a source restricts what it sends beyond its
 * label (TLP 2.0 section 1.g): "do not forward", 転送禁止.
 */
#ifndef POLICY_RESTRICTION_H
#define POLICY_RESTRICTION_H

#include "base/strs.h"

/*
 * Adds to found, once each, the known words of restriction in the subject (or
 * NULL), in the first lines of each text and on lines with a label, as our
 * table spells them. Not looked at: quoted lines, what is below a signature
 * mark ("-- ") or a line that opens a forwarded mail, and the rest of a text,
 * where footers stand. After NFKC and case folding. Linear.
 */
void restriction_find(
    const char *subject, const struct strs *texts, struct strs *found);

#endif
