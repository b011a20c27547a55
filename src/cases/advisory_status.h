/* advisory_status.h - what became of an advisory, member by member. */
#ifndef CASES_ADVISORY_STATUS_H
#define CASES_ADVISORY_STATUS_H

#include <jansson.h>

#include "cases/advisory.h"

/*
 * The object of `noroshi advisory status --json` (noroshi(1) section JSON), of
 * the newest revision that is no notice; *out is the caller's. It is for the
 * team alone. ERR_NOINPUT where there is no such advisory.
 */
int advisory_status(struct db *db, int64_t number, json_t **out, struct err *e);

/* The array of `noroshi advisory list --json`: each revision, in order. */
int advisory_list_json(struct db *db, json_t **out, struct err *e);

#endif
