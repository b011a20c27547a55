/* version.h - which four numbers are a version, and no address. */
#ifndef CASES_VERSION_H
#define CASES_VERSION_H

#include <stdbool.h>

/*
 * True where what stands before at, in a text that starts at begin, says that
 * what follows is a version or a section: "version 1.2.3.4",
 * "Chrome/120.0.0.0". Looks at a few bytes.
 */
bool version_before(const char *begin, const char *at);

/* True where the word before at, in any case, is that one: "commit 1a2b...". */
bool version_word_before(const char *begin, const char *at, const char *word);

#endif
