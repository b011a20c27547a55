#include "base/zone.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define ZONE_FOLDER "/usr/share/zoneinfo/"

bool
zone_is(const char *name)
{
	char *path;
	bool is;

	if (strcmp(name, "UTC") == 0)
		return true;
	if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789_+-/") != strlen(name))
		return false;
	path = xasprintf(ZONE_FOLDER "%s", name);
	is = access(path, R_OK) == 0;
	free(path);
	return is;
}

/* The former TZ, which zone_leave puts back. */
static char *
zone_enter(const char *name)
{
	char *was = xstrdup_null(getenv("TZ"));

	(void)setenv("TZ", name, 1);
	tzset();
	return was;
}

static void
zone_leave(char *was)
{
	if (was == NULL)
		(void)unsetenv("TZ");
	else
		(void)setenv("TZ", was, 1);
	tzset();
	free(was);
}

int64_t
zone_time(struct tm *t, const char *name)
{
	char *was = zone_enter(name);
	int64_t at;

	t->tm_isdst = -1;
	at = mktime(t);
	zone_leave(was);
	return at;
}

void
zone_show(int64_t at, const char *name, struct tm *out)
{
	char *was = zone_enter(name);
	time_t t = (time_t)at;

	if (localtime_r(&t, out) == NULL)
		*out = (struct tm){.tm_year = 70, .tm_mday = 1};
	zone_leave(was);
}
