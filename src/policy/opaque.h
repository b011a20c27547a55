/*
 * opaque.h - files that nobody can look into before they leave: encrypted ones,
 * and archives whose content no program of ours reads.
 */
#ifndef POLICY_OPAQUE_H
#define POLICY_OPAQUE_H

#include <stddef.h>

#include "noroshi.h"

/*
 * Why the file (len bytes of data; name may be NULL) cannot be read, as a
 * phrase for a person, constant: encrypted ZIP, PDF, Office (OLE and OOXML) or
 * OpenPGP, an archive inside a ZIP, any other archive. NULL: it can, or is of a
 * kind that is shown as it is. By magic bytes first, names count beside them.
 * Linear.
 */
const char *opaque_why(const char *name, const void *data, size_t len);

/*
 * The strictest label in the names of a ZIP's members; false where there is
 * none, or it is no ZIP. Linear.
 */
bool opaque_names(const void *data, size_t len, enum noroshi_tlp *label);

#endif
