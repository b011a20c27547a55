#include "worker/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/case_people.h"
#include "people/contact.h"

/* Whether address is one of the team's own. */
static bool
import_is_team(const struct worker *w, const char *address)
{
	const struct strs *more = &w->config->team_addresses;
	char *folded = contact_address_fold(address);
	bool is = false;

	for (size_t i = 0; i <= more->count && folded != NULL && !is; i++) {
		char *own = contact_address_fold(
		    i == 0 ? w->config->team_address : more->item[i - 1]);

		is = own != NULL && strcmp(own, folded) == 0;
		free(own);
	}
	free(folded);
	return is;
}

/* 1: of the staff, by address alone; 0: not; -1: failed. */
static int
import_is_staff(struct worker *w, const char *address, struct err *e)
{
	struct contact c = {0};
	struct err why = {0};
	int rc;

	if (contact_by_address(w->db, address, &c, &why) == -1)
		return why.code == ERR_NOINPUT || why.code == ERR_DATA
			   ? 0
			   : err_set(e, why.code, "%s", why.text);
	rc = c.class == CLASS_STAFF ? 1 : 0;
	contact_free(&c);
	return rc;
}

int
import_is_ours(struct passage *p, struct err *e)
{
	const char *from = p->judgement.from;
	int rc;

	p->ours = false;
	if (from == NULL || p->judgement.alarm)
		return 0;
	p->ours = import_is_team(p->w, from);
	if (p->ours)
		return 0;
	rc = import_is_staff(p->w, from, e);
	p->ours = rc == 1;
	return rc == -1 ? -1 : 0;
}

static int
import_address(
    struct passage *p, const struct mailboxes *l, size_t max, struct err *e)
{
	struct worker *w = p->w;

	for (size_t i = 0; i < l->count && i < max; i++) {
		const char *address = l->item[i].address;
		struct contact c = {0};
		struct err why = {0};
		char *folded = contact_address_fold(address);
		int rc = 0;

		if (folded != NULL && !import_is_team(w, address))
			rc = import_is_staff(w, address, e);
		else
			rc = 1;
		if (rc == 0) {
			(void)contact_by_address(w->db, address, &c, &why);
			rc = case_participant_add(w->db, passage_time(p),
			    p->incident.id, c.id, folded, l->item[i].name, e);
			contact_free(&c);
		}
		free(folded);
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* Whom the team wrote to takes part. */
static int
import_written_to(struct passage *p, struct err *e)
{
	const struct head *h = p->reading.people;

	if (!p->ours || h == NULL)
		return 0;
	if (import_address(p, &h->to, IMPORT_RECIPIENTS, e) == -1)
		return -1;
	return import_address(p, &h->cc, IMPORT_RECIPIENTS, e);
}

int
import_opened(struct passage *p, struct err *e)
{
	struct case_file *c = &p->incident;

	free(c->state);
	c->state = xstrdup("closed");
	c->closed_at = passage_time(p);
	c->owed = false;
	if (case_update(p->w->db, c, e) == -1)
		return -1;
	return import_written_to(p, e);
}

int
import_joined(struct passage *p, struct err *e)
{
	struct case_file *c = &p->incident;

	if (import_written_to(p, e) == -1)
		return -1;
	if (strcmp(c->state, "closed") != 0 || c->closed_at >= passage_time(p))
		return 0;
	c->closed_at = passage_time(p);
	return case_update(p->w->db, c, e);
}
