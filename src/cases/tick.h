/*
 * tick.h - what of a case's checklist (config/checklist.h) was seen to, when
 * and by whom. Owns the table case_tick.
 *
 * A tick is of an item's words, not of its place: another list later leaves
 * what was ticked as it was.
 */
#ifndef CASES_TICK_H
#define CASES_TICK_H

#include <jansson.h>

#include "base/strs.h"
#include "store/db.h"

/* Ticks an item; ERR_DATA where it is ticked already. */
int tick_set(struct db *db, int64_t now, int64_t cases, const char *checklist,
    const char *item, int64_t contact, struct err *e);

/* ERR_DATA where it is not ticked. */
int tick_clear(struct db *db, int64_t cases, const char *checklist,
    const char *item, struct err *e);

/*
 * An array with an object for each item, in order (n, text, ticked_at,
 * contact), and below them for each tick whose words the list has not any more,
 * or that is of another list (n null).
 */
int tick_json(struct db *db, int64_t cases, const char *checklist,
    const struct strs *items, json_t **out, struct err *e);

#endif
