#include "cli/when.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

#define WHEN_ZONES "/usr/share/zoneinfo/"

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

static bool
when_zone_is(const char *zone)
{
	char *path;
	bool is;

	if (zone[0] == '\0' || zone[0] == '/' || strstr(zone, "..") != NULL ||
	    strspn(zone, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789_+-/") != strlen(zone))
		return false;
	path = xasprintf(WHEN_ZONES "%s", zone);
	is = access(path, R_OK) == 0;
	free(path);
	return is;
}

/* t as a place's clock shows it. */
static int64_t
when_in_zone(struct tm *t, const char *zone)
{
	char *was = xstrdup_null(getenv("TZ"));
	int64_t at;

	(void)setenv("TZ", zone, 1);
	tzset();
	t->tm_isdst = -1;
	at = mktime(t);
	if (was == NULL)
		(void)unsetenv("TZ");
	else
		(void)setenv("TZ", was, 1);
	tzset();
	free(was);
	return at;
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
		if (!when_zone_is(zone))
			return err_set(e, ERR_USAGE,
			    "\"%s\" is no time zone (Asia/Tokyo, +09:00)",
			    zone);
		*out = when_in_zone(&t, zone);
		return 0;
	}
	*out = (int64_t)timegm(&t) - seconds;
	return 0;
}
