/*
 * conversation.h - who of a case's outside parties talk with us together, and
 * who apart from each other.
 *
 * A party is an organisation, a contact, or an address. Parties are in one
 * conversation once a trusted mail of one of them went to the other as well, or
 * a mail of ours to both, visibly. All else is apart: nobody learns who else
 * takes part in the case, or what they say.
 */
#ifndef CASES_CONVERSATION_H
#define CASES_CONVERSATION_H

#include <jansson.h>

#include "base/strs.h"
#include "noroshi.h"
#include "store/db.h"

#define CONVERSATION_PEOPLE 1000 /* addresses of one case that are looked at   \
				  */

struct conversation {
	struct strs people; /* folded addresses */
	int64_t *message; /* their numbers, in order */
	size_t messages;
	bool has_label;
	enum noroshi_tlp label; /* the strictest of its messages */
	bool untrusted; /* nobody in it takes part in the case */
};

struct conversations {
	struct conversation *item;
	size_t count;
};
void conversations_free(struct conversations *l); /* its fields */

/* Those of a case. */
int conversations_load(
    struct db *db, int64_t cases, struct conversations *out, struct err *e);

/* The one that an address (folded) is in, or NULL; borrowed from l. */
const struct conversation *conversations_of(
    const struct conversations *l, const char *address);

/* An array of {participants, tlp, messages, untrusted}; the caller's. */
int conversations_json(
    struct db *db, int64_t cases, json_t **out, struct err *e);

#endif
