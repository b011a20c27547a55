/*
 * ulabel.h - names of hosts in letters beyond ASCII, in running text: their
 * labels (RFC 5890 section 2.3.2.1, U-labels) as DNS has them.
 */
#ifndef CASES_ULABEL_H
#define CASES_ULABEL_H

#include <stddef.h>

#define ULABELS_MAX 1000 /* of one text that are looked at */

/*
 * The text (UTF-8 in NFKC) with such labels in ASCII ("xn--mnchen-3ya.de"). A
 * label has a dot behind it, plain or defanged, or is a public suffix behind
 * one. Scripts without spaces stick to the sentence around: of them a label
 * counts alone, or behind "://" and '@'. The caller's, with a NUL behind it;
 * NULL where there is none. Linear in len.
 */
char *ulabels_plain(const char *text, size_t len, size_t *out_len);

#endif
