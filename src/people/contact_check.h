/*
 * contact_check.h - what the fields of a contact may hold.
 */
#ifndef PEOPLE_CONTACT_CHECK_H
#define PEOPLE_CONTACT_CHECK_H

#include "base/err.h"

struct contact;

/*
 * An address as it is compared: ASCII lower case, NFKC, no white space. The
 * caller's; NULL where it is no address (no '@', two '@', white space,
 * control characters or any of <>,; inside, over 320 bytes). Spaces around it
 * are ignored.
 */
char *contact_address_fold(const char *address);

/*
 * ERR_DATA where a field cannot be kept, whatever the database holds: no name
 * or one that reads as an id, control characters, an address that is none, a
 * role nobody knows, a language but en and ja.
 */
int contact_check(const struct contact *c, struct err *e);

#endif
