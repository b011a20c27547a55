/*
 * literals.h - what a text has to hold for a pattern to be found in it.
 *
 * Read from the pattern's own letters (pcre2pattern(3)): wherever
 * "\b(scan|probe) (of|from)\b" is found, there is "scan" or "probe". So most
 * patterns need not be asked about most texts (needles.h).
 */
#ifndef POLICY_LITERALS_H
#define POLICY_LITERALS_H

#include <stdbool.h>

#include "base/strs.h"

/*
 * True: where the pattern, compiled as pattern.h says, is found, one of out is,
 * in either case of ASCII letters; each is of NEEDLE_MIN bytes or more. False:
 * nothing of the kind can be said of it, and out is empty. out is the caller's.
 */
bool literals_of(const char *pattern, struct strs *out);

#endif
