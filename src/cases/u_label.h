/* u_label.h - internationalised names of hosts in a text, by their A-labels. */
#ifndef CASES_U_LABEL_H
#define CASES_U_LABEL_H

#include <stddef.h>

/*
 * The text (UTF-8 in NFKC) with the labels of host names that are beyond ASCII
 * written as A-labels (RFC 5890): "xn--pple-43d.com" for one whose first letter
 * is Cyrillic. Without spaces between words nobody can tell where a name
 * begins; so one in kana or ideographs is read only where ASCII or nothing
 * stands before it and a dot behind it. The caller's, with a NUL behind it that
 * *out_len does not count; NULL where there is none. Linear in len.
 */
char *u_label_ascii(const char *text, size_t len, size_t *out_len);

#endif
