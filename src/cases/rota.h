/*
 * rota.h - who of the team is on duty now. Owns the tables rota and
 * rota_absence.
 *
 * Who is alone on it may confirm their own held mail after a pause, so that one
 * person's night does not stand still. On an empty rota nobody is alone.
 */
#ifndef CASES_ROTA_H
#define CASES_ROTA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

/* Replaces the rota by those contacts. Inside a transaction. */
int rota_set(struct db *db, int64_t now, const int64_t *contact, size_t count,
    struct err *e);

/*
 * Notes that contact is away until a time, and who takes their place in the
 * rota meanwhile (0: nobody); until 0: they are back. Inside a transaction.
 */
int rota_absent(struct db *db, int64_t now, int64_t contact, int64_t until,
    int64_t substitute, struct err *e);

/*
 * Who is on duty at now: those of the rota who are not away, and the
 * substitutes of those who are, each once; a substitute who is away counts for
 * nobody. *contact is an array of *count, the caller's to free.
 */
int rota_on_duty(struct db *db, int64_t now, int64_t **contact, size_t *count,
    struct err *e);

/* Whether somebody said that contact is away at now. */
int rota_is_away(
    struct db *db, int64_t now, int64_t contact, bool *is, struct err *e);

/*
 * An array of objects with contact, name and since; of who is away absent_until
 * and substitute too, else null. The caller's.
 */
int rota_json(struct db *db, json_t **out, struct err *e);

/* Whether contact is on duty now and nobody else is. */
int rota_alone(struct db *db, int64_t contact, bool *alone, struct err *e);

#endif
