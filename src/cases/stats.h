/*
 * stats.h - what the team did in a time, in the way of JPCERT/CC's quarterly
 * reports: reports, incidents and requests counted apart, by month and
 * category, by the class of who reported, from this country and abroad, and how
 * long answers took. No person of the team is counted.
 *
 * A report is a mail from outside the team of kind "report" or
 * "vulnerability". An incident is a case that was opened, but for those of
 * category "vulnerability" and "exercise", which are counted by themselves. A
 * request is one copy of an answer that left to somebody outside who had not
 * written in that case: a site's owner, another team.
 */
#ifndef CASES_STATS_H
#define CASES_STATS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "people/class.h"
#include "store/db.h"

#define STATS_MONTHS 120 /* that one report may have, at most */
#define STATS_CATEGORIES 16

struct stats_month {
	char name[8]; /* "2026-10" */
	int64_t start; /* seconds since the epoch */
	int64_t reports, incidents, requests;
	int64_t
	    category[STATS_CATEGORIES]; /* cases opened, as stats.category */
};

struct stats_origin {
	int64_t domestic, abroad, unknown;
};

/* Seconds from a case's opening; all 0 where count is. */
struct stats_time {
	int64_t count;
	int64_t median, p90; /* of an even number the two in the middle's mean;
				the nearest rank */
};

struct stats {
	int64_t from, to; /* seconds since the epoch; to is not in it */
	char country[3]; /* "jp": top-level domain of what is domestic */
	struct stats_month month[STATS_MONTHS];
	size_t months;
	const char *category[STATS_CATEGORIES]; /* constants; NULL: none */
	size_t categories;
	int64_t total[STATS_CATEGORIES];
	int64_t reports, incidents, requests, vulnerabilities, exercises;
	int64_t by_class[CLASSES]; /* reports, by the effective class */
	struct stats_origin reporters, requested;
	struct stats_time answered; /* cases opened in it that have an answer */
	int64_t unanswered; /* reported and open, without one */
	struct stats_time closed; /* cases closed in it */
};

/*
 * Counts. from, to, country and month (name and start, in order) are set by the
 * caller; the rest is filled. One view of the database.
 */
int stats_count(struct db *db, struct stats *s, struct err *e);

/* When the first answer of a case left to somebody outside; 0: none did. */
int stats_first_answer(
    struct db *db, int64_t cases, int64_t *at, struct err *e);

/* Where somebody is, by a tag of the contact or the address's last label. */
enum stats_place { STATS_DOMESTIC, STATS_ABROAD, STATS_UNKNOWN };
enum stats_place stats_place_of(
    const char *address, const char *tag, const char *country);

/* The object of `noroshi report stats --json`; the caller's. */
json_t *stats_json(const struct stats *s);

#endif
