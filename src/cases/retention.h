/*
 * retention.h - how long a closed case is kept: by the configuration's list
 * "retention", unless a legal hold keeps it. Owns the table legal_hold.
 */
#ifndef CASES_RETENTION_H
#define CASES_RETENTION_H

#include <jansson.h>

#include "config/config.h"
#include "noroshi.h"
#include "store/db.h"

/* Since when the case is under legal hold, seconds since the epoch; 0: not. */
int legal_hold_since(
    struct db *db, int64_t cases, int64_t *since, struct err *e);

/* Inside a transaction; by is the contact who says so. A hold ends for what was
 * merged into the case as well. */
int legal_hold_set(
    struct db *db, int64_t cases, int64_t by, int64_t now, struct err *e);
int legal_hold_end(struct db *db, int64_t cases, struct err *e);

/*
 * Something of a case that may be held lies in another: that is held too, since
 * the same time. *added: {at, contact} where it was not yet, else NULL; the
 * caller's. Inside a transaction.
 */
int legal_hold_follow(
    struct db *db, int64_t from, int64_t to, json_t **added, struct err *e);

/* It lies in from again: the hold that was added goes, and one that the case
 * has got since then is from's as well. */
int legal_hold_return(struct db *db, int64_t from, int64_t to,
    const json_t *added, struct err *e);
int legal_hold_drop(
    struct db *db, int64_t cases, const json_t *added, struct err *e);

/* A closed case that a rule of the configuration lets end. */
struct retention_case {
	int64_t id;
	char *name;
	char *category; /* or NULL */
	bool has_label;
	enum noroshi_tlp label; /* its own, or its messages' strictest */
	int64_t closed_at;
	int64_t due_at; /* seconds since the epoch */
	int64_t months; /* the rule's */
	bool held; /* under legal hold */
};
void retention_free(struct retention_case *list, size_t count);

/*
 * The closed cases, neither erased nor merged into another, that some rule
 * applies to and that are due before a time: an array of *count, the caller's
 * to retention_free. The first rule that fits a case counts; one with 0 months
 * keeps it for ever.
 */
int retention_list(struct db *db, const struct config *c, int64_t before,
    struct retention_case **out, size_t *count, struct err *e);

/* t and that many calendar months in UTC; the last day of a shorter month. */
int64_t retention_add_months(int64_t t, int64_t months);

#endif
