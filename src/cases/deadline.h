/*
 * deadline.h - the clocks that run in a case: since when, until when for each
 * stage, and what proves that it was done. Owns the tables deadline,
 * deadline_stage and deadline_event.
 *
 * A deadline keeps what its row of deadlines.conf said when it began, so that
 * another file moves no clock. Each stage that has a time has alarms
 * (cases/alarm.h) at 50, 80 and 100 % of it; one that is due "promptly" and the
 * like, without a time, one after each of three days.
 */
#ifndef CASES_DEADLINE_H
#define CASES_DEADLINE_H

#include <jansson.h>

#include "config/config.h"
#include "config/deadline_rule.h"
#include "store/db.h"
#include "store/vault.h"

struct deadline {
	int64_t id;
	int64_t cases;
	char *rule;
	char *law;
	char *to;
	char *condition; /* or NULL */
	int64_t started_at; /* seconds since the epoch, as all times here */
	struct deadline_count count; /* holidays: borrowed, see deadline_get */
};

struct deadline_step { /* one stage of it */
	int64_t id;
	int64_t deadline;
	char *name;
	char *rule; /* as deadline_stage_parse reads it */
	int64_t from_at; /* 0: what it counts from is not known yet */
	int64_t due_at; /* 0: that, or it has no time */
	int64_t done_at; /* 0: it is not */
	int64_t stopped_at; /* 0: it is not */
};

void deadline_free(struct deadline *d); /* their fields */
void deadline_step_free(struct deadline_step *s);

/*
 * The row that a person means by a name, and the stage of it that stands behind
 * it as in "eu-nis2-final", borrowed, or NULL. NULL: no such row, or one that
 * is off.
 */
const struct config_deadline *deadline_rule_named(
    const struct config *c, const char *name, const char **stage);

/* ERR_NOINPUT: none. out is to be freed. The holidays are c's. */
int deadline_get(struct db *db, const struct config *c, int64_t id,
    struct deadline *out, struct err *e);

/*
 * The newest deadline of a case (of those that still run, where one does) by
 * its rule's name, or that and a stage's as in
 * "eu-nis2-final"; *stage, borrowed from name, is then the latter, else as it
 * was. ERR_NOINPUT: it does not run there.
 */
int deadline_find(struct db *db, int64_t cases, const char *name, int64_t *id,
    const char **stage, struct err *e);

/* The stages in their order; an array of *count, the caller's. */
int deadline_steps(struct db *db, int64_t id, struct deadline_step **out,
    size_t *count, struct err *e);
void deadline_steps_free(struct deadline_step *s, size_t count);

/* By id: 1, 0: there is none. *out is the caller's. */
int deadline_step_get(
    struct db *db, int64_t id, struct deadline_step *out, struct err *e);

/*
 * The stage of that name, or with NULL the first that is neither done nor
 * stopped. ERR_NOINPUT: there is none.
 */
int deadline_step_find(struct db *db, int64_t id, const char *name,
    struct deadline_step *out, struct err *e);

/* "jp-appi-final final", of a stage that is neither done nor stopped: the
 * caller's; NULL where a case has none. */
int deadline_open(struct db *db, int64_t cases, char **name, struct err *e);

/* --- deadline_act.c: all inside the caller's transaction --------------------
 */

struct deadline_start {
	int64_t cases;
	const struct config_deadline *rule;
	const char *condition; /* that holds, or NULL */
	int64_t at; /* since when */
	int64_t now;
	int64_t by; /* contact who says so */
	int64_t evidence; /* message that shows it; 0: a note does */
};

/* Starts the clock. ERR_DATA where it runs in that case already, or no stage
 * has the condition. */
int deadline_start(struct db *db, const struct config *c,
    const struct deadline_start *s, int64_t *id, struct err *e);

struct deadline_event {
	const char *name; /* as it stands behind "after" in a stage */
	int64_t at;
	int64_t now;
	int64_t evidence; /* message, or 0 */
};

/* A fact that stages wait for. ERR_DATA: none of them waits for that. */
int deadline_happened(struct db *db, const struct config *c, int64_t id,
    const struct deadline_event *f, struct err *e);

struct deadline_proof {
	int64_t at; /* when it was done */
	int64_t now;
	int64_t by; /* contact */
	int64_t message; /* that was sent, or 0 */
	const char *receipt; /* or NULL */
};

/* ERR_DATA: it is done or stopped already. What counts from it is set anew. */
int deadline_done(struct db *db, struct vault *v, const struct config *c,
    const struct deadline_step *s, const struct deadline_proof *p,
    struct err *e);

/*
 * Whether a message proves that something of a case was sent: it is the case's,
 * ours, and has left; *at is when. ERR_DATA where it is not so.
 */
int deadline_proves(
    struct db *db, int64_t cases, int64_t message, int64_t *at, struct err *e);

/* One stage, or with NULL all that are left, will not be done: no more
 * reminders. *count of them. */
int deadline_stop(struct db *db, int64_t id, const char *name, int64_t now,
    int64_t by, int64_t *count, struct err *e);

/* --- deadline_move.c: the same ----------------------------------------------
 */

/* Adds to list, an array, the ids of a case's deadlines; with evidence those
 * alone whose beginning that message shows. */
int deadline_ids(struct db *db, int64_t cases, int64_t evidence, json_t *list,
    struct err *e);

/* One of from's runs in another case: its receipts are sealed by that one's
 * key, its reminders wait with it. Not there: 0, and nothing happens. */
int deadline_move(struct db *db, struct vault *v, int64_t id, int64_t from,
    int64_t to, struct err *e);

/* --- deadline_json.c --------------------------------------------------------
 */

/*
 * An array with one object a stage (noroshi(1), section JSON), earliest due
 * first; cases 0: of all cases. With overdue those alone that are; with open
 * those alone that are neither done nor stopped. v NULL leaves receipts out.
 */
struct deadline_filter {
	int64_t cases;
	bool overdue;
	bool open;
};
int deadline_json(struct db *db, struct vault *v, int64_t now,
    const struct deadline_filter *f, json_t **out, struct err *e);

#endif
