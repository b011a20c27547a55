#include "worker/across.h"

#include <stdlib.h>

#include "cases/conversation.h"

/* The conversation of one recipient, by any of their addresses, or NULL. */
static const struct conversation *
across_of(const struct conversations *l, const struct recipient *r)
{
	const struct strs *all = &r->contact.addresses;
	const struct conversation *found = NULL;
	char *fold = contact_address_fold(r->address);

	if (fold != NULL)
		found = conversations_of(l, fold);
	free(fold);
	for (size_t i = 0; i < all->count && found == NULL; i++) {
		fold = contact_address_fold(all->item[i]);
		if (fold != NULL)
			found = conversations_of(l, fold);
		free(fold);
	}
	return found;
}

int
across_find(
    struct db *db, const struct clearance *c, bool *across, struct err *e)
{
	const struct conversation *first = NULL;
	struct conversations l;

	*across = false;
	if (c->outgoing->cases == 0 || c->outgoing->joined ||
	    c->community.id != 0 || c->visible < 2 ||
	    c->floor.label == NOROSHI_TLP_RED)
		return 0;
	if (conversations_load(db, c->outgoing->cases, &l, e) == -1)
		return -1;
	for (size_t i = 0; i < c->visible; i++) {
		const struct recipient *r = &c->recipient[i];
		const struct conversation *one =
		    r->contact.class == CLASS_STAFF ? NULL : across_of(&l, r);

		/* Whoever nobody has talked with yet begins one here. */
		if (one != NULL && one->messages == 0)
			one = NULL;
		*across =
		    *across || (one != NULL && first != NULL && one != first);
		first = one == NULL ? first : one;
	}
	conversations_free(&l);
	return 0;
}
