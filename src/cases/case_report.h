/*
 * case_report.h - a case as one tells it to somebody: what it was, when, what
 * it did, what was done and what keeps it from coming again; with what that
 * audience may have by label and gate, and a word for each part that is
 * missing.
 *
 * Parts that people write are notes whose first line begins with the part's
 * name and a colon ("Damage: ...", "被害: ..."); the newest of each counts.
 * Without one, cause and actions are the case's cause and remedy (handling.h).
 */
#ifndef CASES_CASE_REPORT_H
#define CASES_CASE_REPORT_H

#include <jansson.h>

#include "cases/case.h"
#include "cases/message.h"
#include "config/config.h"

enum case_audience {
	AUDIENCE_TEAM, /* row 3 of the gate's table */
	AUDIENCE_CONSTITUENT, /* 6: in the case, or affected */
	AUDIENCE_PUBLIC, /* 12b */
	AUDIENCE_LABEL /* whoever may have what bears that label or a lower */
};

enum case_part {
	PART_SUMMARY,
	PART_DAMAGE,
	PART_CAUSE,
	PART_ACTIONS,
	PART_PREVENTION,
	PARTS
};

/* One thing that happened. */
struct case_event {
	int64_t at; /* seconds since the epoch */
	int64_t message;
	bool ours; /* it left */
	char *kind; /* "report", "reply" ... */
	char *class; /* of its sender */
	char *who; /* name or address; NULL but for the team */
	char *subject; /* the same */
	enum noroshi_tlp label;
};

struct case_report {
	enum case_audience audience;
	enum noroshi_tlp asked; /* of AUDIENCE_LABEL */
	enum noroshi_tlp label; /* of the report as a whole */
	struct case_file file; /* title: NULL where they may not have it */
	char *part[PARTS]; /* NULL: missing */
	bool kept[PARTS]; /* there is one, which they may not have */
	struct case_event *event;
	size_t events;
	size_t withheld; /* messages that are left out */
	int64_t reported_at; /* 0: by nobody outside */
	int64_t answered_at; /* 0: not yet */
};
void case_report_free(struct case_report *r); /* its fields */

/*
 * Asked whether the caller may read a message of label RED; *may is false
 * otherwise.
 */
struct case_report_reader {
	int (*may_read)(
	    void *ctx, const struct message *m, bool *may, struct err *e);
	void *ctx;
};

/*
 * Fills r, whose audience and asked are set, for a case. ERR_DENIED where the
 * case as such is nothing for that audience: by its label (the default for our
 * own mail where nobody set one), an embargo, or as an exercise. ERR_NOINPUT
 * where it was erased. r is to be freed in every case.
 */
int case_report_read(struct db *db, struct vault *v, const struct config *c,
    const struct case_report_reader *reader, int64_t now, const char *name,
    struct case_report *r, struct err *e);

/*
 * The same as an object: case, tlp, title, category, state, the times, each
 * part that people write, events, and for the team withheld. The caller's.
 */
json_t *case_report_json(const struct case_report *r);

/* The part's name: "Damage", in Japanese too; constant. */
const char *case_part_name(enum case_part part, bool japanese);

#endif
