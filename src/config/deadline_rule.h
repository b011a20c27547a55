/*
 * deadline_rule.h - the stages of a deadline as a row of deadlines.conf writes
 * them, and the time that one ends at. It knows no law: the rows do.
 *
 * A stage is "NAME: LIMIT", or "NAME if CONDITION: LIMIT" in the place of the
 * one of that name where the condition was said to hold. Of several limits,
 * with ";" between them, the earliest counts. A limit is
 *
 *	72 hours | 30 days | 4 business days | 1 month
 *	promptly | at once | without undue delay	no fixed time
 *	promptly, 5 days				a guideline's
 *	open						no time at all
 *
 * and counts from the start of the clock, or "after" another stage was done
 * ("1 month after notif") or something happened ("14 days after fix").
 */
#ifndef CONFIG_DEADLINE_RULE_H
#define CONFIG_DEADLINE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strs.h"

#define DEADLINE_NAME                                                          \
	40 /* bytes of a rule's, stage's, event's name, NUL too                \
	    */
#define DEADLINE_LIMITS 3 /* of one stage */
#define DEADLINE_COUNT 10000 /* of hours, days, months in one limit */

enum deadline_unit {
	DEADLINE_NO_TIME, /* only words */
	DEADLINE_HOURS,
	DEADLINE_DAYS,
	DEADLINE_BUSINESS_DAYS,
	DEADLINE_MONTHS
};

struct deadline_limit {
	const char *word; /* "promptly" and the like; constant, or NULL */
	enum deadline_unit unit;
	int64_t count;
	char after[DEADLINE_NAME]; /* a stage or an event; "": the clock */
};

struct deadline_stage {
	char name[DEADLINE_NAME];
	char condition[DEADLINE_NAME]; /* "": none */
	struct deadline_limit limit[DEADLINE_LIMITS];
	size_t limits;
};

/* How days are counted. */
struct deadline_count {
	int64_t offset; /* seconds that its clock is ahead of UTC */
	bool first_day; /* the day of the start is day 1, and a day is a date */
	bool rolls; /* a last day on a closed day moves to the next open one */
	const struct strs *holidays; /* "2026-11-23"; borrowed, or NULL */
};

/* ERR_DATA with one sentence: what was expected in its place. */
int deadline_stage_parse(
    const char *text, struct deadline_stage *out, struct err *e);

/* Lower-case letters, digits and "-", a letter first, short enough. */
bool deadline_name_is(const char *name);

/* "+09:00", "-05:00" or "Z" as seconds ahead of UTC; false where it is none. */
bool deadline_offset(const char *text, int64_t *seconds);

/*
 * When a limit that counts from that moment ends; 0 where it has no time. An
 * hour is 3600 seconds. A day is 24 of them, or with first_day a date, whose
 * last second counts. A month ends on the same date and time, or on the last
 * day of a shorter month. A business day is a date, the day of the start does
 * not count. All in seconds since the epoch.
 */
int64_t deadline_due(const struct deadline_limit *l,
    const struct deadline_count *c, int64_t from);

/* When that share (50, 80, 100) of the time from then to due is over. */
int64_t deadline_share(int64_t from, int64_t due, int percent);

#endif
