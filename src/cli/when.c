#include "cli/when.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/zone.h"

/* "+09:00" or "-0330" as seconds; false where it is none. */
static bool
when_offset(const char *text, int *seconds)
{
	int h, m, used = 0;

	if (strcmp(text, "Z") == 0 || strcmp(text, "UTC") == 0) {
		*seconds = 0;
		return true;
	}
	if ((text[0] != '+' && text[0] != '-') ||
	    (sscanf(text + 1, "%2d:%2d%n", &h, &m, &used) != 2 &&
		sscanf(text + 1, "%2d%2d%n", &h, &m, &used) != 2) ||
	    text[1 + used] != '\0' || h < 0 || h > 14 || m < 0 || m > 59)
		return false;
	*seconds = (text[0] == '-' ? -1 : 1) * (h * 3600 + m * 60);
	return true;
}

/* Reads the digits; *rest is what stands behind them. */
static bool
when_digits(const char *text, struct tm *t, const char **rest)
{
	int y, mo, d, used = 0;

	*t = (struct tm){0};
	if (sscanf(text, "%4d-%2d-%2d%n", &y, &mo, &d, &used) != 3)
		return false;
	t->tm_year = y - 1900;
	t->tm_mon = mo - 1;
	t->tm_mday = d;
	*rest = text + used;
	if (**rest == 'T' || **rest == ' ') {
		used = 0;
		if (sscanf(*rest + 1, "%2d:%2d%n", &t->tm_hour, &t->tm_min,
			&used) != 2)
			return false;
		*rest += 1 + used;
		used = 0;
		if (**rest == ':' &&
		    sscanf(*rest + 1, "%2d%n", &t->tm_sec, &used) == 1)
			*rest += 1 + used;
	}
	return y >= 1970 && y < 9999 && mo >= 1 && mo <= 12 && d >= 1 &&
	       d <= 31 && t->tm_hour >= 0 && t->tm_hour < 24 &&
	       t->tm_min >= 0 && t->tm_min < 60 && t->tm_sec >= 0 &&
	       t->tm_sec <= 60;
}

int
when_parse(const char *text, const char *zone, int64_t *out, struct err *e)
{
	const char *rest = text;
	struct tm t;
	int seconds = 0;

	if (!when_digits(text, &t, &rest) ||
	    (rest[0] != '\0' && !when_offset(rest, &seconds)))
		return err_set(e, ERR_USAGE,
		    "\"%s\" is no time (2026-12-01T09:00+09:00)", text);
	if (rest[0] == '\0' && zone != NULL && !when_offset(zone, &seconds)) {
		if (!zone_is(zone))
			return err_set(e, ERR_USAGE,
			    "\"%s\" is no time zone (Asia/Tokyo, +09:00)",
			    zone);
		*out = zone_time(&t, zone);
		return 0;
	}
	*out = (int64_t)timegm(&t) - seconds;
	return 0;
}
