#include "message/date.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct cursor {
	const char *p;
	size_t left;
};

static void
skip(struct cursor *c)
{
	unsigned depth = 0;

	for (; c->left > 0; c->p++, c->left--) {
		if (*c->p == '(')
			depth++;
		else if (*c->p == ')' && depth > 0)
			depth--;
		else if (depth == 0 && *c->p != ' ' && *c->p != '\t' &&
			 *c->p != ',')
			return;
	}
}

/* Reads up to most digits; returns how many there were. */
static size_t
digits(struct cursor *c, size_t most, int *out)
{
	size_t n = 0;

	*out = 0;
	while (n < most && c->left > 0 && *c->p >= '0' && *c->p <= '9') {
		*out = *out * 10 + (*c->p - '0');
		c->p++;
		c->left--;
		n++;
	}
	return n;
}

static size_t
letters(struct cursor *c, char out[8])
{
	size_t n = 0;

	while (c->left > 0 && ((*c->p >= 'A' && *c->p <= 'Z') ||
				  (*c->p >= 'a' && *c->p <= 'z'))) {
		if (n < 7)
			out[n++] = *c->p;
		c->p++;
		c->left--;
	}
	out[n] = '\0';
	return n;
}

static bool
take(struct cursor *c, char wanted)
{
	if (c->left == 0 || *c->p != wanted)
		return false;
	c->p++;
	c->left--;
	return true;
}

static int
month_number(const char *name)
{
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	for (int i = 0; i < 12; i++)
		if (strncasecmp(name, months[i], 3) == 0)
			return i + 1;
	return 0;
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
month_days(int year, int month)
{
	static const int days[12] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 1970-01-01 to the first of March based year's given day. */
static int64_t
days_since_epoch(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	       1 - 719468;
}

static bool
zone_offset(struct cursor *c, int *seconds)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5},
	    {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}, {"JST", 9}};
	char name[8];
	bool minus = take(c, '-');
	int n;

	*seconds = 0;
	if (minus || take(c, '+')) {
		if (digits(c, 4, &n) != 4 || n % 100 > 59)
			return false;
		*seconds = (n / 100 * 60 + n % 100) * (minus ? -60 : 60);
		return true;
	}
	/* UT, GMT, none, and letters without a meaning are UTC. */
	letters(c, name);
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (strcasecmp(name, zones[i].name) == 0)
			*seconds = zones[i].hours * 3600;
	return true;
}

static bool
clock_time(struct cursor *c, int *seconds)
{
	int h, m, s = 0;

	if (digits(c, 2, &h) == 0 || (skip(c), !take(c, ':')) ||
	    (skip(c), digits(c, 2, &m) != 2))
		return false;
	skip(c);
	if (take(c, ':')) {
		skip(c);
		if (digits(c, 2, &s) == 0)
			return false;
	}
	*seconds = h * 3600 + m * 60 + s;
	return h < 24 && m < 60 && s < 61;
}

int64_t
date_parse(const char *text, size_t len)
{
	struct cursor c = {text, len};
	char name[8];
	int day, month, year, seconds, zone;
	size_t n;

	skip(&c);
	letters(&c, name); /* the day of the week says nothing new */
	skip(&c);
	if (digits(&c, 2, &day) == 0 || (skip(&c), letters(&c, name) < 3))
		return 0;
	month = month_number(name);
	skip(&c);
	n = digits(&c, 4, &year);
	if (n == 2)
		year += year < 50 ? 2000 : 1900;
	else if (n == 3)
		year += 1900;
	if (n < 2 || month == 0 || year < 1900 || day < 1 ||
	    day > month_days(year, month))
		return 0;
	skip(&c);
	if (!clock_time(&c, &seconds))
		return 0;
	skip(&c);
	if (!zone_offset(&c, &zone))
		return 0;
	return days_since_epoch(year, month, day) * 86400 + seconds - zone;
}
