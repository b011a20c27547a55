#include "worker/resemblance.h"

#include <stdlib.h>

#include "people/contact.h"
#include "people/directory.h"
#include "policy/lookalike.h"

static void
resemblance_add(void *arg, const struct directory_entry *entry)
{
	const struct lookalike_known known = {.contact = entry->contact,
	    .name = entry->name,
	    .organisation = entry->organisation,
	    .address = entry->address};

	lookalike_add(arg, &known);
}

static void
resemblance_team(struct lookalike *l, const struct config *c)
{
	for (size_t i = 0; i <= c->team_addresses.count; i++) {
		char *fold = contact_address_fold(
		    i == 0 ? c->team_address : c->team_addresses.item[i - 1]);
		const struct lookalike_known team = {
		    .name = c->team_name, .address = fold};

		lookalike_add(l, &team);
		free(fold);
	}
}

/* A new index where there is none, or where people have changed since. */
static int
resemblance_index(struct worker *w, struct err *e)
{
	struct lookalike *l;
	int64_t version;

	if (people_version(w->db, &version, e) == -1)
		return -1;
	if (w->lookalike != NULL && w->lookalike_version == version)
		return 0;
	l = lookalike_create();
	if (directory_each(w->db, resemblance_add, l, e) == -1) {
		lookalike_free(l);
		return -1;
	}
	resemblance_team(l, w->config);
	lookalike_ready(l);
	lookalike_free(w->lookalike);
	w->lookalike = l;
	w->lookalike_version = version;
	return 0;
}

int
resemblance_judge(struct worker *w, const struct head *head, const char *from,
    int64_t contact, struct sender *s, struct err *e)
{
	const struct lookalike_question q = {.address = from,
	    .name = head->from.item[0].name,
	    .contact = contact};

	if (resemblance_index(w, e) == -1)
		return -1;
	s->resembles = lookalike_judge(w->lookalike, &q, &s->warnings);
	return 0;
}
