/*
 * schleuder.h - a mailing list of Schleuder (3, 4 and 5), whose people and keys
 * move in.
 *
 * A list's folder, lists/DOMAIN/LOCALPART, is its GnuPG home; who is subscribed
 * stands in one SQLite database for all lists, in the tables lists and
 * subscriptions. Both are read and left as they are.
 */
#ifndef PEOPLE_SCHLEUDER_H
#define PEOPLE_SCHLEUDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define SCHLEUDER_SUBSCRIPTIONS_MAX 100000
#define SCHLEUDER_RING_MAX (256U << 20) /* bytes of a list's keys */

struct schleuder_subscription {
	char *address;
	char *fingerprint; /* upper case; or NULL */
	bool admin;
	bool delivery; /* it gets the list's mail */
};

/* "team@example.org" of ".../example.org/team"; the caller's, or NULL. */
char *schleuder_list(const char *folder);

/*
 * The subscriptions of that list in the database at path; *out is an array of
 * *count, the caller's. ERR_NOINPUT: no such file, or no such list in it;
 * ERR_DATA: it is no database of Schleuder's.
 */
int schleuder_read(const char *path, const char *list,
    struct schleuder_subscription **out, size_t *count, struct err *e);
void schleuder_free(struct schleuder_subscription *s, size_t count);

/*
 * The keys of a list's folder, pubring.kbx or pubring.gpg: material for each,
 * or for all of them where they cannot be told apart. *out is an array of
 * *count, each the caller's to buf_free, then free.
 */
int schleuder_keys(
    const char *folder, struct buf **out, size_t *count, struct err *e);

#endif
