#include "worker/across.h"

#include <stdlib.h>

/* The conversation that a recipient has begun, by any of their addresses, or
 * NULL: whoever nobody has talked with yet begins one here. */
static const struct conversation *
across_of(const struct across *a, const struct recipient *r)
{
	const struct strs *all = &r->contact.addresses;
	const struct conversation *found = NULL;
	char *fold = contact_address_fold(r->address);

	if (fold != NULL && r->contact.class != CLASS_STAFF)
		found = conversations_of(&a->of, fold);
	free(fold);
	for (size_t i = 0;
	     i < all->count && found == NULL && r->contact.class != CLASS_STAFF;
	     i++) {
		fold = contact_address_fold(all->item[i]);
		if (fold != NULL)
			found = conversations_of(&a->of, fold);
		free(fold);
	}
	return found == NULL || found->messages == 0 ? NULL : found;
}

void
across_free(struct across *a)
{
	conversations_free(&a->of);
	*a = (struct across){.seen = false};
}

int
across_load(
    struct db *db, const struct clearance *c, struct across *out, struct err *e)
{
	const struct conversation *first = NULL;

	*out = (struct across){.seen = false};
	/* Neither a second party nor a second item: nothing to carry over. */
	if (c->outgoing->cases == 0 || c->outgoing->joined ||
	    c->community.id != 0 || (c->visible < 2 && c->floor.items < 2))
		return 0;
	if (conversations_load(db, c->outgoing->cases, &out->of, e) == -1)
		return -1;
	for (size_t i = 0; i < c->visible && c->floor.label != NOROSHI_TLP_RED;
	     i++) {
		const struct conversation *one =
		    across_of(out, &c->recipient[i]);

		if (one != NULL && first != NULL && one != first)
			out->seen = true;
		first = one == NULL ? first : one;
	}
	return 0;
}

static bool
across_has(const struct conversation *c, int64_t message)
{
	for (size_t i = 0; i < c->messages; i++)
		if (c->message[i] == message)
			return true;
	return false;
}

bool
across_quotes(const struct across *a, const struct clearance *c,
    const struct recipient *r)
{
	const struct conversation *own = across_of(a, r);

	for (size_t i = 0; own != NULL && i < c->floor.items; i++) {
		const struct content_item *item = &c->floor.item[i];

		if (item->source == 0 || item->label < NOROSHI_TLP_AMBER ||
		    across_has(own, item->source))
			continue;
		for (size_t k = 0; k < a->of.count; k++)
			if (across_has(&a->of.item[k], item->source))
				return true;
	}
	return false;
}
