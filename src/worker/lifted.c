#include "worker/lifted.h"

#include "base/alloc.h"
#include "cases/bound.h"

int
lifted_read(struct ring *r, struct err *e)
{
	char at[CLOCK_RFC3339];

	if (case_embargo(r->w->db, r->alarm.ref, &r->fact, e) == -1)
		return -1;
	r->subject = "the embargo has ended";
	r->event = "embargo.ended";
	r->who = ANSWERABLE_OWNER | ANSWERABLE_HEADS;
	r->note = true;
	r->line = xasprintf("The embargo of %s ended at %s. Nothing has left by"
			    " itself: decide what may go to whom, under which"
			    " label.",
	    r->incident.name, clock_rfc3339(r->fact, at));
	r->subject_ja = "公開制限が終わりました";
	r->line_ja = xasprintf(
	    "%s の公開制限は %s に終わりました。自動では何も送信していません。"
	    "何を誰に、どのラベルで出すかを決めてください。",
	    r->incident.name, at);
	return r->fact != 0;
}

int
lifted_still(struct ring *r, struct err *e)
{
	int64_t until;

	if (case_embargo(r->w->db, r->alarm.ref, &until, e) == -1)
		return -1;
	return until == r->fact;
}
