/*
 * audience.h - whether somebody may well have a stored message: they
 * wrote it, were written to, or answer the same people.
 */
#ifndef CASES_AUDIENCE_H
#define CASES_AUDIENCE_H

#include "message/part.h"
#include "store/db.h"

#define AUDIENCE_MAX 100 /* addresses of each message that are looked at */

/*
 * True in *heard where the message is from's own (folded), or its To or Cc has
 * from, or where the To and Cc of head, who answers it, have its author or
 * another address that it went to and that is not in team's domain: a list, the
 * other party. It proves nothing of who from is. team: local@domain, or NULL.
 */
int audience_heard(struct db *db, int64_t message, const char *from,
    const struct head *head, const char *team, bool *heard, struct err *e);

#endif
