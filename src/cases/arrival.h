/*
 * arrival.h - how a message came: from whom and to whom, as the transport and
 * the message itself say. Reads the table envelope (cases/message.h).
 */
#ifndef CASES_ARRIVAL_H
#define CASES_ARRIVAL_H

#include "message/part.h"
#include "store/db.h"

#define ARRIVAL_RECIPIENTS 1000 /* addresses that are looked at */

/*
 * Adds the addresses written to: the envelope's recipients, then To and Cc of
 * head (NULL: it has none), each once and as written.
 */
int arrival_recipients(struct db *db, int64_t message, const struct head *head,
    struct strs *out, struct err *e);

/*
 * Adds the addresses of inner, a protected header (NULL: there is none), as
 * many as *inside tells, and behind them those of arrival_recipients.
 */
int arrival_addressees(struct db *db, int64_t message, const struct head *inner,
    const struct head *outer, struct strs *out, size_t *inside, struct err *e);

/*
 * The envelope sender, the caller's: "" is the null one; NULL where it is not
 * known, or where several sources name different ones.
 */
int arrival_sender(struct db *db, int64_t message, char **out, struct err *e);

#endif
