/* stix.h - a case's indicators as a bundle of STIX 2.1 (OASIS). */
#ifndef CASES_STIX_H
#define CASES_STIX_H

#include "cases/case_indicators.h"

/*
 * A bundle of what was observed: cyber-observable objects in one observed-data,
 * vulnerabilities and attack patterns, all in one grouping made by the team's
 * identity. It says that they were reported, not that they are hostile. Each
 * object bears the TLP 2.0 marking of l->label, which is defined in it.
 *
 * Ids are UUID version 5: of observables by section 2.9 of the standard, so
 * that all who see the same thing name it alike; of the others in a namespace
 * that the team's address makes. The same case gives the same bytes.
 * Returns the caller's.
 */
json_t *stix_bundle(const struct case_indicators *l, const char *team_name,
    const char *team_address);

#endif
