/* observed.h - what a document in JSON says was seen, or is vulnerable. */
#ifndef POLICY_OBSERVED_H
#define POLICY_OBSERVED_H

#include "base/buf.h"
#include "message/leaves.h"

/*
 * Appends the values in which indicators are looked for, each on a line:
 *   CSAF  numbers and weaknesses of vulnerabilities, other names of the
 * advisory STIX  patterns, values, names, hashes and numbers of objects,
 * numbers of external references MISP  values of attributes else  each string
 * but what lies below a key "$...", "@...", "reference", "references", "schema"
 * or "license" Who published a document, and what it refers to, is not accused.
 * Linear.
 */
void observed_of_json(const struct leaves *l, struct buf *out);

#endif
