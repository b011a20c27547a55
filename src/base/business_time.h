/*
 * business_time.h - the hours in which a team works: weekdays, hours of the
 * day, holidays, as clocks of one place show them.
 */
#ifndef BASE_BUSINESS_TIME_H
#define BASE_BUSINESS_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strs.h"

#define BUSINESS_DAYS_MAX 3660 /* that are looked at for one answer */

struct business_time {
	const char *zone; /* borrowed; zone_is it */
	unsigned weekdays; /* bit 0: Sunday ... bit 6: Saturday */
	int from, until; /* minutes of the day; until is after from */
	const struct strs *holidays; /* "2026-11-23", borrowed, any order */
};

/* A day of the calendar, month and day from 1. */
bool business_is_day(
    const struct business_time *b, int year, int month, int day);

/*
 * When that many minutes of work have passed since at (seconds since the
 * epoch); 0 minutes: at, or when work begins next. 0 where the team does not
 * work for BUSINESS_DAYS_MAX days.
 */
int64_t business_add_minutes(
    const struct business_time *b, int64_t at, int64_t minutes);

/* "09:00" in minutes of the day, up to "24:00"; -1: it is none. */
int business_hour(const char *text);

/* True for "2026-11-23" where there is such a day. */
bool business_is_date(const char *text);

#endif
