/* package.h - what dpkg says of a Debian package; no shell is between. */
#ifndef CLI_PACKAGE_H
#define CLI_PACKAGE_H

#include <stddef.h>

#define PACKAGE_VERSION_MAX 128 /* bytes, with the NUL */

/*
 * 1: the package is installed in that version or a later one; 0: in an older
 * one; -1: dpkg is not here, or does not know it. installed is its version,
 * in printable ASCII, or "".
 */
int package_at_least(const char *package, const char *version,
    char installed[PACKAGE_VERSION_MAX]);

#endif
