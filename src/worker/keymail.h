/*
 * keymail.h - keys that a mail brings with it: in its Autocrypt header, as an
 * attachment, in its text.
 *
 * A key for the sender's own address is kept, and proves nothing (learnt.h). A
 * known contact's other key is bound only where it comes alone, as
 * application/pgp-keys or in a protected Autocrypt field, and the old one,
 * verified, signed all of the mail; else it waits for a person, and the team is
 * told.
 */
#ifndef WORKER_KEYMAIL_H
#define WORKER_KEYMAIL_H

#include "people/learnt.h"
#include "worker/judgement.h"

#define KEYMAIL_MAX 4 /* keys of one mail that are looked at */
#define KEYMAIL_BLOCKS 64 /* armoured blocks of any kind in one text */
#define KEYMAIL_RAW_MAX (4U << 20) /* bytes of one before it is stripped */

struct passage;

enum keymail_kind {
	KEYMAIL_FIRST, /* the address has no other key */
	KEYMAIL_NEXT, /* it has; the old one signed this mail */
	KEYMAIL_WAITS /* it has; nothing speaks for the new one */
};

struct keymail_key {
	enum keymail_kind kind;
	struct learnt learnt;
	bool stored; /* the key is known; only the note is new */
	struct key key; /* valid unless stored */
	int64_t contact; /* whose key changes; 0: nobody we know */
	bool bound; /* the contact's keys are bound, and this one joins them */
	char old[KEY_FINGERPRINT]; /* the key that speaks for it, or "" */
};

struct keymail {
	struct keymail_key *item;
	size_t count;
};

/*
 * Reads the keys that are new, through gpg, and adds "new-key" or
 * "new-key-unproven" to j's warnings where a known sender's key changes.
 * Reads the database and writes nothing. The caller's to keymail_free, in any
 * case.
 */
int keymail_read(struct worker *w, const struct reading *r, struct judgement *j,
    int64_t message, struct keymail *out, struct err *e);
void keymail_free(struct keymail *k);

/*
 * Writes them down: keys, bindings, notes in the case, audit entries. A replay
 * changes no key. In the transaction of the outcome, after it was noted what
 * the message was judged without.
 */
int keymail_record(struct passage *p, struct keymail *k, struct err *e);

#endif
