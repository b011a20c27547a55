#include "worker/disposal.h"

#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "cases/retention.h"
#include "config/config_business.h"

#define DISPOSAL_NAMED 20 /* cases of one letter by name */
#define DAY INT64_C(86400)

/* The same hour of the next day on which the team works. */
static int64_t
disposal_next(const struct config *c, int64_t now)
{
	struct business_time b;
	int64_t at;

	config_business_time(c, &b);
	at = business_add_minutes(&b, now + DAY, 0);
	return at != 0 ? at : now + DAY;
}

/* It got due since the last reminder, or that is so many days ago again. */
static bool
disposal_is_news(
    const struct retention_case *one, int64_t last, int64_t now, int64_t days)
{
	return !one->held && (one->due_at > last || last == 0 ||
				 (now - one->due_at) / (days * DAY) >
				     (last - one->due_at) / (days * DAY));
}

static void
disposal_name(struct buf *out, const struct retention_case *one, bool first)
{
	time_t at = (time_t)one->due_at;
	char day[16] = "?";
	struct tm tm;

	if (gmtime_r(&at, &tm) != NULL)
		(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	buf_putf(out, "%s%s (%s)", first ? "" : ", ", one->name, day);
}

/* What is due, in both languages; held is left as it is. */
static void
disposal_say(struct ring *r, const struct retention_case *list, size_t count)
{
	size_t due = 0, held = 0;
	struct buf names;

	buf_init(&names, (size_t)DISPOSAL_NAMED * 256);
	for (size_t i = 0; i < count; i++) {
		if (list[i].held)
			held++;
		else if (due++ < DISPOSAL_NAMED)
			disposal_name(&names, &list[i], due == 1);
	}
	if (due > DISPOSAL_NAMED)
		buf_puts(&names, ", ...");
	r->subject = "closed cases are due for disposal";
	r->subject_ja = "保存期間を過ぎた案件があります";
	r->line = xasprintf("%zu closed cases have been kept for as long as the"
			    " list retention says (since when): %s. %zu more"
			    " are under legal hold and stay. Nothing is erased"
			    " by itself: noroshi retention run erases them,"
			    " noroshi case hold keeps one.",
	    due, buf_str(&names), held);
	r->line_ja = xasprintf(
	    "終了した案件のうち %zu 件が、設定 retention の保存期間を過ぎまし"
	    "た (期限日): %s。ほかに %zu 件は法的保全中のため残ります。自動では"
	    "消去しません。消去するには noroshi retention run、残すには "
	    "noroshi case hold を実行してください。",
	    due, buf_str(&names), held);
	buf_free(&names);
}

int
disposal_read(struct ring *r, struct err *e)
{
	const struct config *c = r->w->config;
	int64_t now = clock_now(&r->w->clock), first = 0;
	struct retention_case *list;
	bool news = false;
	size_t count;
	int rc = 0;

	r->again = disposal_next(c, now);
	if (c->retention_remind == 0)
		return 0;
	if (retention_list(r->w->db, c, now, &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (first == 0 && !list[i].held)
			first = list[i].id;
		news = news || disposal_is_news(&list[i], r->alarm.ref, now,
				   c->retention_remind);
	}
	if (news) {
		disposal_say(r, list, count);
		r->event = "retention.due-told";
		r->who = ANSWERABLE_HEADS;
		r->fact = r->again;
		r->again = 0;
		rc = ring_case(r, first, e) == -1 ? -1 : 1;
	}
	retention_free(list, count);
	return rc;
}

int
disposal_still(struct ring *r, struct err *e)
{
	return alarm_set(r->w->db, ALARM_RETENTION, clock_now(&r->w->clock), "",
		   0, r->fact, e) == -1
		   ? -1
		   : 1;
}
