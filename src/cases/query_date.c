#include "cases/query_date.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define DATE_DAY INT64_C(86400) /* seconds */
#define DATE_DIGITS 4 /* of a number of days, weeks ... */

/* Exactly digits digits of *p, or false. */
static bool
date_number(const char **p, int digits, int *out)
{
	*out = 0;
	for (int i = 0; i < digits; i++, ++*p) {
		if (!isdigit((unsigned char)**p))
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return true;
}

static bool
date_part(const char **p, char mark, int *out)
{
	if (**p != mark)
		return false;
	++*p;
	return date_number(p, 2, out);
}

/* timegm makes of a 30th February another day, which nobody asked for. */
static bool
date_is(const struct tm *asked)
{
	struct tm tm = *asked;

	(void)timegm(&tm);
	return tm.tm_mon == asked->tm_mon && tm.tm_mday == asked->tm_mday &&
	       asked->tm_hour < 24 && asked->tm_min < 60;
}

/* A year, and as much more of the day as is written. */
static bool
date_calendar(const char *p, int64_t *from, int64_t *until)
{
	struct tm tm = {.tm_mday = 1}, next;
	int *last = &next.tm_year;

	if (!date_number(&p, 4, &tm.tm_year) || tm.tm_year < 1970)
		return false;
	tm.tm_year -= 1900;
	if (*p != '\0') {
		if (!date_part(&p, '-', &tm.tm_mon))
			return false;
		tm.tm_mon--;
		last = &next.tm_mon;
	}
	if (*p != '\0') {
		if (!date_part(&p, '-', &tm.tm_mday))
			return false;
		last = &next.tm_mday;
	}
	if (*p != '\0') {
		if (!date_part(&p, 'T', &tm.tm_hour) ||
		    !date_part(&p, ':', &tm.tm_min))
			return false;
		last = &next.tm_min;
	}
	if (*p != '\0' || !date_is(&tm))
		return false;
	next = tm;
	++*last;
	*from = timegm(&tm);
	*until = timegm(&next);
	return true;
}

/* "7d": from that day's beginning to now's end. */
static bool
date_ago(const char *p, int64_t today, int64_t *from, int64_t *until)
{
	static const struct {
		char unit;
		int days;
	} unit[] = {{'d', 1}, {'w', 7}, {'m', 30}, {'y', 365}};
	int n = 0;
	size_t digits = strspn(p, "0123456789");

	if (digits == 0 || digits > DATE_DIGITS || strlen(p) != digits + 1)
		return false;
	if (!date_number(&p, (int)digits, &n))
		return false;
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++)
		if (tolower((unsigned char)*p) == unit[i].unit) {
			*from = today - (int64_t)n * unit[i].days * DATE_DAY;
			*until = *from + DATE_DAY;
			return true;
		}
	return false;
}

static bool
date_one(const char *p, int64_t now, int64_t *from, int64_t *until)
{
	int64_t today = now - now % DATE_DAY;

	if (strcasecmp(p, "yesterday") == 0)
		today -= DATE_DAY;
	else if (strcasecmp(p, "today") != 0)
		return date_ago(p, today, from, until) ||
		       date_calendar(p, from, until);
	*from = today;
	*until = today + DATE_DAY;
	return true;
}

bool
query_date_parse(const char *text, int64_t now, int64_t *from, int64_t *until)
{
	const char *dots = strstr(text, "..");
	char first[24] = "";
	int64_t other;

	if (dots == NULL)
		return date_one(text, now, from, until);
	if ((size_t)(dots - text) >= sizeof(first) ||
	    (dots == text && dots[2] == '\0'))
		return false;
	memcpy(first, text, (size_t)(dots - text));
	*from = INT64_MIN;
	*until = INT64_MAX;
	if (first[0] != '\0' && !date_one(first, now, from, &other))
		return false;
	return dots[2] == '\0' || date_one(dots + 2, now, &other, until);
}
