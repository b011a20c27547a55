#include "worker/reminder.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/deadline.h"
#include "cases/deadline_note.h"

/* The alarm's stage: "50%", "80%", "100%", or hours where it has no time. */
static void
reminder_who(struct ring *r)
{
	const char *stage = r->alarm.stage;

	r->who = ANSWERABLE_OWNER | ANSWERABLE_ROTA | ANSWERABLE_HEADS;
	r->all = strcmp(stage, "100%") == 0 || strcmp(stage, "72h") == 0;
	if (strcmp(stage, "80%") == 0 || strcmp(stage, "48h") == 0) {
		r->who = ANSWERABLE_OWNER | ANSWERABLE_ROTA;
		r->all = true;
	}
}

static char *
reminder_line(const struct ring *r, const struct deadline *d,
    const struct deadline_step *s)
{
	char due[DEADLINE_TIME], since[DEADLINE_TIME];
	char *when;
	char *line;

	(void)deadline_time(s->due_at, d->count.offset, due);
	(void)deadline_time(s->from_at, d->count.offset, since);
	if (s->due_at == 0)
		when = xasprintf("has no fixed time, and runs since %s", since);
	else if (strcmp(r->alarm.stage, "100%") == 0)
		when = xasprintf("was due %s, and its time is over", due);
	else
		when = xasprintf(
		    "is due %s; %s of the time is over", due, r->alarm.stage);
	line =
	    xasprintf("Deadline %s of %s: its stage %s %s. Tell: %s."
		      " What proves that it was done ends these reminders:"
		      " noroshi deadline done %s %s %s, or a mail to the case"
		      " that begins with \"X-Deadline: %s %s receipt ...\"."
		      " This is no legal advice.",
		d->rule, r->incident.name, s->name, when, d->to,
		r->incident.name, d->rule, s->name, d->rule, s->name);
	free(when);
	return line;
}

static char *
reminder_line_ja(const struct ring *r, const struct deadline *d,
    const struct deadline_step *s)
{
	char due[DEADLINE_TIME], since[DEADLINE_TIME];
	char *when;
	char *line;

	(void)deadline_time(s->due_at, d->count.offset, due);
	(void)deadline_time(s->from_at, d->count.offset, since);
	if (s->due_at == 0)
		when = xasprintf(
		    "定まった期限はなく、%s から進行しています", since);
	else if (strcmp(r->alarm.stage, "100%") == 0)
		when = xasprintf("期限 %s を過ぎました", due);
	else
		when = xasprintf("期限は %s で、期間の %s が過ぎました", due,
		    r->alarm.stage);
	line = xasprintf(
	    "%s の期限 %s (%s): %s。報告先: %s。完了の証拠を記録すると"
	    "この通知は止まります: noroshi deadline done %s %s %s、または"
	    "「X-Deadline: %s %s receipt ...」で始まる案件宛てのメール。"
	    "これは法的助言ではありません。",
	    r->incident.name, d->rule, s->name, when, d->to, r->incident.name,
	    d->rule, s->name, d->rule, s->name);
	free(when);
	return line;
}

int
reminder_read(struct ring *r, struct err *e)
{
	struct deadline_step s;
	struct deadline d = {0};
	int rc = deadline_step_get(r->w->db, r->alarm.ref, &s, e);

	if (rc != 1)
		return rc;
	rc = 0;
	if (s.done_at == 0 && s.stopped_at == 0) {
		rc = deadline_get(r->w->db, r->w->config, s.deadline, &d, e) ==
			     -1
			 ? -1
			 : 1;
	}
	if (rc == 1) {
		r->subject =
		    s.due_at != 0 && strcmp(r->alarm.stage, "100%") == 0
			? "a deadline is over"
			: "a deadline runs";
		r->event = "deadline.reminded";
		r->note = true;
		r->line = reminder_line(r, &d, &s);
		r->subject_ja =
		    s.due_at != 0 && strcmp(r->alarm.stage, "100%") == 0
			? "期限を過ぎました"
			: "期限が進行しています";
		r->line_ja = reminder_line_ja(r, &d, &s);
		r->fact = s.due_at;
		reminder_who(r);
	}
	deadline_free(&d);
	deadline_step_free(&s);
	return rc;
}

int
reminder_still(struct ring *r, struct err *e)
{
	struct deadline_step s;
	int rc = deadline_step_get(r->w->db, r->alarm.ref, &s, e);

	if (rc != 1)
		return rc;
	rc = s.done_at == 0 && s.stopped_at == 0 && s.due_at == r->fact;
	deadline_step_free(&s);
	return rc;
}
