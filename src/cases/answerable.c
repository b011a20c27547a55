#include "cases/answerable.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/rota.h"

struct answerable_ids {
	int64_t *id;
	size_t count;
};

static bool
answerable_is(const struct contact *c, unsigned who, int64_t owner,
    const struct answerable_ids *rota)
{
	if (who == ANSWERABLE_OWNER)
		return c->id == owner;
	if (who == ANSWERABLE_HEADS)
		return strs_has(&c->roles, "poc") ||
		       strs_has(&c->roles, "deputy");
	for (size_t i = 0; i < rota->count; i++)
		if (rota->id[i] == c->id)
			return true;
	return false;
}

/* Those of the list who belong to the group go to its front. */
static size_t
answerable_group(struct contact *list, size_t count, unsigned who,
    int64_t owner, const struct answerable_ids *rota)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		struct contact here = list[i];

		if (here.removed || !answerable_is(&here, who, owner, rota))
			continue;
		list[i] = list[found];
		list[found++] = here;
	}
	return found;
}

int
answerable_list(struct db *db, int64_t owner, unsigned who,
    struct contact **out, size_t *count, struct err *e)
{
	static const unsigned group[] = {
	    ANSWERABLE_OWNER, ANSWERABLE_ROTA, ANSWERABLE_HEADS};
	struct answerable_ids rota = {0};
	size_t all, found = 0;

	if (rota_on_duty(db, clock_now(NULL), &rota.id, &rota.count, e) == -1)
		return -1;
	if (contact_list_staff(db, out, &all, e) == -1) {
		free(rota.id);
		return -1;
	}
	for (size_t i = 0; i < sizeof(group) / sizeof(*group) && found == 0;
	     i++)
		if ((who & group[i]) != 0)
			found =
			    answerable_group(*out, all, group[i], owner, &rota);
	free(rota.id);
	for (size_t i = found; i < all; i++)
		contact_free(&(*out)[i]);
	*count = found;
	return 0;
}
