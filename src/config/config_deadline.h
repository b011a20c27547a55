/* config_deadline.h - whether a row of deadlines.conf can be counted by. */
#ifndef CONFIG_CONFIG_DEADLINE_H
#define CONFIG_CONFIG_DEADLINE_H

#include "config/config_mistake.h"

/*
 * Checks a row that was read from at, against itself and the rows before it in
 * c: its id is its own, its stages can be read and refer to each other, its
 * draft knows each word in braces, and its zone, date and categories are some.
 */
void config_deadline_check(struct mistakes *m, const struct config *c,
    const struct config_deadline *d, const config_setting_t *at,
    const char *name);

#endif
