/*
 * advisory.h - advisories to communities: numbers, revisions, their end, and
 * what their readers answered. Owns the tables advisory and advisory_answer.
 */
#ifndef CASES_ADVISORY_H
#define CASES_ADVISORY_H

#include "base/strs.h"
#include "store/db.h"

/* One revision. */
struct advisory {
	int64_t number; /* the advisory's; 0: none */
	int64_t revision; /* from 1 */
	int64_t message; /* that leaves */
	int64_t community;
	bool urgent; /* it leaves before other mail, and so do its later ones */
	bool notice; /* it tells its readers of the end */
	int64_t cancelled_at; /* seconds since the epoch, UTC; 0: stands */
};

/* "12", "12-r2"; the caller's. */
char *advisory_name(const struct advisory *a);

/* Writes the first revision; a->number counts up from 1. All that write do so
 * inside the caller's transaction. */
int advisory_add(struct db *db, struct advisory *a, struct err *e);

/* Writes the next revision of a->number. */
int advisory_revise(struct db *db, struct advisory *a, struct err *e);

/* Ends all its revisions but a notice of that. */
int advisory_cancel(struct db *db, int64_t number, int64_t now, struct err *e);

/* The revision that a message is; out->number 0 where it is none. */
int advisory_of(
    struct db *db, int64_t message, struct advisory *out, struct err *e);

/* All revisions of one, or of all (number 0), in order; *out is an array of
 * *count, the caller's. */
int advisory_list(struct db *db, int64_t number, struct advisory **out,
    size_t *count, struct err *e);

/* The revision that went out under a Message-ID of ours; number 0: none. */
int advisory_by_rfc_id(struct db *db, const char *rfc_message_id,
    struct advisory *out, struct err *e);

/*
 * Message-IDs under which its first revision left, that of the language first,
 * at most ADVISORY_REFERENCES.
 */
#define ADVISORY_REFERENCES 8
int advisory_references(struct db *db, int64_t number, const char *language,
    struct strs *out, struct err *e);

/* True in *got where some revision of it was sent to the contact. */
int advisory_got(
    struct db *db, int64_t number, int64_t contact, bool *got, struct err *e);

/* Deliveries of it that have not left yet, as ids; the caller's. */
int advisory_waiting(
    struct db *db, int64_t number, int64_t **out, size_t *count, struct err *e);

/* What one reader said of it. */
struct advisory_answer {
	int64_t number, revision, contact;
	int64_t message; /* the mail that says so */
	const char *word; /* "ack", "affected", "not-affected", "question" */
	bool proven; /* signed by a key of that contact */
	int64_t at;
};

/* Once for each message; kept, the latest one counts. */
int advisory_answer_add(
    struct db *db, const struct advisory_answer *a, struct err *e);

/* The case that the contact's last question on it opened, or 0. */
int advisory_question_case(struct db *db, int64_t number, int64_t contact,
    int64_t *cases, struct err *e);

#endif
