#include "worker/command_target.h"

#include <string.h>
#include <strings.h>

#include "cases/arrival.h"
#include "cases/token.h"

static bool
command_target_is_team(const struct worker *w, const char *address)
{
	return strcasecmp(address, w->config->team_address) == 0 ||
	       strs_has_case(&w->config->team_addresses, address);
}

int
command_target_find(struct worker *w, const struct reading *r,
    const struct message *m, struct command_target *t, struct err *e)
{
	struct strs to = {0};
	size_t inside;
	int rc = 0;

	for (size_t i = 0; r->inner != NULL && i < r->inner->to.count; i++)
		strs_add(&to, r->inner->to.item[i].address);
	for (size_t i = 0; r->inner != NULL && i < r->inner->cc.count; i++)
		strs_add(&to, r->inner->cc.item[i].address);
	inside = to.count;
	for (size_t i = 0; i < inside; i++)
		t->protected =
		    t->protected || command_target_is_team(w, to.item[i]);
	rc = arrival_recipients(w->db, m->id, r->outer, &to, e);
	for (size_t i = 0; i < to.count && rc == 0; i++) {
		enum token_kind kind;
		struct err why = {0};
		bool by_other;

		rc = token_read(w->db, w->vault, w->config->team_address,
		    to.item[i], NULL, &kind, &t->cases, &by_other, e);
		if (rc == 0 && kind != TOKEN_REPLY)
			t->cases = 0;
		if (rc == 0 && t->cases == 0 &&
		    community_find(w->db, to.item[i], &t->community, &why) ==
			-1 &&
		    why.code != ERR_NOINPUT)
			rc = err_set(e, why.code, "%s", why.text);
		if (t->cases != 0 || t->community.id != 0) {
			t->protected = i < inside;
			break;
		}
	}
	strs_free(&to);
	return rc;
}
