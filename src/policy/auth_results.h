/*
 * auth_results.h - what our own border says of who authorised a message
 * (Authentication-Results, RFC 8601).
 */
#ifndef POLICY_AUTH_RESULTS_H
#define POLICY_AUTH_RESULTS_H

#include <stdbool.h>

#include "message/part.h"

/*
 * Reads the Authentication-Results fields of the message's own header, top
 * first: only those with one of ids as authserv-id count, the topmost of them
 * decides. True where it says dmarc=pass, or, where it has no word on DMARC,
 * dkim=pass with header.d aligned (relaxed, by the public suffix list) with the
 * domain of address. Two different words on DMARC in one field are no pass.
 * Never inside enclosed messages, nor below a Received that a host of another
 * organisation than that of ids wrote; ids empty: false.
 */
bool auth_results_pass(
    const struct part_table *t, const struct strs *ids, const char *address);

/* True where the same topmost field says dmarc=fail, of whatever domain. */
bool auth_results_fail(const struct part_table *t, const struct strs *ids);

#endif
