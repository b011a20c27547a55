/*
 * defang.h - text with its indicators made plain again: "hxxp[:]//evil[.]com",
 * "joe (at) evil (dot) com", 【.】, full-width letters. No standard says how
 * indicators are defanged; these are the spellings that are met.
 */
#ifndef CASES_DEFANG_H
#define CASES_DEFANG_H

#include <stddef.h>

#define DEFANG_DOT '\001' /* stands for a '.' that was defanged */
#define DEFANG_FOREIGN '\200' /* stands for each character beyond ASCII */

/*
 * The text in NFKC, one byte for each character, but for names of hosts, whose
 * labels are those of DNS (ulabel.h); hyphens of all kinds are '-'.
 * The caller's, with a NUL behind it that *out_len does not count. Schemes
 * ("hxxp") stay as they are. Linear in len.
 */
char *defang(const char *text, size_t len, size_t *out_len);

#endif
