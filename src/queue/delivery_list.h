/* delivery_list.h - deliveries as an operator looks at them. */
#ifndef QUEUE_DELIVERY_LIST_H
#define QUEUE_DELIVERY_LIST_H

#include <jansson.h>

#include "store/db.h"

/*
 * The objects of `noroshi queue list --json` (noroshi(1) section JSON), oldest
 * first. id 0: an array of all, or, where state is not NULL, of those in that
 * state. Else the one object; ERR_NOINPUT where there is none.
 */
int delivery_json(
    struct db *db, int64_t id, const char *state, json_t **out, struct err *e);

#endif
