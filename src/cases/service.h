/*
 * service.h - the terms that a case's priority sets (service_levels): a first
 * answer, an update, an end, each in time that the team works
 * (base/business_time.h).
 *
 * Nothing of them is stored but the alarm: they follow from what is in the case
 * and what the configuration says now.
 */
#ifndef CASES_SERVICE_H
#define CASES_SERVICE_H

#include "cases/case.h"
#include "config/config.h"

enum service_term {
	SERVICE_ANSWER,
	SERVICE_UPDATE,
	SERVICE_CLOSE,
	SERVICE_TERMS
};

struct service {
	int64_t due[SERVICE_TERMS]; /* seconds since the epoch; 0: no term */
	int64_t soon[SERVICE_TERMS]; /* when four fifths of it have passed */
	int64_t minutes[SERVICE_TERMS]; /* of work that it is long */
};

/* "answer", "update", "close"; the stage of the alarm at its end. Constant. */
const char *service_name(enum service_term term);

/* The stages of the alarms before it ("answer.soon") and after it, again and
 * again ("answer.late"). Constant. */
const char *service_soon(enum service_term term);
const char *service_late(enum service_term term);

/* The terms of c as it is now; all 0 where it is closed. */
int service_of(struct db *db, const struct config *config,
    const struct case_file *c, struct service *out, struct err *e);

/* Sets and clears the case's alarms by them. Inside the transaction that
 * changed it. */
int service_refresh(struct db *db, const struct config *config, int64_t cases,
    int64_t now, struct err *e);

#define SERVICE_BATCH 200

/*
 * The configuration may have changed (ALARM_TERMS, set as the daemon starts):
 * sets the alarms of open cases with a higher id than after anew, up to
 * SERVICE_BATCH of them in the caller's transaction. *last: where the next
 * batch goes on, 0: none is left.
 */
int service_renew_batch(struct db *db, const struct config *config,
    int64_t after, int64_t now, int64_t *last, struct err *e);

/* An array of objects with term, due_at, overdue; the caller's. */
int service_json(struct db *db, const struct config *config,
    const struct case_file *c, int64_t now, json_t **out, struct err *e);

#endif
