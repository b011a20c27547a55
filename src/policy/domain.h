/*
 * domain.h - domains of mail addresses as they are compared: one spelling for
 * internationalised names (RFC 5890), one organisation by the public suffix
 * list.
 */
#ifndef POLICY_DOMAIN_H
#define POLICY_DOMAIN_H

#include <stdbool.h>

#define DOMAIN_MAX 255 /* bytes that are looked at; longer is no domain */

/*
 * In lower-case A-labels ("xn--..."), in U-labels; without a dot at the end.
 * What is no such name comes back in ASCII lower case. The caller's.
 */
char *domain_ascii(const char *domain);
char *domain_unicode(const char *domain);

/*
 * What an organisation registered ("example.co.jp" of "a.b.example.co.jp"), as
 * a pointer into ascii, which domain_ascii made; all of it where there is no
 * such part.
 */
const char *domain_organisation(const char *ascii);

/* True where both are one organisation's: DMARC's relaxed alignment. */
bool domain_aligned(const char *a, const char *b);

/* local@domain with the domain in A-labels; the caller's. */
char *domain_address_key(const char *folded);

#endif
