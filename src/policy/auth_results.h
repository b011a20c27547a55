/*
 * auth_results.h - what our own border says of who authorised a message
 * (Authentication-Results, RFC 8601).
 */
#ifndef POLICY_AUTH_RESULTS_H
#define POLICY_AUTH_RESULTS_H

#include <stdbool.h>

#include "message/part.h"

/* Who our border is; all borrowed. */
struct auth_border {
	const struct strs *ids; /* its authserv-ids; empty: it has none */
	const struct strs *hops; /* hosts that write none, or NULL */
	const char *team; /* the team's address, or NULL */
};

/*
 * Reads the Authentication-Results fields of the message's own header, top
 * first. Of a field counts
 *
 * - one with one of ids as authserv-id, above the first Received that a host
 *   of another organisation than ids' and the team's wrote; or
 * - one without an authserv-id just above the topmost Received that one of
 *   hops wrote, where the Received above that, if any, says that it came from
 *   there.
 *
 * The topmost of them decides, and only where it is version 1 and was not cut
 * (message/tree.h). True where it says dmarc=pass of address's domain, or,
 * where DMARC had nothing to say, dkim=pass with header.d (else header.i)
 * aligned with that domain (relaxed, by the public suffix list). Never inside
 * enclosed messages; ids and hops empty: false. SPF and ARC alone are nothing.
 */
bool auth_results_pass(const struct part_table *t, const struct auth_border *b,
    const char *address);

/* True where the same field says dmarc=fail, of whatever domain. */
bool auth_results_fail(const struct part_table *t, const struct auth_border *b);

#endif
