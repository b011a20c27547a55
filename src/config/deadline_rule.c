#include "config/deadline_rule.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define HOUR 3600
#define DAY INT64_C(86400)
#define YEARS_MAX 100 /* of holidays in a row: looking for an open day ends */

static const char *const prompt_words[] = {
    "promptly", "at once", "without undue delay", "open"};

static const struct {
	const char *name; /* of several; of one without its "s" */
	enum deadline_unit unit;
} units[] = {{"hours", DEADLINE_HOURS}, {"days", DEADLINE_DAYS},
    {"business days", DEADLINE_BUSINESS_DAYS}, {"months", DEADLINE_MONTHS}};

/* What is left of a text, trimmed; not NUL-terminated. */
struct piece {
	const char *text;
	size_t len;
};

static struct piece
piece_trim(struct piece p)
{
	while (p.len > 0 && *p.text == ' ')
		p.text++, p.len--;
	while (p.len > 0 && p.text[p.len - 1] == ' ')
		p.len--;
	return p;
}

static bool
piece_is(struct piece p, const char *word)
{
	return p.len == strlen(word) && memcmp(p.text, word, p.len) == 0;
}

/* What stands before and after the first between; false where there is none. */
static bool
piece_split(struct piece p, const char *between, struct piece *left,
    struct piece *right)
{
	size_t n = strlen(between);

	for (size_t i = 0; i + n <= p.len; i++) {
		if (memcmp(p.text + i, between, n) != 0)
			continue;
		*left = piece_trim((struct piece){p.text, i});
		*right =
		    piece_trim((struct piece){p.text + i + n, p.len - i - n});
		return true;
	}
	return false;
}

static bool
piece_is_name(struct piece p)
{
	if (p.len == 0 || p.len >= DEADLINE_NAME || p.text[0] < 'a' ||
	    p.text[0] > 'z')
		return false;
	for (size_t i = 0; i < p.len; i++)
		if (memchr("abcdefghijklmnopqrstuvwxyz0123456789-", p.text[i],
			37) == NULL)
			return false;
	return true;
}

static int
piece_name(
    struct piece p, const char *what, char out[DEADLINE_NAME], struct err *e)
{
	if (!piece_is_name(p))
		return err_set(e, ERR_DATA,
		    "\"%.*s\" is no %s: up to %d small letters, digits and "
		    "hyphens expected",
		    (int)(p.len < 60 ? p.len : 60), p.text, what,
		    DEADLINE_NAME - 1);
	(void)snprintf(out, DEADLINE_NAME, "%.*s", (int)p.len, p.text);
	return 0;
}

bool
deadline_name_is(const char *name)
{
	return piece_is_name((struct piece){name, strlen(name)});
}

bool
deadline_offset(const char *text, int64_t *seconds)
{
	int h, m, used = 0;

	if (strcmp(text, "Z") == 0) {
		*seconds = 0;
		return true;
	}
	if ((text[0] != '+' && text[0] != '-') ||
	    strspn(text + 1, "0123456789:") != 5 || text[6] != '\0' ||
	    sscanf(text + 1, "%2d:%2d%n", &h, &m, &used) != 2 || used != 5 ||
	    h < 0 || h > 14 || m < 0 || m > 59)
		return false;
	*seconds = (text[0] == '-' ? -1 : 1) * (h * HOUR + m * 60);
	return true;
}

/* --- what is written --------------------------------------------------------
 */

/* "72 hours", "1 month" */
static int
limit_span(struct piece p, struct deadline_limit *l, struct err *e)
{
	size_t n = 0;

	for (l->count = 0; n < p.len && p.text[n] >= '0' && p.text[n] <= '9' &&
			   l->count <= DEADLINE_COUNT;
	     n++)
		l->count = 10 * l->count + (p.text[n] - '0');
	struct piece unit = piece_trim((struct piece){p.text + n, p.len - n});
	for (size_t i = 0; n > 0 && i < sizeof(units) / sizeof(*units); i++) {
		size_t len = strlen(units[i].name);

		if (piece_is(unit, units[i].name) ||
		    (unit.len == len - 1 &&
			memcmp(unit.text, units[i].name, len - 1) == 0))
			l->unit = units[i].unit;
	}
	if (l->unit == DEADLINE_NO_TIME || l->count < 1 ||
	    l->count > DEADLINE_COUNT)
		return err_set(e, ERR_DATA,
		    "\"%.*s\" is no limit: a number from 1 to %d and hours, "
		    "days, business days or months expected, or promptly, at "
		    "once, without undue delay, open",
		    (int)(p.len < 60 ? p.len : 60), p.text, DEADLINE_COUNT);
	return 0;
}

static const char *
limit_word(struct piece p)
{
	for (size_t i = 0; i < sizeof(prompt_words) / sizeof(*prompt_words);
	     i++)
		if (piece_is(p, prompt_words[i]))
			return prompt_words[i];
	return NULL;
}

