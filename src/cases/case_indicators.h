/*
 * case_indicators.h - what the messages that came in a case name: each
 * indicator once, with the messages it stands in and the strictest of their
 * labels.
 */
#ifndef CASES_CASE_INDICATORS_H
#define CASES_CASE_INDICATORS_H

#include <jansson.h>

#include "cases/message.h"
#include "noroshi.h"

#define CASE_INDICATORS_MAX 20000

struct case_indicator {
	char *type; /* as in cases/indicator.h */
	char *value;
	json_t *constituency; /* true, false or null */
	json_t *messages; /* their ids */
	enum noroshi_tlp label; /* the strictest of these messages' */
	int64_t first; /* when the first and the last came; seconds since */
	int64_t last; /* the epoch, UTC */
};

struct case_indicators {
	char *name; /* of the case: "EX-2026-0001" */
	int64_t opened_at;
	int64_t last; /* when the newest message came that names one */
	enum noroshi_tlp label; /* the strictest of all, and the case's own */
	struct case_indicator *item;
	size_t count;
	size_t messages; /* that name one */
	size_t withheld; /* messages whose words the caller may not see */
	bool over; /* there are more than CASE_INDICATORS_MAX */
};

/* Whether somebody may have what m says: *may. */
struct case_indicators_asker {
	int (*may)(
	    void *context, const struct message *m, bool *may, struct err *e);
	void *context; /* borrowed */
};

/*
 * Reads them of a case. least: the label where nothing says a stricter one.
 * Messages whose keys were destroyed name nothing any more. out is the caller's
 * to case_indicators_free.
 */
int case_indicators_read(struct db *db, struct vault *v, int64_t cases,
    const struct case_indicators_asker *asker, enum noroshi_tlp least,
    struct case_indicators *out, struct err *e);
void case_indicators_free(struct case_indicators *l); /* its fields */

/*
 * RFC 4180 with a header line: tlp, type, value, constituency, first_seen,
 * last_seen, messages. Values are in their plain spelling, none is a formula.
 */
void case_indicators_csv(const struct case_indicators *l, struct buf *out);

/* As the array of `noroshi case indicators --json`; the caller's. */
json_t *case_indicators_json(const struct case_indicators *l);

/* "EX-2026-0001-indicators.TLP-AMBER.csv", the caller's; ending: "csv". */
char *case_indicators_file(const struct case_indicators *l, const char *ending);

#endif
