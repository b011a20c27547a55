#include "worker/overdue.h"

#include <string.h>

#include "base/alloc.h"
#include "cases/service.h"
#include "config/config_business.h"

/* True where it is the word before the term's end. */
static bool
overdue_term(const struct ring *r, enum service_term *term)
{
	for (int i = 0; i < SERVICE_TERMS; i++) {
		*term = (enum service_term)i;
		if (strcmp(service_soon(*term), r->alarm.stage) == 0)
			return true;
		if (strcmp(service_name(*term), r->alarm.stage) == 0 ||
		    strcmp(service_late(*term), r->alarm.stage) == 0)
			return false;
	}
	return false;
}

/* False where it is not that time: it rings again when it is. */
static bool
overdue_is(struct ring *r, const struct service *s, enum service_term term,
    bool soon, int64_t now)
{
	bool late = strcmp(service_late(term), r->alarm.stage) == 0;
	struct business_time b;

	if (soon) {
		r->again = s->soon[term] > now ? s->soon[term] : 0;
		return s->due[term] > now && r->again == 0;
	}
	if (s->due[term] == 0 || s->due[term] > now) {
		r->again = late ? 0 : s->due[term];
		return false;
	}
	config_business_time(r->w->config, &b);
	r->fact = business_add_minutes(&b, now, s->minutes[term]);
	return true;
}

int
overdue_read(struct ring *r, struct err *e)
{
	static const char *const late[SERVICE_TERMS] = {
	    "what came in should have been answered by",
	    "the outside should have heard of us again by",
	    "the case should have been closed by"};
	static const char *const early[SERVICE_TERMS] = {
	    "what came in is to be answered by",
	    "the outside is to hear of us again by",
	    "the case is to be closed by"};
	static const char *const what[SERVICE_TERMS] = {
	    "返信", "外部への次の連絡", "案件の終了"};
	int64_t now = clock_now(&r->w->clock);
	enum service_term term;
	bool soon = overdue_term(r, &term);
	char at[CLOCK_RFC3339];
	struct service s;

	if (service_of(r->w->db, r->w->config, &r->incident, &s, e) == -1)
		return -1;
	if (!overdue_is(r, &s, term, soon, now))
		return 0;
	r->subject = soon ? "a term ends soon" : "a term has passed";
	r->event = soon ? "case.due-soon" : "case.overdue";
	r->who = ANSWERABLE_OWNER | ANSWERABLE_ROTA | ANSWERABLE_HEADS;
	r->line = xasprintf("By the terms of priority %s %s %s.",
	    r->incident.priority, soon ? early[term] : late[term],
	    clock_rfc3339(s.due[term], at));
	r->subject_ja = soon ? "期限が近づいています" : "期限を過ぎました";
	r->line_ja =
	    soon ? xasprintf("優先度 %s の基準では、%sの期限は %s です。",
		       r->incident.priority, what[term], at)
		 : xasprintf("優先度 %s の基準による%sの期限 %s を過ぎました。",
		       r->incident.priority, what[term], at);
	return 1;
}

int
overdue_still(struct ring *r, struct err *e)
{
	enum service_term term;

	if (overdue_term(r, &term) || r->fact == 0)
		return 1;
	return alarm_set(r->w->db, ALARM_SERVICE, r->alarm.ref,
		   service_late(term), r->alarm.cases, r->fact, e) == -1
		   ? -1
		   : 1;
}

int
overdue_read_renewal(struct ring *r, struct err *e)
{
	(void)r;
	(void)e;
	return 1;
}

int
overdue_renew(struct ring *r, struct err *e)
{
	struct worker *w = r->w;
	int64_t now = clock_now(&w->clock), last;

	if (service_renew_batch(
		w->db, w->config, r->alarm.ref, now, &last, e) == -1)
		return -1;
	return last != 0 &&
		       alarm_set(w->db, ALARM_TERMS, last, "", 0, now, e) == -1
		   ? -1
		   : 1;
}
