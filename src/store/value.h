/*
 * value.h - the JSON values that our objects are made of (noroshi(1), section
 * JSON): null for what is not there, times as text. Each is a new reference,
 * the caller's.
 */
#ifndef STORE_VALUE_H
#define STORE_VALUE_H

#include <jansson.h>
#include <stdint.h>

#include "base/strs.h"
#include "store/db.h"

/* A row's id; null for 0, which is none. */
json_t *value_id(int64_t id);

/* Seconds since the epoch as RFC 3339 section 5.6 in UTC; null for 0. */
json_t *value_time(int64_t t);

/* An array of the strings. */
json_t *value_strs(const struct strs *l);

/* A column's integer, its time; null for NULL alone. */
json_t *value_column(const struct db_row *row, int column);
json_t *value_column_time(const struct db_row *row, int column);

#endif
