#include "worker/ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cases/absence.h"
#include "cases/rota.h"
#include "store/audit.h"
#include "worker/disposal.h"
#include "worker/escalation.h"
#include "worker/handed.h"
#include "worker/lifted.h"
#include "worker/overdue.h"
#include "worker/reminder.h"
#include "worker/told.h"

static const struct ring_kind ring_kinds[] = {
    {ALARM_EMBARGO, lifted_read, lifted_still},
    {ALARM_UNSEEN, escalation_read, escalation_still},
    {ALARM_UNANSWERED, escalation_read, escalation_still},
    {ALARM_SERVICE, overdue_read, overdue_still},
    {ALARM_TERMS, overdue_read_renewal, overdue_renew},
    {ALARM_ASSIGNED, handed_read_assigned, NULL},
    {ALARM_ABSENT, handed_read_absent, NULL},
    {ALARM_DEADLINE, reminder_read, reminder_still},
    {ALARM_RETENTION, disposal_read, disposal_still},
};

static const struct ring_kind *
ring_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(ring_kinds) / sizeof(*ring_kinds); i++)
		if (strcmp(ring_kinds[i].name, name) == 0)
			return &ring_kinds[i];
	return NULL;
}

static int
ring_one(struct ring *r, const struct contact *who, struct err *e)
{
	const char *language =
	    who->language != NULL ? who->language : r->w->config->language;
	bool japanese = strcmp(language, "ja") == 0 && r->line_ja != NULL;
	struct told t = {.message = &r->about,
	    .author = who,
	    .case_name = r->incident.name,
	    .subject = japanese ? r->subject_ja : r->subject,
	    .label =
		r->incident.has_label ? r->incident.label : NOROSHI_TLP_AMBER,
	    .news = true};
	struct draft d;
	int rc;

	strs_add(&t.lines, japanese ? r->line_ja : r->line);
	rc = told_make(r->w, &t, &d, e);
	strs_free(&t.lines);
	if (rc == 1) {
		r->n.draft =
		    xgrow(r->n.draft, r->n.drafts, sizeof(*r->n.draft));
		r->n.draft[r->n.drafts++] = d;
	}
	return rc == -1 ? -1 : 0;
}

/* Who is in two groups is told once. */
static bool
ring_told(const struct ring *r, const struct contact *who)
{
	for (size_t i = 0; i < r->n.drafts; i++)
		for (size_t k = 0; k < r->n.draft[i].copies; k++)
			if (r->n.draft[i].copy[k].contact == who->id)
				return true;
	return false;
}

/* RED is for PoC, deputies and its recorded readers. */
static int
ring_may(
    const struct ring *r, const struct contact *c, bool *may, struct err *e)
{
	*may = !r->readers || r->about.label == NULL ||
	       strcmp(r->about.label, "RED") != 0 ||
	       strs_has(&c->roles, "poc") || strs_has(&c->roles, "deputy");
	return *may ? 0
		    : message_is_reader(r->w->db, r->about.id, c->id, may, e);
}

static int
ring_group(struct ring *r, unsigned who, struct err *e)
{
	struct contact *list;
	size_t count;
	int rc;

	rc =
	    answerable_list(r->w->db, r->incident.owner, who, &list, &count, e);
	if (rc == -1)
		return -1;
	for (size_t i = 0; i < count && rc == 0; i++) {
		bool may;

		rc = ring_may(r, &list[i], &may, e);
		if (rc == 0 && may && !ring_told(r, &list[i]))
			rc = ring_one(r, &list[i], e);
	}
	contact_list_free(list, count);
	return rc;
}

/* Their mailbox says so, or somebody did. */
static int
ring_owner_away(struct ring *r, bool *away, struct err *e)
{
	int64_t now = clock_now(&r->w->clock), owner = r->incident.owner;

	if (absence_is(r->w->db, owner, now, away, e) == -1)
		return -1;
	return *away ? 0 : rota_is_away(r->w->db, now, owner, away, e);
}

/* The first group of which anybody can be told, and where that is an owner who
 * is away, the next one as well; or all of them. */
static int
ring_people(struct ring *r, struct err *e)
{
	static const enum answerable group[] = {
	    ANSWERABLE_OWNER, ANSWERABLE_ROTA, ANSWERABLE_HEADS};
	/* Of a case whose key was destroyed nothing can be written. */
	bool more = r->about.id != 0 || r->incident.title != NULL;

	for (size_t i = 0; i < sizeof(group) / sizeof(*group) && more; i++) {
		size_t before = r->n.drafts;
		bool away = false;

		if ((r->who & group[i]) == 0)
			continue;
		if (ring_group(r, group[i], e) == -1)
			return -1;
		if (r->n.drafts == before)
			continue;
		r->group = group[i];
		if (group[i] == ANSWERABLE_OWNER &&
		    ring_owner_away(r, &away, e) == -1)
			return -1;
		more = r->all || away;
	}
	return 0;
}

int
ring_case(struct ring *r, int64_t cases, struct err *e)
{
	const struct message_filter f = {.cases = cases};
	struct worker *w = r->w;
	int64_t *id = NULL;
	size_t count = 0;
	int rc;

	if (cases == 0)
		return 0;
	if (case_get(w->db, w->vault, cases, &r->incident, e) == -1 ||
	    message_list(w->db, &f, &id, &count, e) == -1)
		return -1;
	rc = count == 0 ? 0 : message_get(w->db, id[count - 1], &r->about, e);
	free(id);
	return rc;
}

