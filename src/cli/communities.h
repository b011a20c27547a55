/* communities.h - what the commands of noroshi community have in common. */
#ifndef CLI_COMMUNITIES_H
#define CLI_COMMUNITIES_H

#include <jansson.h>

#include "cli/session.h"
#include "people/community.h"
#include "people/membership.h"
#include "people/sponsorship.h"

/* What a community is, and its active members' contacts. The caller's. */
json_t *communities_object(const struct community *c);

/* Opens the session for the PoC or a deputy; ERR_DENIED for others. */
int communities_act(struct session *s, const char *as, struct err *e);

/* Ends each membership of contact's, as `community leave` does: what waits for
 * them is cancelled, whom they sponsored is to be reviewed. In a transaction.
 */
int communities_leave_all(struct session *s, int64_t contact, struct err *e);

#endif
