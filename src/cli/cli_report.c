/* noroshi report stats: what the team did, in numbers. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/report_out.h"
#include "cli/when.h"

#define REPORT_MAX (4U << 20) /* bytes */
#define DAY 86400
#define DATE 11 /* bytes: "2026-10-01" and the NUL */

struct reporting {
	struct session *s;
	const char *from, *to, *zone, *country, *path; /* argv's, or NULL */
	bool markdown, html;
	char first[DATE], last[DATE]; /* days, both in it */
};

static int
report_options(struct reporting *r, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"from", required_argument, NULL, 'f'},
	    {"to", required_argument, NULL, 't'},
	    {"zone", required_argument, NULL, 'z'},
	    {"country", required_argument, NULL, 'c'},
	    {"output", required_argument, NULL, 'o'},
	    {"markdown", no_argument, NULL, 'm'},
	    {"html", no_argument, NULL, 'h'}, {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0}};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'f')
			r->from = optarg;
		else if (c == 't')
			r->to = optarg;
		else if (c == 'z')
			r->zone = optarg;
		else if (c == 'c')
			r->country = optarg;
		else if (c == 'o')
			r->path = optarg;
		else if (c == 'm')
			r->markdown = true;
		else if (c == 'h')
			r->html = true;
		else
			r->s->out.json = true;
	}
	if (c == -1 || option_operands(argc, argv, 0, 0, "nothing", e) == -1)
		return -1;
	if (r->s->out.json && r->path != NULL)
		return err_set(e, ERR_USAGE, "-o is for --markdown or --html");
	if (r->markdown + r->html + r->s->out.json > 1)
		return err_set(e, ERR_USAGE,
		    "one of --json, --markdown and --html expected");
	if (r->path != NULL && !r->markdown && !r->html)
		return err_set(
		    e, ERR_USAGE, "-o goes with --markdown or --html");
	return 0;
}

static int
report_date(const char *text, char out[DATE], struct err *e)
{
	bool is = strlen(text) == DATE - 1;

	for (size_t i = 0; i < DATE - 1 && is; i++)
		is = i == 4 || i == 7 ? text[i] == '-'
				      : isdigit((unsigned char)text[i]) != 0;
	if (!is)
		return err_set(
		    e, ERR_USAGE, "\"%s\" is no day (2026-10-01)", text);
	memcpy(out, text, DATE);
	return 0;
}

/* Without --from and --to: this quarter so far. */
static int
report_days(struct reporting *r, struct err *e)
{
	time_t now = (time_t)clock_now(NULL);
	struct tm t = {0};

	(void)gmtime_r(&now, &t);
	(void)strftime(r->last, sizeof(r->last), "%Y-%m-%d", &t);
	t.tm_mon -= t.tm_mon % 3;
	t.tm_mday = 1;
	(void)strftime(r->first, sizeof(r->first), "%Y-%m-%d", &t);
	if ((r->from != NULL && report_date(r->from, r->first, e) == -1) ||
	    (r->to != NULL && report_date(r->to, r->last, e) == -1))
		return -1;
	return 0;
}

/* The months from the first day's on; the first begins with that day. */
static int
report_months(struct reporting *r, struct stats *s, struct err *e)
{
	int year = (int)strtol(r->first, NULL, 10);
	int month = (int)strtol(r->first + 5, NULL, 10);

	for (;;) {
		struct stats_month *m = &s->month[s->months];
		char day[32];
		int64_t start;

		(void)snprintf(day, sizeof(day), "%04d-%02d-01", year, month);
		if (when_parse(day, r->zone, &start, e) == -1)
			return -1;
		if (s->months > 0 && start >= s->to)
			return 0;
		if (s->months == STATS_MONTHS)
			return err_set(
			    e, ERR_USAGE, "more than %d months", STATS_MONTHS);
		m->start = s->months == 0 ? s->from : start;
		memcpy(m->name, day, 7);
		s->months++;
		year += month / 12;
		month = month % 12 + 1;
	}
}

/* The day after the last one, as the zone's clock has it. */
static int
report_end(struct reporting *r, int64_t *to, struct err *e)
{
	struct tm t = {0};
	char day[DATE];
	int64_t noon;
	time_t at;

	/* noon and a day is the next day, whatever the clock was set by */
	if (when_parse(r->last, NULL, &noon, e) == -1)
		return -1;
	at = (time_t)(noon + DAY + DAY / 2);
	(void)gmtime_r(&at, &t);
	(void)strftime(day, sizeof(day), "%Y-%m-%d", &t);
	return when_parse(day, r->zone, to, e);
}

/* Domestic is the country of the team's own address, unless told. */
static int
report_country(struct reporting *r, struct stats *s, struct err *e)
{
	const char *c = r->country;

	if (c == NULL) {
		c = strrchr(r->s->config->team_address, '.');
		c = c != NULL && strlen(c + 1) == 2 ? c + 1 : "jp";
	}
	if (strlen(c) != 2 || !isalpha((unsigned char)c[0]) ||
	    !isalpha((unsigned char)c[1]))
		return err_set(
		    e, ERR_USAGE, "--country: \"%s\" is none (jp, de)", c);
	memcpy(s->country, c, sizeof(s->country));
	return 0;
}

static int
report_put(struct reporting *r, const struct stats *s, struct err *e)
{
	const struct report_head head = {
	    .team = r->s->config->team_name, .from = r->first, .to = r->last};
	struct output *o = &r->s->out;
	struct buf text;
	int rc;

	if (o->json)
		return output_json(o, stats_json(s), e);
	if (!r->markdown && !r->html) {
		report_text(o, s, &head);
		return 0;
	}
	buf_init(&text, REPORT_MAX);
	if (r->html)
		report_html(&text, s, &head);
	else
		report_markdown(&text, s, &head);
	rc = report_write(o, r->path, &text, e);
	buf_free(&text);
	return rc;
}

int
cli_report_stats(struct session *s, int argc, char **argv, struct err *e)
{
	struct reporting r = {.s = s};
	struct stats stats = {0};

	if (report_options(&r, argc, argv, e) == -1 ||
	    report_days(&r, e) == -1 ||
	    when_parse(r.first, r.zone, &stats.from, e) == -1 ||
	    report_end(&r, &stats.to, e) == -1)
		return -1;
	if (stats.to <= stats.from)
		return err_set(
		    e, ERR_USAGE, "%s is before %s", r.last, r.first);
	if (report_months(&r, &stats, e) == -1 || session_open(s, e) == -1 ||
	    report_country(&r, &stats, e) == -1 ||
	    stats_count(s->db, &stats, e) == -1)
		return -1;
	return report_put(&r, &stats, e);
}
