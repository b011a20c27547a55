/* category.h - our categories of incident, and what follows from one. */
#ifndef CONFIG_CATEGORY_H
#define CONFIG_CATEGORY_H

#include <stdbool.h>

#include "noroshi.h"

/*
 * The category's value in ENISA's Reference Security Incident Taxonomy (rsit),
 * constant; NULL where it has none.
 */
const char *category_rsit(const char *category);
/* The i-th category, from 0; NULL: there are no more. */
const char *category_at(size_t i);

/*
 * What JPCERT/CC's quarterly statistics call it, constant: "phishing site",
 * "other" ... What they have no name for keeps its own: vulnerability,
 * exercise.
 */
const char *category_statistics(const char *category);

bool category_is_known(const char *category);

/*
 * True where mail of this category has a label that it never falls below: our
 * decision (doc/ARCHITECTURE.md, "Labels").
 */
bool category_floor(const char *category, enum noroshi_tlp *floor);

#endif
