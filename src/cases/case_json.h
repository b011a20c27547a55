/* case_json.h - a case as noroshi(1) gives it to programs. */
#ifndef CASES_CASE_JSON_H
#define CASES_CASE_JSON_H

#include "cases/case.h"

/* The object of `noroshi case show --json`, noroshi(1) section JSON. */
int case_json(
    struct db *db, struct vault *v, int64_t id, json_t **out, struct err *e);

#endif
