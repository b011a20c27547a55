#include "worker/handed.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "cases/absence.h"

int
handed_read_assigned(struct ring *r, struct err *e)
{
	(void)e;
	if (r->incident.owner == 0)
		return 0;
	r->subject = "this case is yours now";
	r->event = "case.owner-told";
	r->who = ANSWERABLE_OWNER;
	r->line = xasprintf("%s was given to you. Its notes say how things"
			    " stand: noroshi case show %s.",
	    r->incident.name, r->incident.name);
	r->subject_ja = "この案件の担当になりました";
	r->line_ja =
	    xasprintf("%s の担当者になりました。状況はメモをご覧ください:"
		      " noroshi case show %s",
		r->incident.name, r->incident.name);
	return 1;
}

int
handed_read_absent(struct ring *r, struct err *e)
{
	struct db *db = r->w->db;
	int64_t message;
	struct contact c;

	if (absence_message(
		db, r->alarm.ref, clock_now(&r->w->clock), &message, e) == -1)
		return -1;
	if (message == 0)
		return 0;
	if (message_get(db, message, &r->about, e) == -1 ||
	    contact_get(db, r->alarm.ref, &c, e) == -1)
		return -1;
	r->subject = "somebody of the team is away";
	r->event = "contact.absent-told";
	r->who = ANSWERABLE_ROTA | ANSWERABLE_HEADS;
	r->line = xasprintf("The mailbox of %s (contact %lld) answers that they"
			    " are away. Until they write again, those on the"
			    " rota are told what their cases need.",
	    c.name, (long long)c.id);
	r->subject_ja = "チームの一員が不在です";
	r->line_ja = xasprintf(
	    "%s (contact %lld) のメールボックスが不在の自動応答を返しました。"
	    "本人からメールが届くまで、その担当案件のことは当番にも知らせます"
	    "。",
	    c.name, (long long)c.id);
	contact_free(&c);
	return 1;
}

static int
handed_away(struct passage *p, int64_t contact, struct err *e)
{
	int64_t now = clock_now(&p->w->clock);
	struct db *db = p->w->db;
	bool first;

	if (absence_begin(db, contact, p->message.id, now, &first, e) == -1)
		return -1;
	if (!first)
		return 0;
	if (alarm_set(db, ALARM_ABSENT, contact, "", 0, now, e) == -1)
		return -1;
	return passage_audit(p, "contact.absent",
	    json_pack("{s:I}", "contact", (json_int_t)contact), e);
}

int
handed_presence(struct passage *p, struct err *e)
{
	const struct judgement *j = &p->judgement;
	enum class class;

	if (!p->read || j->sender.contact == 0)
		return 0;
	if (contact_class(p->w->db, j->sender.contact, &class, e) == -1)
		return -1;
	if (class != CLASS_STAFF)
		return 0;
	if (j->classification.kind == KIND_AUTO_REPLY)
		return handed_away(p, j->sender.contact, e);
	if (j->sender.evidence != EVIDENCE_SIGNATURE)
		return 0;
	return absence_end(p->w->db, j->sender.contact, e);
}
