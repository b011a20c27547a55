/* case_json.h - a case as noroshi(1) gives it to programs. */
#ifndef CASES_CASE_JSON_H
#define CASES_CASE_JSON_H

#include "cases/case.h"

/* The object of `noroshi case show --json`, noroshi(1) section JSON. */
int case_json(
    struct db *db, struct vault *v, int64_t id, json_t **out, struct err *e);

/* Its notes alone, as they are in that object: into list. None where the case's
 * key was destroyed (c->title is NULL) or v is NULL. */
int case_json_notes(struct db *db, struct vault *v, const struct case_file *c,
    json_t *list, struct err *e);

#endif
