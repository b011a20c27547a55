/*
 * absence.h - staff whose mailbox answered by itself that they are away. Owns
 * the table absence.
 *
 * Anybody can write such a mail in another's name. So it takes nothing away
 * from who is absent: those on the rota are told besides them.
 */
#ifndef CASES_ABSENCE_H
#define CASES_ABSENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

#define ABSENCE_LASTS (7 * 86400) /* seconds after the last such mail */

/* Their mailbox said so in that message. *first: they were not absent before.
 * Inside a transaction. */
int absence_begin(struct db *db, int64_t contact, int64_t message, int64_t now,
    bool *first, struct err *e);

/* They wrote or did something themselves. */
int absence_end(struct db *db, int64_t contact, struct err *e);

int absence_is(
    struct db *db, int64_t contact, int64_t now, bool *is, struct err *e);

/* The message that says so; 0: they are not away. */
int absence_message(struct db *db, int64_t contact, int64_t now,
    int64_t *message, struct err *e);

#endif
