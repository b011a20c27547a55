/* delivery_list.h - deliveries as an operator looks at them. */
#ifndef QUEUE_DELIVERY_LIST_H
#define QUEUE_DELIVERY_LIST_H

#include <jansson.h>

#include "store/db.h"

/* One object of `noroshi queue list --json` (noroshi(1) section JSON);
 * ERR_NOINPUT where there is no such delivery. */
int delivery_json(struct db *db, int64_t id, json_t **out, struct err *e);

enum delivery_which {
	DELIVERY_ASKED, /* all but letters that ask for a release and went well:
			   they speak of what is listed */
	DELIVERY_ALL,
	DELIVERY_SELF /* of messages whose author confirmed them alone */
};

/* An array of them, oldest first; with state (else NULL) those in it. */
int delivery_json_list(struct db *db, enum delivery_which which,
    const char *state, json_t **out, struct err *e);

#endif
