#include "worker/lifted.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cases/bound.h"
#include "cases/message.h"
#include "queue/embargo.h"
#include "store/audit.h"
#include "worker/notify.h"
#include "worker/told.h"

/* One embargo under way. */
struct lifted {
	struct worker *w;
	struct case_file incident;
	struct message last; /* of the case; id 0: it has none */
	int64_t until; /* seconds since the epoch */
	int64_t people; /* version that keys were chosen by */
	struct notices n;
	char *line;
};

static int
lifted_one(struct lifted *l, const struct contact *who, struct err *e)
{
	struct told t = {.message = &l->last,
	    .author = who,
	    .case_name = l->incident.name,
	    .subject = "the embargo has ended",
	    .label =
		l->incident.has_label ? l->incident.label : NOROSHI_TLP_AMBER,
	    .news = true};
	struct draft d;
	int rc;

	strs_add(&t.lines, l->line);
	rc = told_make(l->w, &t, &d, e);
	strs_free(&t.lines);
	if (rc == 1) {
		l->n.draft =
		    xgrow(l->n.draft, l->n.drafts, sizeof(*l->n.draft));
		l->n.draft[l->n.drafts++] = d;
	}
	return rc == -1 ? -1 : 0;
}

static bool
lifted_is_head(const struct contact *c)
{
	return c->class == CLASS_STAFF && !c->removed &&
	       (strs_has(&c->roles, "poc") || strs_has(&c->roles, "deputy"));
}

static int
lifted_people(struct lifted *l, struct err *e)
{
	struct contact owner, *list;
	size_t count;
	bool told = false;
	int rc = 0;

	if (l->incident.owner != 0) {
		if (contact_get(l->w->db, l->incident.owner, &owner, e) == -1)
			return -1;
		told = owner.class == CLASS_STAFF && !owner.removed;
		if (told)
			rc = lifted_one(l, &owner, e);
		contact_free(&owner);
	}
	if (told || rc == -1)
		return rc;
	if (contact_list_staff(l->w->db, &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count && rc == 0; i++)
		if (lifted_is_head(&list[i]))
			rc = lifted_one(l, &list[i], e);
	contact_list_free(list, count);
	return rc;
}

static int
lifted_read(struct lifted *l, int64_t cases, struct err *e)
{
	const struct message_filter f = {.cases = cases};
	struct worker *w = l->w;
	char at[CLOCK_RFC3339];
	int64_t *id = NULL;
	size_t count = 0;
	int rc;

	if (people_version(w->db, &l->people, e) == -1 ||
	    case_get(w->db, w->vault, cases, &l->incident, e) == -1 ||
	    case_embargo(w->db, cases, &l->until, e) == -1 ||
	    message_list(w->db, &f, &id, &count, e) == -1)
		return -1;
	l->line = xasprintf("The embargo of %s ended at %s. Nothing has left by"
			    " itself: decide what may go to whom, under which"
			    " label.",
	    l->incident.name, clock_rfc3339(l->until, at));
	rc = count == 0 ? 0 : message_get(w->db, id[count - 1], &l->last, e);
	free(id);
	return rc == 0 && l->last.id != 0 ? lifted_people(l, e) : rc;
}

static int
lifted_write(struct lifted *l, struct err *e)
{
	struct worker *w = l->w;
	int64_t now = clock_now(&w->clock);
	struct audit_entry entry = {.actor = "worker",
	    .event = "embargo.ended",
	    .cases = l->incident.id};
	struct err why = {0};

	for (size_t i = 0; i < l->n.drafts; i++)
		if (draft_insert(w->db, now, &l->n.draft[i],
			w->config->transport, e) == -1)
			return -1;
	/* The key of a case may have been destroyed. */
	if (case_note_add(
		w->db, w->vault, now, l->incident.id, 0, l->line, &why) == -1 &&
	    why.code != ERR_NOINPUT)
		return err_set(e, why.code, "%s", why.text);
	entry.detail = json_pack("{s:I}", "told", (json_int_t)l->n.drafts);
	return audit_add(w->db, now, &entry, e);
}

/* 1: committed; 0: it was told, or is another by now; -1: failed. */
static int
lifted_commit(struct lifted *l, struct err *e)
{
	struct db *db = l->w->db;
	int64_t people, until;
	int rc = -1;

	if (db_begin(db, e) == -1)
		return -1;
	if (people_version(db, &people, e) == -1 ||
	    case_embargo(db, l->incident.id, &until, e) == -1)
		goto out;
	if (people != l->people || until != l->until) {
		err_set(e, ERR_TEMP, "a key or a contact changed");
		goto out;
	}
	if (embargo_told(db, l->incident.id, e) == -1)
		goto out;
	if (db_changed(db) == 0) {
		rc = 0;
		goto out;
	}
	if (lifted_write(l, e) == -1 || db_commit(db, e) == -1)
		goto out;
	return 1;
out:
	db_rollback(db);
	return rc;
}

int
lifted_tell(struct worker *w, int64_t cases, struct err *e)
{
	struct lifted l = {.w = w};
	int rc = lifted_read(&l, cases, e);

	if (rc == 0)
		rc = lifted_commit(&l, e);
	if (rc == 1)
		log_info("embargo ended: case=%s told=%zu", l.incident.name,
		    l.n.drafts);
	notices_free(w, &l.n, rc != 1);
	message_free(&l.last);
	case_free(&l.incident);
	free(l.line);
	return rc == -1
		   ? err_in(e, "the embargo of case %lld", (long long)cases)
		   : 0;
}
