/*
 * xarf.h - a report in X-ARF version 3, or XARF version 4 (xarf.org).
 *
 * Anybody can write one: it makes a mail a report, names its category and what
 * it accuses, and says nothing of who sent it.
 */
#ifndef POLICY_XARF_H
#define POLICY_XARF_H

#include "message/leaves.h"
#include "policy/machine_type.h"

struct xarf {
	bool valid; /* its fields are those of its version */
	bool kept; /* version 3: it may not be disclosed */
	struct machine_type type;
	struct strs sources; /* addresses, hosts, URLs, hashes, CVE: as written
			      */
};

/*
 * Reads a document. False where it is no such report; named: its file name, or
 * the mail around it, says that it is one, so that a broken one is seen as
 * that. out is the caller's to xarf_free. Linear.
 */
bool xarf_read(const struct leaves *l, bool named, struct xarf *out);
void xarf_free(struct xarf *x); /* its fields */

#endif
