#include "base/business_time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/zone.h"

int
business_hour(const char *text)
{
	const char *digit = "0123456789";
	int minutes;

	if (strlen(text) != 5 || strspn(text, digit) != 2 || text[2] != ':' ||
	    strspn(text + 3, digit) != 2 || text[3] > '5')
		return -1;
	minutes = ((text[0] - '0') * 10 + text[1] - '0') * 60 +
		  (text[3] - '0') * 10 + text[4] - '0';
	return minutes > 24 * 60 ? -1 : minutes;
}

static int
business_month_days(int year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

bool
business_is_date(const char *text)
{
	int year, month, day, used = 0;

	if (strlen(text) != 10 || strspn(text, "0123456789-") != 10 ||
	    text[4] != '-' || text[7] != '-' ||
	    sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3 ||
	    used != 10)
		return false;
	return year >= 1970 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= business_month_days(year, month);
}

/* 0: Sunday. Sakamoto's way. */
static unsigned
business_weekday(int year, int month, int day)
{
	static const int shift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};

	if (month < 3)
		year--;
	return (unsigned)((year + year / 4 - year / 100 + year / 400 +
			      shift[month - 1] + day) %
			  7);
}

bool
business_is_day(const struct business_time *b, int year, int month, int day)
{
	char date[40];

	if ((b->weekdays & 1U << business_weekday(year, month, day)) == 0)
		return false;
	(void)snprintf(date, sizeof(date), "%04d-%02d-%02d", year, month, day);
	return !strs_has(b->holidays, date);
}

/* The day that is n days after the one at falls on, and whether one works. */
static bool
business_day(const struct business_time *b, int64_t at, int n, struct tm *day)
{
	zone_show(at, b->zone, day);
	day->tm_mday += n;
	day->tm_hour = 12;
	day->tm_min = day->tm_sec = 0;
	(void)zone_time(day, b->zone);
	return business_is_day(
	    b, day->tm_year + 1900, day->tm_mon + 1, day->tm_mday);
}

/* When the place's clocks show that minute of the day. */
static int64_t
business_minute(const struct business_time *b, const struct tm *day, int minute)
{
	struct tm t = {.tm_year = day->tm_year,
	    .tm_mon = day->tm_mon,
	    .tm_mday = day->tm_mday,
	    .tm_hour = minute / 60,
	    .tm_min = minute % 60};

	return zone_time(&t, b->zone);
}

int64_t
business_add_minutes(const struct business_time *b, int64_t at, int64_t minutes)
{
	int64_t left = minutes * 60;
	struct tm day;

	for (int n = 0; n < BUSINESS_DAYS_MAX; n++) {
		int64_t begin, end;

		if (!business_day(b, at, n, &day))
			continue;
		begin = business_minute(b, &day, b->from);
		end = business_minute(b, &day, b->until);
		if (begin < at)
			begin = at;
		if (begin >= end)
			continue;
		if (left <= end - begin)
			return begin + left;
		left -= end - begin;
	}
	return 0;
}
