#include "worker/escalation.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/duty.h"
#include "cases/page.h"

static int64_t
escalation_pause(const struct config *c, const char *kind)
{
	return strcmp(kind, ALARM_UNSEEN) == 0 ? c->escalate_unseen * 60
					       : c->escalate_unanswered * 3600;
}

int
escalation_arm(
    struct worker *w, int64_t message, int64_t cases, bool owed, struct err *e)
{
	int64_t now = clock_now(&w->clock);
	const struct config *c = w->config;

	if (c->escalate_unseen != 0 &&
	    alarm_set(w->db, ALARM_UNSEEN, message, "rota", cases,
		now + escalation_pause(c, ALARM_UNSEEN), e) == -1)
		return -1;
	if (!owed || c->escalate_unanswered == 0)
		return 0;
	return alarm_set(w->db, ALARM_UNANSWERED, message, "rota", cases,
	    now + escalation_pause(c, ALARM_UNANSWERED), e);
}

/* Whether it waits still. */
static int
escalation_waits(struct ring *r, bool *waits, struct err *e)
{
	bool unseen = strcmp(r->alarm.kind, ALARM_UNSEEN) == 0;
	struct duty d;
	int rc = duty_get(r->w->db, r->alarm.ref, &d, e);

	*waits = rc == 1 && (unseen ? d.seen_at == 0 : d.owed);
	return rc == -1 ? -1 : 0;
}

int
escalation_read(struct ring *r, struct err *e)
{
	bool unseen = strcmp(r->alarm.kind, ALARM_UNSEEN) == 0, waits;
	int64_t now = clock_now(&r->w->clock), count;
	char at[CLOCK_RFC3339];

	if (escalation_waits(r, &waits, e) == -1)
		return -1;
	if (!waits)
		return 0;
	if (duty_told_since(r->w->db, now - 3600, &count, e) == -1)
		return -1;
	if (count >= ESCALATION_HOURLY) {
		r->again = now + 3600;
		return 0;
	}
	message_free(&r->about);
	if (message_get(r->w->db, r->alarm.ref, &r->about, e) == -1)
		return -1;
	r->readers = true;
	r->subject = unseen ? "nobody has seen a mail" : "a mail has no answer";
	r->event = unseen ? "message.unseen" : "message.unanswered";
	r->who = strcmp(r->alarm.stage, "heads") == 0
		     ? ANSWERABLE_HEADS
		     : ANSWERABLE_ROTA | ANSWERABLE_HEADS;
	(void)clock_rfc3339(r->about.received_at, at);
	r->line =
	    unseen ? xasprintf("Nobody has opened, claimed, noted or"
			       " answered message %lld, which came at %s."
			       " noroshi message show %lld opens it.",
			 (long long)r->about.id, at, (long long)r->about.id)
		   : xasprintf("Message %lld came at %s and has no answer."
			       " Answer it, or say why there is none:"
			       " noroshi case settle %s %lld --reason"
			       " TEXT.",
			 (long long)r->about.id, at,
			 r->incident.name == NULL ? "CASE" : r->incident.name,
			 (long long)r->about.id);
	r->subject_ja = unseen ? "誰も見ていないメールがあります"
			       : "返信していないメールがあります";
	r->line_ja =
	    unseen ? xasprintf("メッセージ %lld (受信 %s) を開いた人、"
			       "担当・メモ・返信をした人がまだいません。表示:"
			       " noroshi message show %lld",
			 (long long)r->about.id, at, (long long)r->about.id)
		   : xasprintf("メッセージ %lld (受信 %s) に返信していません。"
			       "返信するか、返信しない理由を記録してください:"
			       " noroshi case settle %s %lld --reason 理由",
			 (long long)r->about.id, at,
			 r->incident.name == NULL ? "CASE" : r->incident.name,
			 (long long)r->about.id);
	return 1;
}

/* Those on the rota have as long again. */
int
escalation_still(struct ring *r, struct err *e)
{
	struct worker *w = r->w;
	bool waits;

	if (escalation_waits(r, &waits, e) == -1)
		return -1;
	if (!waits)
		return 0;
	if (duty_told(w->db, r->alarm.ref, clock_now(&w->clock), e) == -1)
		return -1;
	if (strcmp(r->alarm.kind, ALARM_UNSEEN) == 0 && r->incident.id != 0 &&
	    page_wanted(w->db, w->config, clock_now(&w->clock), r->incident.id,
		r->incident.priority, "unseen", e) == -1)
		return -1;
	if (strcmp(r->alarm.stage, "heads") != 0 &&
	    r->group == ANSWERABLE_ROTA &&
	    alarm_set(w->db, r->alarm.kind, r->alarm.ref, "heads",
		r->alarm.cases,
		clock_now(&w->clock) +
		    escalation_pause(w->config, r->alarm.kind),
		e) == -1)
		return -1;
	return 1;
}
