/*
 * rota.h - who of the team is on duty now. Owns the table rota.
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

/* An array of objects with contact, name and since; the caller's. */
int rota_json(struct db *db, json_t **out, struct err *e);

/* The contacts on it that are still with us; *id is the caller's to free. */
int rota_ids(struct db *db, int64_t **id, size_t *count, struct err *e);

/* Whether contact is on the rota and nobody else who is still with us is. */
int rota_alone(struct db *db, int64_t contact, bool *alone, struct err *e);

#endif