static int
limit_parse(struct piece p, struct deadline_limit *l, struct err *e)
{
	struct piece left, right;

	*l = (struct deadline_limit){.unit = DEADLINE_NO_TIME};
	if (piece_split(p, " after ", &left, &right)) {
		if (piece_name(right, "stage or event", l->after, e) == -1)
			return -1;
		p = left;
	}
	l->word = limit_word(p);
	if (l->word != NULL)
		return 0;
	if (piece_split(p, ",", &left, &right) && limit_word(left) != NULL) {
		l->word = limit_word(left);
		p = right;
	}
	return limit_span(p, l, e);
}

int
deadline_stage_parse(
    const char *text, struct deadline_stage *out, struct err *e)
{
	struct piece name, limit, one, rest = {text, strlen(text)};
	bool more = true;

	*out = (struct deadline_stage){.limits = 0};
	if (!piece_split(rest, ":", &name, &limit))
		return err_set(e, ERR_DATA, "NAME: LIMIT expected");
	if (piece_split(name, " if ", &one, &rest)) {
		if (piece_name(rest, "condition", out->condition, e) == -1)
			return -1;
		name = one;
	}
	if (piece_name(name, "stage", out->name, e) == -1)
		return -1;
	for (rest = limit; more; rest = limit) {
		if (out->limits == DEADLINE_LIMITS)
			return err_set(e, ERR_DATA,
			    "at most %d limits expected", DEADLINE_LIMITS);
		more = piece_split(rest, ";", &one, &limit);
		if (limit_parse(more ? one : piece_trim(rest),
			&out->limit[out->limits++], e) == -1)
			return -1;
	}
	return 0;
}

/* --- when it ends -----------------------------------------------------------
 */

/* The date on which that moment falls, as days since the epoch. */
static int64_t
deadline_date(int64_t at, int64_t offset)
{
	int64_t local = at + offset;

	return (local >= 0 ? local : local - (DAY - 1)) / DAY;
}

/* The last second of a date. */
static int64_t
date_end(int64_t date, int64_t offset)
{
	return (date + 1) * DAY - 1 - offset;
}

/* The first of January of 1970 was a Thursday. */
static bool
date_is_closed(const struct deadline_count *c, int64_t date)
{
	int64_t weekday = ((date + 4) % 7 + 7) % 7; /* 0: Sunday */
	char day[CLOCK_RFC3339];

	if (weekday == 0 || weekday == 6)
		return true;
	if (c->holidays == NULL)
		return false;
	(void)clock_rfc3339(date * DAY, day);
	day[10] = '\0';
	return strs_has(c->holidays, day);
}

static int64_t
date_open(const struct deadline_count *c, int64_t date)
{
	for (int i = 0; i < YEARS_MAX * 366 && date_is_closed(c, date); i++)
		date++;
	return date;
}

static int64_t
due_business(const struct deadline_count *c, int64_t from, int64_t count)
{
	int64_t date = deadline_date(from, c->offset);

	for (int64_t i = 0; i < count; i++)
		date = date_open(c, date + 1);
	return date_end(date, c->offset);
}

static int
month_days(int year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month] + (month == 1 && leap ? 1 : 0);
}

static int64_t
due_months(const struct deadline_count *c, int64_t from, int64_t count)
{
	time_t local = (time_t)(from + c->offset);
	struct tm tm;
	int64_t month;
	int year;

	if (gmtime_r(&local, &tm) == NULL)
		return 0;
	month = tm.tm_mon + count;
	year = tm.tm_year + 1900 + (int)(month / 12);
	tm.tm_mon = (int)(month % 12);
	tm.tm_year = year - 1900;
	if (tm.tm_mday > month_days(year, tm.tm_mon))
		tm.tm_mday = month_days(year, tm.tm_mon);
	return (int64_t)timegm(&tm) - c->offset;
}

/* To the same time of the next open day, or its end where days are dates. */
static int64_t
due_rolled(const struct deadline_count *c, int64_t due)
{
	int64_t date = deadline_date(due, c->offset);

	return due + (date_open(c, date) - date) * DAY;
}

int64_t
deadline_due(const struct deadline_limit *l, const struct deadline_count *c,
    int64_t from)
{
	int64_t due = 0;

	switch (l->unit) {
	case DEADLINE_NO_TIME:
		return 0;
	case DEADLINE_HOURS:
		return from + l->count * HOUR;
	case DEADLINE_DAYS:
		due = c->first_day ? date_end(deadline_date(from, c->offset) +
						  l->count - 1,
					 c->offset)
				   : from + l->count * DAY;
		break;
	case DEADLINE_BUSINESS_DAYS:
		return due_business(c, from, l->count);
	case DEADLINE_MONTHS:
		due = due_months(c, from, l->count);
		break;
	}
	return c->rolls ? due_rolled(c, due) : due;
}

int64_t
deadline_share(int64_t from, int64_t due, int percent)
{
	return from + (due - from) * percent / 100;
}
