#include "worker/overdue.h"

#include <string.h>

#include "base/alloc.h"
#include "cases/service.h"
#include "config/config_business.h"

static enum service_term
overdue_term(const struct ring *r)
{
	int i = 0;

	while (i < SERVICE_TERMS - 1 &&
	       strcmp(service_name((enum service_term)i), r->alarm.stage) != 0)
		i++;
	return (enum service_term)i;
}

int
overdue_read(struct ring *r, struct err *e)
{
	static const char *const what[SERVICE_TERMS] = {
	    "what came in should have been answered by",
	    "the outside should have heard of us again by",
	    "the case should have been closed by"};
	enum service_term term = overdue_term(r);
	int64_t now = clock_now(&r->w->clock);
	struct business_time b;
	char at[CLOCK_RFC3339];
	struct service s;

	if (service_of(r->w->db, r->w->config, &r->incident, &s, e) == -1)
		return -1;
	if (s.due[term] == 0 || s.due[term] > now) {
		r->again = s.due[term];
		return 0;
	}
	config_business_time(r->w->config, &b);
	r->again = business_add_minutes(&b, now, s.minutes[term]);
	r->subject = "a term has passed";
	r->event = "case.overdue";
	r->who = ANSWERABLE_OWNER | ANSWERABLE_ROTA | ANSWERABLE_HEADS;
	r->line = xasprintf("By the terms of priority %s %s %s.",
	    r->incident.priority, what[term], clock_rfc3339(s.due[term], at));
	return 1;
}