/* 1: there is something to tell, and the letters are made. */
static int
ring_read(struct ring *r, const struct ring_kind *kind, struct err *e)
{
	int rc;

	if (people_version(r->w->db, &r->people, e) == -1 ||
	    ring_case(r, r->alarm.cases, e) == -1)
		return -1;
	rc = kind->read(r, e);
	return rc == 1 && ring_people(r, e) == -1 ? -1 : rc;
}

/*
 * A case without any mail, as one that came by telephone: the letters are of a
 * record that says what they say. It neither came in nor leaves.
 */
static int
ring_about(struct ring *r, int64_t now, struct err *e)
{
	struct worker *w = r->w;
	struct message m = {.direction = xstrdup("own"),
	    .source = xstrdup("gateway"),
	    .received_at = now,
	    .size = (int64_t)strlen(r->line),
	    .cases = r->incident.id,
	    .vault_key = r->incident.vault_key,
	    .facts = json_object(),
	    .content = json_pack("{s:s, s:s, s:[], s:[]}", "subject",
		r->subject, "text", r->line, "attachments", "indicators")};
	int rc = -1;

	if (message_create(w->db, w->vault, &m, e) == 0 &&
	    message_finish(w->db, m.id, "processed", e) == 0)
		rc = 0;
	for (size_t i = 0; i < r->n.drafts; i++)
		r->n.draft[i].message = m.id;
	message_free(&m);
	return rc;
}

static int
ring_write(struct ring *r, struct err *e)
{
	struct worker *w = r->w;
	int64_t now = clock_now(&w->clock);
	struct audit_entry entry = {.actor = "worker",
	    .event = r->event,
	    .message = r->readers ? r->about.id : 0,
	    .cases = r->incident.id};
	struct err why = {0};

	if (r->about.id == 0 && r->n.drafts > 0 && ring_about(r, now, e) == -1)
		return -1;
	for (size_t i = 0; i < r->n.drafts; i++)
		if (draft_insert(w->db, now, &r->n.draft[i],
			w->config->transport, e) == -1)
			return -1;
	/* The key of a case may have been destroyed. */
	if (r->note && r->incident.id != 0 &&
	    case_note_add(
		w->db, w->vault, now, r->incident.id, 0, r->line, &why) == -1 &&
	    why.code != ERR_NOINPUT)
		return err_set(e, why.code, "%s", why.text);
	entry.detail = json_pack("{s:I}", "told", (json_int_t)r->n.drafts);
	if (r->alarm.stage[0] != '\0')
		json_object_set_new(
		    entry.detail, "stage", json_string(r->alarm.stage));
	return audit_add(w->db, now, &entry, e);
}

/* 1: told and gone; 0: gone without a word, or another by now. */
static int
ring_ends(struct ring *r, const struct ring_kind *kind, int tell, struct err *e)
{
	struct db *db = r->w->db;
	int64_t people;

	if (people_version(db, &people, e) == -1)
		return -1;
	if (people != r->people)
		return err_set(e, ERR_TEMP, "a key or a contact changed");
	if (alarm_rang(db, &r->alarm, e) == -1)
		return -1;
	if (db_changed(db) == 0)
		return 0;
	if (r->again != 0 &&
	    alarm_set(db, r->alarm.kind, r->alarm.ref, r->alarm.stage,
		r->alarm.cases, r->again, e) == -1)
		return -1;
	if (tell == 1 && kind->still != NULL)
		tell = kind->still(r, e);
	return tell == 1 && r->event != NULL && ring_write(r, e) == -1 ? -1
								       : tell;
}

static int
ring_commit(
    struct ring *r, const struct ring_kind *kind, int tell, struct err *e)
{
	struct db *db = r->w->db;
	int rc;

	if (db_begin(db, e) == -1)
		return -1;
	rc = ring_ends(r, kind, tell, e);
	if (rc == -1 || db_commit(db, e) == -1) {
		db_rollback(db);
		return -1;
	}
	return rc;
}

static int
ring_once(struct ring *r, int64_t id, struct err *e)
{
	const struct ring_kind *kind;
	int rc = alarm_get(r->w->db, id, &r->alarm, e);

	if (rc != 1)
		return rc;
	kind = ring_kind(r->alarm.kind);
	if (kind == NULL)
		return err_set(e, ERR_BUG, "an alarm of no known kind");
	rc = ring_read(r, kind, e);
	return rc == -1 ? -1 : ring_commit(r, kind, rc, e);
}

int
ring_alarm(struct worker *w, int64_t id, struct err *e)
{
	struct ring r = {.w = w};
	int rc = ring_once(&r, id, e);

	if (rc == 1 && r.event != NULL)
		log_info("%s: case=%s told=%zu", r.event,
		    r.incident.name == NULL ? "none" : r.incident.name,
		    r.n.drafts);
	notices_free(w, &r.n, rc != 1);
	message_free(&r.about);
	case_free(&r.incident);
	alarm_free(&r.alarm);
	free(r.line);
	free(r.line_ja);
	return rc == -1 ? err_in(e, "alarm %lld", (long long)id) : 0;
}
